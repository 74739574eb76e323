/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "live_view.h"
#include "outcome.h"
#include "outputs.h"
#include "progress.h"
#include "signals.h"
#include "simulate_options.h"
#include "terminal.h"

typedef struct sharing_values {
    cli_simulate_values simulate; /* first: cli_simulate_rows fill it in */
    const char *backend, *directory, *format, *gate, *color, *severity;
    cli_list outputs, types, what_if, environment;
    uint32_t top, pid;
    double duration, rate, overhead;
    bool verbose, quiet, watch;
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
    {0, "top", CLI_COUNT, "N", AT(top), "show at most N findings (default 10)", NULL},
    {0, "min-severity", CLI_STRING, "SEVERITY", AT(severity),
     "leave out findings below; info shows lines that do not matter, too",
     "info|low|medium|high|critical"},
    {0, "min-rate", CLI_NUMBER, "RATE", AT(rate),
     "transfers a second below which a line does not matter (default 4000)", NULL},
    {'p', "pid", CLI_COUNT, "PID", AT(pid),
     "watch a running process, with the children that it starts; Ctrl-C ends the watching only",
     NULL},
    {0, "duration", CLI_NUMBER, "SECONDS", AT(duration), "stop after so many seconds", NULL},
    {0, "overhead", CLI_NUMBER, "PERCENT", AT(overhead),
     "how much of the program's time watching may take (default 2)", NULL},
    {0, "watch", CLI_FLAG, NULL, AT(watch),
     "show what is known on the terminal, anew each second, while the program runs; the report "
     "comes at the end as ever. Wants the watch backend, and takes it",
     NULL},
    {0, "cd", CLI_STRING, "DIR", AT(directory), "run the program in DIR", NULL},
    {0, "env", CLI_LIST, "NAME=VALUE", AT(environment),
     "set a variable for the program; NAME alone removes it; may be repeated", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(format),
     "text or json; html: a page; sarif for code scanning, github for annotations, markdown for "
     "comments, openmetrics for Prometheus, jsonl for tables of many runs",
     "text|json|csv|html|sarif|github|markdown|openmetrics|jsonl"},
    {'o', "output", CLI_LIST, "FILE", AT(outputs),
     "write the report to FILE, whole or not at all; may be repeated; %r is the MPI rank; its "
     "ending chooses the format",
     NULL},
    {0, "fail-on", CLI_STRING, "WHAT", AT(gate),
     "exit with 1 if there is a finding of that severity or worse (low, medium, high, critical), "
     "or "
     "of that rule (false-sharing, true-sharing, mixed-sharing, contended-lock)",
     NULL},
    {'v', "verbose", CLI_FLAG, NULL, AT(verbose), "all users of a line, and call paths", NULL},
    {'q', "quiet", CLI_FLAG, NULL, AT(quiet), "no announcement and no progress on stderr", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
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

static bool usage_error(const char *message)
{
    fprintf(stderr, "cachecheck sharing: %s\n  see: cachecheck sharing --help\n", message);
    return false;
}

static cck_severity severity_by_name(const char *name)
{
    static const char *const names[] = {
        [CCK_SEVERITY_INFO] = "info",         [CCK_SEVERITY_LOW] = "low",
        [CCK_SEVERITY_MEDIUM] = "medium",     [CCK_SEVERITY_HIGH] = "high",
        [CCK_SEVERITY_CRITICAL] = "critical",
    };
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (cck_severity)i;
    return CCK_SEVERITY_LOW;
}

static bool consistent(const sharing_values *values, const char *const *argv)
{
    if (*argv && values->pid)
        return usage_error("a program or -p PID, not both");
    if (!*argv && !values->pid)
        return usage_error("name a program behind --, or a process with -p PID");
    if (values->watch && values->backend && strcmp(values->backend, "simulate") == 0)
        return usage_error("--watch shows a program as it runs: leave out --backend simulate");
    if (values->overhead > 100)
        return usage_error("--overhead is a percentage of the program's time");
    for (size_t i = 0; i < values->environment.count; i++)
        if (!*values->environment.items[i] || *values->environment.items[i] == '=')
            return usage_error("--env needs a name: NAME=VALUE, or NAME to remove it");
    for (size_t i = 0; i < values->outputs.count || i == 0; i++) {
        int format = cli_outputs_format(&values->outputs, i, values->format);
        if ((format >= CCK_FORMAT_FOLDED && format <= CCK_FORMAT_FIREFOX) ||
            format == CCK_FORMAT_SVG)
            return usage_error("findings have no call paths; the report comes as text, json, csv, "
                               "html, sarif, github, markdown or openmetrics");
    }
    cck_error err = {0};
    if (!values->gate || cck_result_findings_at(NULL, values->gate, &err) >= 0)
        return true;
    cli_print_error(&err);
    return false;
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

static bool goes_to_file(const sharing_values *values)
{
    return cli_outputs_to_file(&values->outputs);
}

/* ---- after the run ---- */

static int conclude(const cck_result *result, const sharing_values *values)
{
    cck_report_options options =
        cli_report_options(stdout, goes_to_file(values) ? "never" : values->color);
    options.rows = values->top;
    options.verbose = values->verbose;
    if (cli_outputs_write(result, &values->outputs, values->format, &options) < 0)
        return CLI_OWN_FAILURE;
    /* The status says why, if the program could not run to its end. */
    return cli_gate_findings(result, values->gate, cli_exit_status(result));
}

static void interrupt(void *session, int signal)
{
    cck_sharing_interrupt(session, signal);
}

static void forward(void *session, int signal)
{
    cck_sharing_forward(session, signal);
}

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
    cck_report_options options = cli_live_view_options(&run->view, run->values->color);
    options.rows = run->values->top;
    options.verbose = run->values->verbose;
    cli_progress_print(progress, page);
    fputs("; Ctrl-C ends it\n\n", page);
    cck_report_write(so_far, CCK_FORMAT_TEXT, page, &options, NULL);
    cli_live_view_show(&run->view);
}

static int look(const cck_target_options *target, const cck_sharing_options *options,
                sharing_run *run, cck_result **out_result, cck_error *err)
{
    cck_sharing *sharing;
    int code = cck_sharing_new(&sharing, target, options, err);
    if (code < 0)
        return code;
    const cli_signalled signalled = {interrupt, forward, sharing};
    cli_signals_for(&signalled);
    code = cck_sharing_run(sharing, out_result, err);
    cli_live_view_close(&run->view);
    cli_signals_for(NULL);
    cli_progress_end(&run->progress);
    cck_sharing_free(sharing);
    return code;
}

static int run(const sharing_values *values, const char *const *argv)
{
    sharing_run looking = {.progress = {.quiet = values->quiet}, .values = values};
    cck_simulate_options simulate = cli_simulate_options(&values->simulate);
    simulate.types = values->types.count ? values->types.items : NULL;
    simulate.what_if = values->what_if.count ? values->what_if.items : NULL;
    cck_target_options target = {
        .size = sizeof target,
        .argv = *argv ? argv : NULL,
        .pid = (int32_t)values->pid,
        .directory = values->directory,
        .environment = values->environment.count ? values->environment.items : NULL,
        .foreground = isatty(STDIN_FILENO),
    };
    cck_sharing_options options = {
        .size = sizeof options,
        .backend = backend_of(values),
        .simulate = &simulate,
        .duration_s = values->duration,
        .top = values->top,
        .least_rate = values->rate,
        .overhead = values->overhead / 100,
        .least_severity = severity_by_name(values->severity),
        .on_start = on_start,
        .on_progress = cli_progress_on_progress,
        .on_result = values->watch ? on_result : NULL,
        .context = &looking,
    };
    options.seldom = options.least_severity == CCK_SEVERITY_INFO;
    cck_error err = {0};
    cck_result *result = NULL;
    if (look(&target, &options, &looking, &result, &err) < 0) {
        cli_print_error(&err);
        return cli_failure_status(&err);
    }
    int status = conclude(result, values);
    cck_result_free(result);
    return status;
}

int cli_sharing(const cli_command *command, int argc, char **argv)
{
    sharing_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    if (!consistent(&values, (const char *const *)argv + rest) ||
        !cli_outputs_prepare(&values.outputs, values.format))
        return CLI_OWN_FAILURE;
    return run(&values, (const char *const *)argv + rest);
}
