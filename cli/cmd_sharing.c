/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "live_view.h"
#include "look.h"
#include "outcome.h"
#include "progress.h"
#include "simulate_options.h"

typedef struct sharing_values {
    cli_simulate_values simulate; /* first: cli_simulate_rows fill it in */
    cli_look_values look;
    const char *backend, *severity;
    cli_list types, what_if;
    double rate, overhead;
    bool watch;
} sharing_values;

#define AT(member) offsetof(sharing_values, member)

const cli_option cli_sharing_options[] = {
    {0, "backend", CLI_STRING, "WHO", AT(backend),
     "who looks: precise (a PMU that samples addresses: PEBS, IBS, SPE), watch (samples and "
     "watchpoints, on the program as it runs), simulate (a model of the caches; modelled numbers, "
     "slower, the same each time), or auto: the first of these that works here; simulate if an "
     "option asks for a model",
     "auto|precise|watch|simulate"},
    {0, "type", CLI_LIST, "WHERE=TYPE", AT(types),
     "the type of memory that has none: 'pool=struct worker' for a variable, or what a function "
     "of that name allocates, or 0x7f00=... for an address; may be repeated",
     NULL},
    {0, "what-if", CLI_LIST, "CHANGE", AT(what_if),
     "predict a change before it is made: 'struct stats.misses@64' aligns that field to 64 bytes; "
     "may be repeated",
     NULL},
    {0, "top", CLI_COUNT, "N", AT(look.rows), "show at most N findings (default 10)", NULL},
    {0, "min-severity", CLI_STRING, "SEVERITY", AT(severity),
     "leave out findings below; info shows lines that do not matter, too",
     "info|low|medium|high|critical"},
    {0, "min-rate", CLI_NUMBER, "RATE", AT(rate),
     "transfers a second below which a line does not matter (default 4000)", NULL},
    {'p', "pid", CLI_COUNT, "PID", AT(look.pid),
     "watch a running process, with the children that it starts; Ctrl-C ends the watching only",
     NULL},
    CLI_DURATION_ROW(sharing_values),
    {0, "overhead", CLI_NUMBER, "PERCENT", AT(overhead),
     "how much of the program's time watching may take (default 2)", NULL},
    {0, "watch", CLI_FLAG, NULL, AT(watch),
     "show what is known on the terminal, anew each second, while the program runs; the report "
     "comes at the end as ever. Wants the watch backend, and takes it",
     NULL},
    CLI_PROGRAM_ROWS(sharing_values),
    {0, "format", CLI_STRING, "FORMAT", AT(look.outputs.format),
     "text or json; html: a page; sarif for code scanning, github for annotations, markdown for "
     "comments, openmetrics for Prometheus, jsonl for tables of many runs",
     "text|json|csv|html|sarif|github|markdown|openmetrics|jsonl"},
    CLI_OUTPUT_ROW(AT(look.outputs.paths)),
    {0, "fail-on", CLI_STRING, "WHAT", AT(look.gate),
     "exit with 1 if there is a finding of that severity or worse (low, medium, high, critical), "
     "or "
     "of that rule (false-sharing, true-sharing, mixed-sharing, contended-lock)",
     NULL},
    {'v', "verbose", CLI_FLAG, NULL, AT(look.verbose), "all users of a line, and call paths", NULL},
    {'q', "quiet", CLI_FLAG, NULL, AT(look.quiet), "no announcement and no progress on stderr", NULL},
    CLI_COLOR_ROW(sharing_values),
    {0},
};

const char *const cli_sharing_examples[] = {
    "cachecheck sharing -- ./app --threads 8",
    "which lines do the threads fight over, and how to stop that?",
    "cachecheck sharing -p 4711 --duration 10",
    "the same of a process that runs already, for 10 seconds",
    "cachecheck sharing --watch -p 4711",
    "and look on, until Ctrl-C",
    "cachecheck sharing --backend simulate -- ./app",
    "modelled: slower, but the same findings each time, also of a run of milliseconds",
    "cachecheck sharing --backend simulate --fail-on high -o sharing.json -- ./app",
    "a gate for CI",
    "cachecheck sharing --topology 'pack:2 l3:1 core:32 pu:1' -- ./app",
    "what would it be on a machine of 2 x 32 cores?",
    "cachecheck sharing --what-if 'struct stats.misses@64' -- ./app",
    "does the fix help? before anything is edited",
    NULL,
};

