/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "difference.h"
#include "terminal.h"

typedef struct diff_values {
    const char *color, *test, *threshold;
    cli_outputs outputs;
    cli_list only;
    uint32_t rows;
    bool force;
} diff_values;

#define AT(member) offsetof(diff_values, member)

const cli_option cli_diff_options[] = {
    {0, "threshold", CLI_STRING, "PERCENT", AT(threshold),
     "smaller changes are noise (default 1); given, it also judges single runs, which have no "
     "interval",
     NULL},
    {'m', "metric", CLI_LIST, "NAME", AT(only),
     "compare only this event or metric (elapsed_s: the time); may be repeated", NULL},
    {0, "test", CLI_STRING, "TEST", AT(test),
     "how repeated runs are compared: welch (means, the default) or mann-whitney (ranks)",
     "welch|mann-whitney"},
    {0, "force", CLI_FLAG, NULL, AT(force),
     "compare in spite of another machine, backend, program or arguments", NULL},
    {0, "rows", CLI_COUNT, "N", AT(rows), "show at most N threads and findings (default 10)", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(outputs.format),
     "text, markdown (for a pull request), json or csv", "text|markdown|json|csv"},
    CLI_OUTPUT_ROW(AT(outputs.paths)),
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
    {0},
};

const char *const cli_diff_examples[] = {
    "cachecheck stat -r 10 -o before.json -- ./app",
    "measure, and again after the change into after.json",
    "cachecheck diff before.json after.json",
    "what became better or worse, beyond noise?",
    "cachecheck diff -m llc_mpki --threshold 5 before.json after.json",
    "a gate for CI: exit 1 if misses grew by more than 5 %",
    "cachecheck diff -o diff.md main.json branch.json",
    "a comment for a pull request",
    NULL,
};

static int usage_error(const char *message, const char *word)
{
    fprintf(stderr, "cachecheck diff: %s%s%s%s\n  see: cachecheck diff --help\n", message,
            word ? " '" : "", word ? cli_shown(word) : "", word ? "'" : "");
    return CLI_USAGE;
}

/* One of the two files; reading takes most of the time, and there are two of them. */
typedef struct loading {
    const char *path;
    cck_result *result;
    cck_error err;
    int code;
} loading;

static void *load(void *context)
{
    loading *one = context;
    one->code = cck_result_load(&one->result, one->path, &one->err);
    return NULL;
}

static int load_both(loading *before, loading *after)
{
    pthread_t thread;
    bool apart = pthread_create(&thread, NULL, load, after) == 0;
    load(before);
    if (apart)
        pthread_join(thread, NULL);
    else
        load(after);
    const loading *bad = before->code < 0 ? before : after->code < 0 ? after : NULL;
    if (bad)
        cli_print_error(&bad->err);
    return bad ? bad->code : 0;
}

static int compare(const char *before_path, const char *after_path, const diff_values *values,
                   const cck_diff_options *options)
{
    loading before = {.path = before_path}, after = {.path = after_path};
    int status = CLI_USAGE;
    if (load_both(&before, &after) == 0) {
        const cli_difference difference = {before.result, after.result, before_path, after_path};
        const cli_diff_output where = {&values->outputs, values->color, values->rows};
        status = cli_difference_conclude(&difference, options, &where);
    }
    cck_result_free(before.result);
    cck_result_free(after.result);
    return status;
}

int cli_diff(const cli_command *command, int argc, char **argv)
{
    diff_values values = {0};
    cck_diff_options options = {.size = sizeof options, .threshold = -1};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_USAGE;
    if (!cli_outputs_prepare(command, &values.outputs))
        return CLI_USAGE;
    if (argc - rest != 2)
        return usage_error("takes two results: before and after", NULL);
    if (values.threshold) {
        if (!cli_parse_percent(values.threshold, &options.threshold))
            return usage_error("--threshold takes percents from 0 on, not", values.threshold);
        options.judge_single = true;
    }
    options.force = values.force;
    options.only = values.only.count ? values.only.items : NULL;
    options.test = values.test && strcmp(values.test, "mann-whitney") == 0 ? CCK_DIFF_MANN_WHITNEY
                                                                           : CCK_DIFF_WELCH;
    return compare(argv[rest], argv[rest + 1], &values, &options);
}
