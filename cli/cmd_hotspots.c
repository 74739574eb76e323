/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "outcome.h"
#include "outputs.h"
#include "progress.h"
#include "signals.h"
#include "simulate_options.h"
#include "terminal.h"

typedef struct hotspots_values {
    cli_simulate_values simulate; /* first: they are shared */
    const char *backend, *by, *thread, *per, *annotate, *directory, *format, *color;
    cli_list outputs, environment;
    uint32_t top;
    double duration;
    bool verbose, quiet;
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
    {0, "top", CLI_COUNT, "N", AT(top), "show at most N rows of each table (default 10)", NULL},
    {0, "backend", CLI_STRING, "WHO", AT(backend), "who looks: auto or simulate", "auto|simulate"},
    {0, "duration", CLI_NUMBER, "SECONDS", AT(duration), "stop after so many seconds", NULL},
    {0, "cd", CLI_STRING, "DIR", AT(directory), "run the program in DIR", NULL},
    {0, "env", CLI_LIST, "NAME=VALUE", AT(environment),
     "set a variable for the program; NAME alone removes it; may be repeated", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(format),
     "text, json, csv, markdown, html (a page), folded (stacks), flamegraph (SVG), callgrind "
     "(KCachegrind, callgrind_annotate), speedscope or firefox (profiler.firefox.com)",
     "text|json|csv|markdown|html|folded|flamegraph|callgrind|speedscope|firefox"},
    {'o', "output", CLI_LIST, "FILE", AT(outputs),
     "write the report to FILE, whole or not at all; may be repeated; %r is the MPI rank; its name "
     "chooses the format: .svg, .folded, "
     ".speedscope.json, .firefox.json, callgrind.out.*, .json, .csv",
     NULL},
    {'v', "verbose", CLI_FLAG, NULL, AT(verbose), "exact counts", NULL},
    {'q', "quiet", CLI_FLAG, NULL, AT(quiet), "no announcement and no progress on stderr", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
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

static bool usage_error(const char *message)
{
    fprintf(stderr, "cachecheck hotspots: %s\n  see: cachecheck hotspots --help\n", message);
    return false;
}

static bool consistent(const hotspots_values *values, const char *const *argv)
{
    cck_error err = {0};
    if (!*argv)
        return usage_error("name a program behind --");
    for (size_t i = 0; i < values->environment.count; i++)
        if (!*values->environment.items[i] || *values->environment.items[i] == '=')
            return usage_error("--env needs a name: NAME=VALUE, or NAME to remove it");
    int format = cli_outputs_format(&values->outputs, 0, values->format);
    if (values->annotate && format != CCK_FORMAT_TEXT)
        return usage_error("--annotate is part of the text report, not of other formats");
    if (values->by && cck_profile_class_check(values->by, &err) < 0) {
        cli_print_error(&err);
        return false;
    }
    return true;
}

static bool goes_to_file(const hotspots_values *values)
{
    return cli_outputs_to_file(&values->outputs);
}

static int conclude(const cck_result *result, const hotspots_values *values)
{
    cck_report_options options =
        cli_report_options(stdout, goes_to_file(values) ? "never" : values->color);
    options.rows = values->top;
    options.verbose = values->verbose;
    options.annotate = values->annotate;
    if (cli_outputs_write(result, &values->outputs, values->format, &options) < 0)
        return CLI_OWN_FAILURE;
    return cli_exit_status(result);
}

static void interrupt(void *session, int signal)
{
    cck_hotspots_interrupt(session, signal);
}

static void forward(void *session, int signal)
{
    cck_hotspots_forward(session, signal);
}

static int run(const hotspots_values *values, const char *const *argv)
{
    cli_progress progress = {.quiet = values->quiet};
    cck_simulate_options simulate = cli_simulate_options(&values->simulate);
    simulate.on_progress = cli_progress_on_progress;
    simulate.context = &progress;
    const cck_target_options target = {
        .size = sizeof target,
        .argv = argv,
        .directory = values->directory,
        .environment = values->environment.count ? values->environment.items : NULL,
        .foreground = isatty(STDIN_FILENO),
    };
    const cck_hotspots_options options = {
        .size = sizeof options,
        .backend = values->backend && strcmp(values->backend, "simulate") == 0
                       ? CCK_BACKEND_SIMULATE
                       : CCK_BACKEND_AUTO,
        .simulate = &simulate,
        .by = values->by,
        .thread = values->thread,
        .per_thread = values->per != NULL,
        .duration_s = values->duration,
        .on_start = cli_progress_on_start,
        .context = &progress,
    };
    cck_error err = {0};
    cck_hotspots *hotspots;
    cck_result *result = NULL;
    int code = cck_hotspots_new(&hotspots, &target, &options, &err);
    if (code == 0) {
        const cli_signalled signalled = {interrupt, forward, hotspots};
        cli_signals_for(&signalled);
        code = cck_hotspots_run(hotspots, &result, &err);
        cli_signals_for(NULL);
        cli_progress_end(&progress);
        cck_hotspots_free(hotspots);
    }
    if (code < 0) {
        cli_print_error(&err);
        return cli_failure_status(&err);
    }
    int status = conclude(result, values);
    cck_result_free(result);
    return status;
}

int cli_hotspots(const cli_command *command, int argc, char **argv)
{
    hotspots_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    if (!consistent(&values, (const char *const *)argv + rest) ||
        !cli_outputs_prepare(&values.outputs, values.format))
        return CLI_OWN_FAILURE;
    return run(&values, (const char *const *)argv + rest);
}
