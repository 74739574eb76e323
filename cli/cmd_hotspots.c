/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "look.h"
#include "progress.h"
#include "simulate_options.h"
#include "terminal.h"

typedef struct hotspots_values {
    cli_simulate_values simulate; /* first: they are shared */
    cli_look_values look;
    const char *backend, *by, *thread, *per, *annotate;
} hotspots_values;

#define AT(member) offsetof(hotspots_values, member)

const cli_option cli_hotspots_options[] = {
    {0, "by", CLI_STRING, "CLASS", AT(by),
     "which cost counts: l1d, l2, llc, compulsory, capacity, conflict, false-sharing, "
     "true-sharing, upgrades, remote, tlb, l1i, cycles, instructions, loads, stores or atomics; "
     "default: cycles, or llc",
     NULL},
    {0, "annotate", CLI_STRING, "WHAT", AT(annotate),
     "show source with what its lines cost: of a file or a function, or hot: of the worst lines",
     NULL},
    {0, "per", CLI_STRING, "WHAT", AT(per), "functions of each thread by themselves", "thread"},
    {0, "thread", CLI_STRING, "NAME|TID", AT(thread), "only threads of that name or number", NULL},
    {0, "top", CLI_COUNT, "N", AT(look.rows), "show at most N rows of each table (default 10)", NULL},
    {0, "backend", CLI_STRING, "WHO", AT(backend), "who looks: auto or simulate", "auto|simulate"},
    CLI_DURATION_ROW(hotspots_values),
    CLI_PROGRAM_ROWS(hotspots_values),
    {0, "format", CLI_STRING, "FORMAT", AT(look.outputs.format),
     "text, json, csv, markdown, html (a page), folded (stacks), flamegraph (SVG), callgrind "
     "(KCachegrind, callgrind_annotate), speedscope or firefox (profiler.firefox.com)",
     "text|json|csv|markdown|html|folded|flamegraph|callgrind|speedscope|firefox"},
    CLI_OUTPUT_ROW(AT(look.outputs.paths)),
    {'v', "verbose", CLI_FLAG, NULL, AT(look.verbose), "exact counts", NULL},
    {'q', "quiet", CLI_FLAG, NULL, AT(look.quiet), "no announcement and no progress on stderr", NULL},
    CLI_COLOR_ROW(hotspots_values),
    {0},
};

const char *const cli_hotspots_examples[] = {
    "cachecheck hotspots -- ./app",
    "which functions, lines and objects cost most?",
    "cachecheck hotspots --by llc --annotate hot -- ./app",
    "the source lines that miss the last-level cache",
    "cachecheck hotspots --by false-sharing -o sharing.svg -- ./app",
    "a flame graph of misses that false sharing causes",
    "cachecheck hotspots -o callgrind.out.app -- ./app",
    "for KCachegrind",
    NULL,
};

static bool consistent(const cli_command *command, const hotspots_values *values)
{
    cck_error err = {0};
    if (values->annotate && !cli_outputs_have(&values->look.outputs, CCK_FORMAT_TEXT))
        return cli_usage_error(command,
                               "--annotate is part of the text report, not of other formats");
    if (!values->by || cck_profile_class_check(values->by, &err) == 0)
        return true;
    cli_print_error(&err);
    return false;
}

CLI_SESSION(hotspots);

static void end(void *progress)
{
    cli_progress_end(progress);
}

static int run(const hotspots_values *values, const char *const *argv)
{
    cli_progress progress = {.quiet = values->look.quiet};
    cck_simulate_options simulate = cli_simulate_options(&values->simulate);
    simulate.on_progress = cli_progress_on_progress;
    simulate.context = &progress;
    const cck_target_options target = cli_look_target(&values->look, argv);
    const cck_hotspots_options options = {
        .size = sizeof options,
        .backend = values->backend && strcmp(values->backend, "simulate") == 0
                       ? CCK_BACKEND_SIMULATE
                       : CCK_BACKEND_AUTO,
        .simulate = &simulate,
        .by = values->by,
        .thread = values->thread,
        .per_thread = values->per != NULL,
        .duration_s = values->look.duration,
        .on_start = cli_progress_on_start,
        .context = &progress,
    };
    const cli_look look = {&session_calls, &target, &options, NULL, end, &progress};
    cck_result *result = NULL;
    int status = cli_look_run(&look, &result);
    if (status == CLI_OK) {
        cck_report_options report = cli_look_report(&values->look);
        report.annotate = values->annotate;
        status = cli_look_conclude(&values->look, result, &report);
    }
    cck_result_free(result);
    return status;
}

int cli_hotspots(const cli_command *command, int argc, char **argv)
{
    hotspots_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    const char *const *program = (const char *const *)argv + rest;
    return cli_look_prepare(command, &values.look, program, false) && consistent(command, &values)
               ? run(&values, program)
               : CLI_OWN_FAILURE;
}
