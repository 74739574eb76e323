/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "difference.h"
#include "look.h"
#include "outcome.h"
#include "signals.h"
#include "silence.h"
#include "stat_progress.h"
#include "terminal.h"

typedef struct compare_values {
    cli_look_values look;
    const char *backend, *set, *test, *threshold;
    const char *save_before, *save_after;
    cli_list events, only;
    uint32_t repeat;
    bool show_output;
} compare_values;

#define AT(member) offsetof(compare_values, member)

const cli_option cli_compare_options[] = {
    {'r', "repeat", CLI_COUNT, "N", AT(repeat), "run N pairs (default 10)", NULL},
    {'e', "event", CLI_LIST, "EVENTS", AT(events), "events to count, as of stat", NULL},
    {0, "set", CLI_STRING, "SET", AT(set), "a named set of events instead", NULL},
    {0, "backend", CLI_STRING, "WHO", AT(backend), "who counts: auto, pmu, software or simulate",
     "auto|pmu|software|simulate"},
    {'m', "metric", CLI_LIST, "NAME", AT(only),
     "compare only this event or metric (elapsed_s: the time); may be repeated", NULL},
    {0, "test", CLI_STRING, "TEST", AT(test),
     "paired (ratios of each pair, the default), welch or mann-whitney",
     "paired|welch|mann-whitney"},
    {0, "threshold", CLI_STRING, "PERCENT", AT(threshold),
     "exit with 1 if the second command is worse by more; smaller changes are noise (default 1)",
     NULL},
    CLI_PROGRAM_ROWS(compare_values),
    {0, "show-output", CLI_FLAG, NULL, AT(show_output),
     "let the programs write to stdout; else what they write there is dropped", NULL},
    {0, "rows", CLI_COUNT, "N", AT(look.rows), "show at most N threads (default 10)", NULL},
    {0, "save-a", CLI_STRING, "FILE", AT(save_before), "keep the first command's result", NULL},
    {0, "save-b", CLI_STRING, "FILE", AT(save_after), "keep the second command's result", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(look.outputs.format), "text, markdown, json or csv",
     "text|markdown|json|csv"},
    CLI_OUTPUT_ROW(AT(look.outputs.paths)),
    {'q', "quiet", CLI_FLAG, NULL, AT(look.quiet), "no announcement on stderr", NULL},
    CLI_COLOR_ROW(compare_values),
    {0},
};

const char *const cli_compare_examples[] = {
    "cachecheck compare -- ./naive 8 --- ./padded 8",
    "is the second one better, and at what?",
    "cachecheck compare -r 20 -m elapsed_s --threshold 2 -- ./old --- ./new",
    "a gate: exit 1 if the new one is more than 2 % slower",
    NULL,
};

static int by_name(const char *name, const char *const *names, int fallback)
{
    for (int i = 0; name && names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return fallback;
}

static void interrupt(void *session, int signal)
{
    cck_pairing_interrupt(session, signal);
}

static void forward(void *session, int signal)
{
    cck_pairing_forward(session, signal);
}

static int run_pairs(const compare_values *values, const char *const *const argv[2],
                     cck_result *results[2], cck_error *err)
{
    static const char *const backends[] = {"auto", "pmu", "software", "simulate", NULL};
    cli_stat_progress progress = {.quiet = values->look.quiet};
    cck_target_options targets[2];
    const cck_stat_options options = {
        .size = sizeof options,
        .backend = (cck_backend)by_name(values->backend, backends, CCK_BACKEND_AUTO),
        .events = values->events.count ? values->events.items : NULL,
        .set = values->set,
        .on_start = cli_stat_on_start,
        .context = &progress,
    };
    for (int side = 0; side < 2; side++)
        targets[side] = cli_look_target(&values->look, argv[side]);
    cck_pairing *pairing = NULL;
    int code = cck_pairing_new(&pairing, &targets[0], &targets[1], &options,
                               values->repeat ? values->repeat : 10, err);
    if (code == 0) {
        const cli_signalled signalled = {interrupt, forward, pairing};
        int kept = cli_silence(!values->show_output);
        cli_signals_for(&signalled);
        code = cck_pairing_run(pairing, &results[0], &results[1], err);
        cli_signals_for(NULL);
        cli_unsilence(kept);
    }
    cck_pairing_free(pairing);
    return code;
}

static int save(const cck_result *result, const char *path, cck_error *err)
{
    return path ? cck_result_save(result, path, err) : 0;
}

static int conclude(const compare_values *values, cck_result *results[2])
{
    static const char *const tests[] = {[CCK_DIFF_WELCH] = "welch",
                                        [CCK_DIFF_PAIRED] = "paired",
                                        [CCK_DIFF_MANN_WHITNEY] = "mann-whitney",
                                        NULL};
    cck_diff_options options = {
        .size = sizeof options,
        .threshold = -1,
        .other_program = true,
        .test = (cck_diff_test)by_name(values->test, tests, CCK_DIFF_PAIRED),
        .only = values->only.count ? values->only.items : NULL,
    };
    const cli_difference difference = {results[0], results[1], results[0]->target.argv[0],
                                       results[1]->target.argv[0]};
    const cli_diff_output where = {&values->look.outputs, values->look.color,
                                   values->look.rows};
    cck_error err = {0};
    if (values->threshold)
        options.judge_single = cli_parse_percent(values->threshold, &options.threshold);
    if (save(results[0], values->save_before, &err) < 0 ||
        save(results[1], values->save_after, &err) < 0) {
        cli_print_error(&err);
        return CLI_OWN_FAILURE;
    }
    int status = cli_difference_conclude(&difference, &options, &where);
    if (status == CLI_USAGE)
        return CLI_OWN_FAILURE;
    return values->threshold ? status : CLI_OK;
}

static int compare(const compare_values *values, const char *const *const argv[2])
{
    cck_error err = {0};
    cck_result *results[2] = {NULL, NULL};
    if (!cli_check_output(values->save_before) || !cli_check_output(values->save_after))
        return CLI_OWN_FAILURE;
    int code = run_pairs(values, argv, results, &err);
    if (code != 0)
        cli_print_error(&err);
    int status = code != 0 ? cli_failure_status(&err) : conclude(values, results);
    cck_result_free(results[0]);
    cck_result_free(results[1]);
    return status;
}

int cli_compare(const cli_command *command, int argc, char **argv)
{
    compare_values values = {0};
    double share;
    int rest = cli_parse(command, argc, argv, &values), middle = rest;
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_OWN_FAILURE;
    while (middle < argc && strcmp(argv[middle], "---") != 0)
        middle++;
    if (middle == rest || middle + 1 >= argc)
        cli_usage_error(command, "name two programs: -- COMMAND A --- COMMAND B");
    else if (values.threshold && !cli_parse_percent(values.threshold, &share))
        cli_usage_error(command, "--threshold takes percents from 0 on");
    else if (values.set && values.events.count)
        cli_usage_error(command, "--set or -e, not both");
    else if (cli_outputs_prepare(command, &values.look.outputs)) {
        argv[middle] = NULL;
        const char *const *const commands[2] = {(const char *const *)argv + rest,
                                                (const char *const *)argv + middle + 1};
        return compare(&values, commands);
    }
    return CLI_OWN_FAILURE;
}
