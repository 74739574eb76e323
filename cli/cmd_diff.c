/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "difference.h"
#include "terminal.h"

typedef struct diff_values {
    const char *format, *output, *color, *test, *threshold;
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
    {0, "format", CLI_STRING, "FORMAT", AT(format),
     "text, markdown (for a pull request), json or csv", "text|markdown|json|csv"},
    {'o', "output", CLI_STRING, "FILE", AT(output),
     "write to FILE, whole or not at all; its ending chooses the format: .md, .json, .csv", NULL},
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
            word ? " '" : "", word ? word : "", word ? "'" : "");
    return CLI_USAGE;
}

static int compare(const char *before_path, const char *after_path, const diff_values *values,
                   const cck_diff_options *options)
{
    cck_error err = {0};
    cck_result *before = NULL, *after = NULL;
    int status = CLI_USAGE;
    int code = cck_result_load(&before, before_path, &err);
    if (code == 0)
        code = cck_result_load(&after, after_path, &err);
    if (code < 0)
        cli_print_error(&err);
    const cli_difference difference = {before, after, before_path, after_path};
    const cli_diff_output where = {values->format, values->output, values->color, values->rows};
    if (code == 0)
        status = cli_difference_conclude(&difference, options, &where);
    cck_result_free(before);
    cck_result_free(after);
    return status;
}

int cli_diff(const cli_command *command, int argc, char **argv)
{
    diff_values values = {0};
    cck_diff_options options = {.size = sizeof options, .threshold = -1};
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_USAGE;
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
