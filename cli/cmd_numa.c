/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "keys.h"
#include "live_view.h"
#include "look.h"
#include "numa_progress.h"

typedef struct numa_values {
    cli_look_values look;
    uint32_t interval, pages;
    double budget;
    bool exact, watch;
} numa_values;

#define AT(member) offsetof(numa_values, member)

const cli_option cli_numa_options[] = {
    {'p', "pid", CLI_COUNT, "PID", AT(look.pid),
     "look at a running process: once, or for as long as --duration says", NULL},
    {0, "duration", CLI_NUMBER, "SECONDS", AT(look.duration),
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
    {0, "rows", CLI_COUNT, "N", AT(look.rows), "show at most N threads and mappings (default 10)", NULL},
    CLI_PROGRAM_ROWS(numa_values),
    {0, "format", CLI_STRING, "FORMAT", AT(look.outputs.format),
     "text, json, csv or markdown; html, with the picture; svg, the picture alone; openmetrics for "
     "Prometheus",
     "text|json|csv|markdown|html|svg|openmetrics|jsonl"},
    CLI_OUTPUT_ROW(AT(look.outputs.paths)),
    {0, "fail-on", CLI_STRING, "WHAT", AT(look.gate),
     "exit with 1 if there is a finding of that severity or worse (low, medium, high, critical), "
     "or of that rule",
     NULL},
    {'v', "verbose", CLI_FLAG, NULL, AT(look.verbose), "other ways to fix a finding, too", NULL},
    {'q', "quiet", CLI_FLAG, NULL, AT(look.quiet), "nothing on stderr but errors", NULL},
    CLI_COLOR_ROW(numa_values),
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

CLI_SESSION(numa);

static void quit(void *session)
{
    cck_numa_interrupt(session, SIGINT);
}

/* What is on the terminal meanwhile. */
typedef struct numa_run {
    cli_numa_progress progress; /* first: cli_numa_on_look() takes it */
    cli_live_view view;
    cli_keys keys;
    bool watch, attached;
} numa_run;

static void begin(void *context, void *numa)
{
    numa_run *run = context;
    if (!run->watch || !cli_live_view_open(&run->view))
        return;
    run->progress.view = &run->view;
    if (run->attached) /* a program that was started has the terminal */
        cli_keys_start(&run->keys, quit, numa);
}

static void end(void *context)
{
    numa_run *run = context;
    cli_keys_stop(&run->keys);
    cli_live_view_close(&run->view);
}

static int run(const numa_values *values, const char *const *argv)
{
    const cck_target_options target = cli_look_target(&values->look, argv);
    numa_run looking = {
        .progress = {.color = values->look.color,
                     .lines = !values->look.quiet && !values->watch,
                     .rows = values->look.rows},
        .view = {.saved = {-1, -1, -1}, .kept = -1},
        .watch = values->watch,
        .attached = !target.argv,
    };
    const cck_numa_options options = {
        .size = sizeof options,
        .exact = values->exact,
        .budget_s = values->budget,
        .pages = values->pages,
        .duration_s = values->look.duration,
        .interval_ms = values->interval || !values->watch ? values->interval : 1000,
        .on_look = cli_numa_on_look,
        .context = &looking,
    };
    const cli_look look = {&session_calls, &target, &options, begin, end, &looking};
    const cck_report_options report = cli_look_report(&values->look);
    cck_result *result = NULL;
    int status = cli_look_run(&look, &result);
    if (status == CLI_OK)
        status = cli_look_conclude(&values->look, result, &report);
    cck_result_free(result);
    return status;
}

int cli_numa(const cli_command *command, int argc, char **argv)
{
    numa_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    const char *const *program = (const char *const *)argv + rest;
    return cli_look_prepare(command, &values.look, program, true) ? run(&values, program)
                                                                  : CLI_OWN_FAILURE;
}
