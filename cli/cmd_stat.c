/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "baseline.h"
#include "commands.h"
#include "difference.h"
#include "list_events.h"
#include "look.h"
#include "outcome.h"
#include "stat_progress.h"
#include "terminal.h"

typedef struct stat_values {
    cli_look_values look;
    const char *backend, *set, *cache, *per, *sort, *gate;
    const char *save_baseline, *baseline, *threshold;
    cli_list events;
    uint32_t repeat, interval;
    bool list, all_user;
} stat_values;

#define AT(member) offsetof(stat_values, member)

const cli_option cli_stat_options[] = {
    {'e', "event", CLI_LIST, "EVENTS", AT(events),
     "events to count, separated by commas; may be repeated. Names of perf and libpfm4, "
     "cpu/event=0x..,umask=0x../, subsys:tracepoint, mem:ADDR:rw",
     NULL},
    {0, "set", CLI_STRING, "SET", AT(set), "a named set of events instead (see --list)", NULL},
    {0, "backend", CLI_STRING, "WHO", AT(backend),
     "who counts: auto, pmu (hardware counters), software (the kernel: time, faults, switches), "
     "simulate (a cache model, modelled numbers)",
     "auto|pmu|software|simulate"},
    {0, "cache", CLI_STRING, "GEOMETRY", AT(cache),
     "simulate these caches, as size,ways,line in bytes: 'I1=32768,8,64 D1=32768,8,64 "
     "L2=524288,8,64 LL=8388608,16,64'; default: this machine's",
     NULL},
    {'p', "pid", CLI_COUNT, "PID", AT(look.pid), "attach to a running process and its threads", NULL},
    CLI_DURATION_ROW(stat_values),
    {'r', "repeat", CLI_COUNT, "N", AT(repeat),
     "run N times; totals with deviation and 95 % interval", NULL},
    {'I', "interval", CLI_COUNT, "MS", AT(interval),
     "print totals every MS milliseconds; with --format json as JSON lines", NULL},
    {0, "per", CLI_STRING, "WHAT", AT(per), "one row for each thread, process, core or node",
     "thread|process|core|node"},
    {0, "sort", CLI_STRING, "KEY", AT(sort),
     "sort rows by an event, a metric, tid, name or cpu-time", NULL},
    {0, "rows", CLI_COUNT, "N", AT(look.rows), "show at most N rows (default 10)", NULL},
    {0, "all-user", CLI_FLAG, NULL, AT(all_user), "leave out what the kernel does", NULL},
    CLI_PROGRAM_ROWS(stat_values),
    {0, "format", CLI_STRING, "FORMAT", AT(look.outputs.format),
     "text, json, csv, markdown, html (a page), openmetrics (for Prometheus; -o FILE.prom) or jsonl "
     "(JSON lines, for tables of many runs)",
     "text|json|csv|markdown|html|openmetrics|jsonl"},
    CLI_OUTPUT_ROW(AT(look.outputs.paths)),
    {0, "fail-on", CLI_STRING, "CONDITION", AT(gate),
     "exit with 1 if true, such as 'llc_mpki>5'; names as in the report", NULL},
    {0, "save-baseline", CLI_STRING, "NAME", AT(save_baseline),
     "keep the result by that name in .cachecheck-baselines (or in CACHECHECK_BASELINES)", NULL},
    {0, "baseline", CLI_STRING, "NAME", AT(baseline),
     "print what changed since that baseline instead of the report, which -o still writes; exit "
     "with 1 if something regressed, as cachecheck diff does",
     NULL},
    {0, "threshold", CLI_STRING, "PERCENT", AT(threshold),
     "with --baseline: smaller changes are noise (default 1); judges single runs too", NULL},
    {0, "list", CLI_FLAG, NULL, AT(list),
     "list events and sets, and whether they work here; a word behind it filters", NULL},
    {'v', "verbose", CLI_FLAG, NULL, AT(look.verbose), "explain every event and metric", NULL},
    {'q', "quiet", CLI_FLAG, NULL, AT(look.quiet), "no announcement on stderr", NULL},
    CLI_COLOR_ROW(stat_values),
    {0},
};

const char *const cli_stat_examples[] = {
    "cachecheck stat -- ./app --threads 8",
    "where does each thread miss?",
    "cachecheck stat -p 1234 --duration 10",
    "watch a running service for ten seconds",
    "cachecheck stat -o before.json -- ./app",
    "keep the result",
    "cachecheck stat -r 10 --save-baseline main -- ./app",
    "and after a change: cachecheck stat -r 10 --baseline main -- ./app",
    "cachecheck stat --fail-on 'llc_mpki>5' -- ./app",
    "a gate for CI",
    "cachecheck stat -e page-faults,sched:sched_switch -- ./app",
    "other events",
    NULL,
};

/* ---- what was asked for ---- */

static cck_backend backend_by_name(const char *name)
{
    static const char *const names[] = {
        [CCK_BACKEND_AUTO] = "auto",
        [CCK_BACKEND_PMU] = "pmu",
        [CCK_BACKEND_SOFTWARE] = "software",
        [CCK_BACKEND_SIMULATE] = "simulate",
    };
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (cck_backend)i;
    return CCK_BACKEND_AUTO;
}

static cck_row_kind row_kind_by_name(const char *name)
{
    static const struct {
        const char *name;
        cck_row_kind kind;
    } kinds[] = {{"process", CCK_ROW_PROCESS}, {"core", CCK_ROW_CORE}, {"node", CCK_ROW_NODE}};
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    return CCK_ROW_THREAD;
}