/* ---- what was asked for ---- */

static bool consistent(const cli_command *command, const sharing_values *values)
{
    if (values->watch && values->backend && strcmp(values->backend, "simulate") == 0)
        return cli_usage_error(command, "--watch shows a program as it runs: leave out --backend "
                                        "simulate");
    if (values->overhead > 100)
        return cli_usage_error(command, "--overhead is a percentage of the program's time");
    return true;
}

static cck_backend backend_of(const sharing_values *values)
{
    const char *name = values->backend;
    if (values->watch || (name && strcmp(name, "watch") == 0))
        return CCK_BACKEND_WATCH;
    if (name && strcmp(name, "precise") == 0)
        return CCK_BACKEND_PRECISE;
    return name && strcmp(name, "simulate") == 0 ? CCK_BACKEND_SIMULATE : CCK_BACKEND_AUTO;
}

CLI_SESSION(sharing);

/* What the callbacks of a run share. */
typedef struct sharing_run {
    cli_progress progress; /* first: the callbacks of cli/progress.h take it */
    cli_live_view view;
    const sharing_values *values;
} sharing_run;

static void on_start(void *context, const cck_source *source, int32_t pid)
{
    sharing_run *run = context;
    cli_progress_on_start(context, source, pid);
    if (run->values->watch && cli_live_view_open(&run->view))
        run->progress.quiet = true; /* the page has that line */
}

static void on_result(void *context, const cck_result *so_far, const cck_progress *progress)
{
    sharing_run *run = context;
    FILE *page = cli_live_view_page(&run->view);
    if (!page)
        return;
    cck_report_options options = cli_live_view_options(&run->view, run->values->look.color);
    options.rows = run->values->look.rows;
    options.verbose = run->values->look.verbose;
    cli_progress_print(progress, page);
    fputs("; Ctrl-C ends it\n\n", page);
    cck_report_write(so_far, CCK_FORMAT_TEXT, page, &options, NULL);
    cli_live_view_show(&run->view);
}

static void end(void *context)
{
    sharing_run *run = context;
    cli_live_view_close(&run->view);
    cli_progress_end(&run->progress);
}

static int run(const sharing_values *values, const char *const *argv)
{
    sharing_run looking = {.progress = {.quiet = values->look.quiet}, .values = values};
    cck_simulate_options simulate = cli_simulate_options(&values->simulate);
    simulate.types = values->types.count ? values->types.items : NULL;
    simulate.what_if = values->what_if.count ? values->what_if.items : NULL;
    const cck_target_options target = cli_look_target(&values->look, argv);
    cck_sharing_options options = {
        .size = sizeof options,
        .backend = backend_of(values),
        .simulate = &simulate,
        .duration_s = values->look.duration,
        .top = values->look.rows,
        .least_rate = values->rate,
        .overhead = values->overhead / 100,
        .least_severity = cli_severity_by_name(values->severity),
        .on_start = on_start,
        .on_progress = cli_progress_on_progress,
        .on_result = values->watch ? on_result : NULL,
        .context = &looking,
    };
    options.seldom = options.least_severity == CCK_SEVERITY_INFO;
    const cli_look look = {&session_calls, &target, &options, NULL, end, &looking};
    const cck_report_options report = cli_look_report(&values->look);
    cck_result *result = NULL;
    int status = cli_look_run(&look, &result);
    if (status == CLI_OK)
        status = cli_look_conclude(&values->look, result, &report);
    cck_result_free(result);
    return status;
}

int cli_sharing(const cli_command *command, int argc, char **argv)
{
    sharing_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    const char *const *program = (const char *const *)argv + rest;
    return cli_look_prepare(command, &values.look, program, true) && consistent(command, &values)
               ? run(&values, program)
               : CLI_OWN_FAILURE;
}
