/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "keys.h"
#include "live_view.h"
#include "numa_progress.h"
#include "outcome.h"
#include "signals.h"
#include "terminal.h"

typedef struct numa_values {
    const char *directory, *format, *output, *gate, *color;
    cli_list environment;
    uint32_t pid, interval, pages, rows;
    double duration, budget;
    bool exact, watch, verbose, quiet;
} numa_values;

#define AT(member) offsetof(numa_values, member)

const cli_option cli_numa_options[] = {
    {'p', "pid", CLI_COUNT, "PID", AT(pid),
     "look at a running process: once, or for as long as --duration says", NULL},
    {0, "duration", CLI_NUMBER, "SECONDS", AT(duration),
     "look for so long: where threads ran, as shares of their time", NULL},
    {'I', "interval", CLI_COUNT, "MS", AT(interval),
     "look at memory so often, and tell the remote share over time, a line each on stderr", NULL},
    {0, "watch", CLI_FLAG, NULL, AT(watch),
     "show the report while it changes, until q or Ctrl-C; once a second unless --interval says "
     "otherwise",
     NULL},
    {0, "exact", CLI_FLAG, NULL, AT(exact),
     "count every page (numa_maps); takes 50 ns a page, and holds the process up while it maps "
     "memory",
     NULL},
    {0, "pages", CLI_COUNT, "N", AT(pages), "pages to draw when sampling (default 10000)", NULL},
    {0, "budget", CLI_NUMBER, "SECONDS", AT(budget),
     "most time for one look at memory (default 0.1); what is not reached is unknown", NULL},
    {0, "rows", CLI_COUNT, "N", AT(rows), "show at most N threads and mappings (default 10)", NULL},
    {0, "cd", CLI_STRING, "DIR", AT(directory), "run the program in DIR", NULL},
    {0, "env", CLI_LIST, "NAME=VALUE", AT(environment),
     "set a variable for the program; NAME alone removes it; may be repeated", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(format),
     "text or json; csv, markdown; html, with the picture; svg, the picture alone",
     "text|json|csv|markdown|html|svg|jsonl"},
    {'o', "output", CLI_STRING, "FILE", AT(output),
     "write the report to FILE, whole or not at all; its ending chooses the format", NULL},
    {0, "fail-on", CLI_STRING, "WHAT", AT(gate),
     "exit with 1 if there is a finding of that severity or worse (low, medium, high, critical), "
     "or of that rule",
     NULL},
    {'v', "verbose", CLI_FLAG, NULL, AT(verbose), "other ways to fix a finding, too", NULL},
    {'q', "quiet", CLI_FLAG, NULL, AT(quiet), "nothing on stderr but errors", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
    {0},
};

const char *const cli_numa_examples[] = {
    "cachecheck numa -p 4711",
    "is the memory of this process where its threads run? in milliseconds",
    "cachecheck numa -p 4711 --duration 10",
    "where its threads ran in ten seconds, against where its memory is",
    "cachecheck numa --exact -o placement.json -p 4711",
    "every page, by mapping and node",
    "cachecheck numa -- ./app",
    "the same of a program from its start to its end",
    NULL,
};

static bool usage_error(const char *message)
{
    fprintf(stderr, "cachecheck numa: %s\n  see: cachecheck numa --help\n", message);
    return false;
}

static bool consistent(const numa_values *values, const char *const *argv)
{
    if (*argv && values->pid)
        return usage_error("a program or -p PID, not both");
    if (!*argv && !values->pid)
        return usage_error("name a program behind --, or a process with -p PID");
    for (size_t i = 0; i < values->environment.count; i++)
        if (!*values->environment.items[i] || *values->environment.items[i] == '=')
            return usage_error("--env needs a name: NAME=VALUE, or NAME to remove it");
    cck_error err = {0};
    if (!values->gate || cck_result_findings_at(NULL, values->gate, &err) >= 0)
        return true;
    cli_print_error(&err);
    return false;
}

static bool goes_to_file(const numa_values *values)
{
    return values->output && strcmp(values->output, "-") != 0;
}

static int conclude(const cck_result *result, const numa_values *values)
{
    cck_report_options options =
        cli_report_options(stdout, goes_to_file(values) ? "never" : values->color);
    options.rows = values->rows;
    options.verbose = values->verbose;
    if (cli_write_result(result, values->format, values->output, &options) < 0)
        return CLI_OWN_FAILURE;
    return cli_gate_findings(result, values->gate, cli_exit_status(result));
}

static void interrupt(void *session, int signal)
{
    cck_numa_interrupt(session, signal);
}

static void forward(void *session, int signal)
{
    cck_numa_forward(session, signal);
}

static void quit(void *session)
{
    cck_numa_interrupt(session, SIGINT);
}

static int look(const numa_values *values, const cck_target_options *target,
                const cck_numa_options *asked, cck_result **out_result, cck_error *err)
{
    cck_numa_options options = *asked;
    cck_numa *numa;
    cli_live_view view = {.saved = {-1, -1, -1}, .kept = -1};
    cli_keys keys = {0};
    cli_numa_progress progress = {
        .color = values->color, .lines = !values->quiet && !values->watch, .rows = values->rows};
    options.on_look = cli_numa_on_look;
    options.context = &progress;
    int code = cck_numa_new(&numa, target, &options, err);
    if (code < 0)
        return code;
    const cli_signalled signalled = {interrupt, forward, numa};
    cli_signals_for(&signalled);
    if (values->watch && cli_live_view_open(&view)) {
        progress.view = &view;
        if (!target->argv) /* a program that was started has the terminal */
            cli_keys_start(&keys, quit, numa);
    }
    code = cck_numa_run(numa, out_result, err);
    cli_keys_stop(&keys);
    cli_live_view_close(&view);
    cli_signals_for(NULL);
    cck_numa_free(numa);
    return code;
}

static int run(const numa_values *values, const char *const *argv)
{
    cck_target_options target = {
        .size = sizeof target,
        .argv = *argv ? argv : NULL,
        .pid = (int32_t)values->pid,
        .directory = values->directory,
        .environment = values->environment.count ? values->environment.items : NULL,
        .foreground = isatty(STDIN_FILENO),
    };
    cck_numa_options options = {
        .size = sizeof options,
        .exact = values->exact,
        .budget_s = values->budget,
        .pages = values->pages,
        .duration_s = values->duration,
        .interval_ms = values->interval || !values->watch ? values->interval : 1000,
    };
    if (!cli_check_output(values->output))
        return CLI_OWN_FAILURE;
    cck_error err = {0};
    cck_result *result = NULL;
    if (look(values, &target, &options, &result, &err) < 0) {
        cli_print_error(&err);
        return cli_failure_status(&err);
    }
    int status = conclude(result, values);
    cck_result_free(result);
    return status;
}

int cli_numa(const cli_command *command, int argc, char **argv)
{
    numa_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    if (!consistent(&values, (const char *const *)argv + rest))
        return CLI_OWN_FAILURE;
    return run(&values, (const char *const *)argv + rest);
}