static bool consistent(const cli_command *command, const stat_values *values)
{
    double share;
    const struct {
        bool wrong;
        const char *message;
    } rules[] = {
        {values->look.pid && values->repeat > 1,
         "-r repeats a program; it cannot repeat a running process"},
        {values->set && values->events.count, "--set or -e, not both"},
        {values->threshold && !values->baseline,
         "--threshold goes with --baseline; of one run, use --fail-on"},
        {values->threshold && !cli_parse_percent(values->threshold, &share),
         "--threshold takes percents from 0 on"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].wrong)
            return cli_usage_error(command, rules[i].message);
    return true;
}

/* A mistyped word is worth knowing before a long run rather than after it. */
static bool check_names(const stat_values *values)
{
    const char *const *events = values->events.count ? values->events.items : NULL;
    cck_error err = {0};
    if ((!values->gate || cck_gate_check(values->gate, events, &err) == 0) &&
        (!values->sort || cck_sort_check(values->sort, events, &err) == 0))
        return true;
    cli_print_error(&err);
    return false;
}

/* ---- after the run ---- */

/* Group and sort as asked for; `*result` may be replaced. */
static int arrange(cck_result **result, const stat_values *values, cck_error *err)
{
    cck_row_kind kind = row_kind_by_name(values->per);
    if (kind != CCK_ROW_THREAD) {
        cck_result *grouped;
        int code = cck_result_group(*result, kind, &grouped, err);
        if (code < 0)
            return code;
        cck_result_free(*result);
        *result = grouped;
    }
    return values->sort ? cck_result_sort(*result, values->sort, err) : 0;
}

/* What changed since the baseline. */
static int compare(const cck_result *result, const cck_result *baseline, const stat_values *values)
{
    cck_diff_options options = {.size = sizeof options, .threshold = -1};
    const cli_difference difference = {baseline, result, values->baseline, "this run"};
    cli_outputs own = {0}; /* with -o, formats are those of the report */
    if (!cli_outputs_to_file(&values->look.outputs))
        own.formats[0] = values->look.outputs.formats[0];
    const cli_diff_output where = {&own, values->look.color, values->look.rows};
    if (values->threshold)
        options.judge_single = cli_parse_percent(values->threshold, &options.threshold);
    int status = cli_difference_conclude(&difference, &options, &where);
    return status == CLI_USAGE ? CLI_OWN_FAILURE : status;
}

/* The report comes first: a --sort or gate over what turned out not to be counted must not cost a
 * long run its result. */
static int conclude(cck_result **result, const cck_result *baseline, const stat_values *values)
{
    cck_error err = {0};
    int status = cli_exit_status(*result);
    if (values->save_baseline && cli_baseline_save(*result, values->save_baseline) < 0)
        status = CLI_OWN_FAILURE;
    if (baseline && status == CLI_OK)
        status = compare(*result, baseline, values);
    if (arrange(result, values, &err) < 0) {
        cli_print_error(&err);
        status = CLI_OWN_FAILURE;
    }
    cck_report_options options = cli_look_report(&values->look);
    options.compact = values->interval > 0; /* one JSON document a line, to the last */
    if ((!baseline || cli_outputs_to_file(&values->look.outputs)) &&
        cli_outputs_write(&values->look.outputs, cli_write_result, *result, &options) < 0)
        return CLI_OWN_FAILURE;
    if (values->gate) {
        int triggered = cck_result_gate(*result, values->gate, &err);
        if (triggered < 0) {
            cli_print_error(&err);
            return CLI_OWN_FAILURE;
        }
        if (triggered > 0) {
            fprintf(stderr, "cachecheck: --fail-on triggered: %s\n", values->gate);
            return CLI_GATE;
        }
    }
    return status;
}

CLI_SESSION(stat);

static int run(const stat_values *values, const char *const *argv)
{
    cli_stat_progress progress = {
        .json = values->look.outputs.formats[0] == CCK_FORMAT_JSON,
        .to_file = cli_outputs_to_file(&values->look.outputs),
        .quiet = values->look.quiet,
    };
    const cck_target_options target = cli_look_target(&values->look, argv);
    const cck_stat_options options = {
        .size = sizeof options,
        .backend = backend_by_name(values->backend),
        .events = values->events.count ? values->events.items : NULL,
        .set = values->set,
        .cache = values->cache,
        .repeat = values->repeat,
        .interval_ms = values->interval,
        .duration_s = values->look.duration,
        .all_user = values->all_user,
        .on_start = cli_stat_on_start,
        .on_interval = cli_stat_on_interval,
        .context = &progress,
        .by_cpu = row_kind_by_name(values->per) == CCK_ROW_CORE ||
                  row_kind_by_name(values->per) == CCK_ROW_NODE,
    };
    if (!check_names(values) ||
        (values->save_baseline && !cli_baseline_prepare(values->save_baseline)))
        return CLI_OWN_FAILURE;
    cck_result *result = NULL, *baseline = NULL;
    if (values->baseline && cli_baseline_load(&baseline, values->baseline) < 0)
        return CLI_OWN_FAILURE;
    const cli_look look = {.session = &session_calls, .target = &target, .options = &options};
    int status = cli_look_run(&look, &result);
    if (status == CLI_OK)
        status = conclude(&result, baseline, values);
    cck_result_free(result);
    cck_result_free(baseline);
    return status;
}

int cli_stat(const cli_command *command, int argc, char **argv)
{
    stat_values values = {0};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    if (values.list)
        return cli_list_events(argv[rest], values.look.outputs.format, values.look.color);
    const char *const *program = (const char *const *)argv + rest;
    return cli_look_prepare(command, &values.look, program, true) && consistent(command, &values)
               ? run(&values, program)
               : CLI_OWN_FAILURE;
}
