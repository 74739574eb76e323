/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cachecheck/merge.h>

#include "commands.h"
#include "terminal.h"

typedef struct merge_values {
    const char *format, *output, *color;
    uint32_t rows;
} merge_values;

#define AT(member) offsetof(merge_values, member)

const cli_option cli_merge_options[] = {
    {0, "rows", CLI_COUNT, "N", AT(rows), "show at most N findings (default 10)", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(format), "text, json or markdown", "text|json|markdown"},
    {'o', "output", CLI_STRING, "FILE", AT(output),
     "write to FILE, whole or not at all; its ending chooses the format", NULL},
    {0, "color", CLI_STRING, "WHEN", AT(color), "auto, always or never", "auto|always|never"},
    {0},
};

const char *const cli_merge_examples[] = {
    "mpirun -n 8 cachecheck stat -q -o 'result.%r.json' -- ./app",
    "a result of each rank",
    "cachecheck merge result.*.json",
    "sums, how far ranks are apart, which are worst",
    NULL,
};

/* One result at a time: memory is that of the largest. */
static int take_all(cck_merge *merge, char **paths, size_t count, cck_error *err)
{
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++) {
        cck_result *result = NULL;
        code = cck_result_load(&result, paths[i], err);
        if (code == 0)
            code = cck_merge_add(merge, result, paths[i], err);
        cck_result_free(result);
    }
    return code;
}

static int write_merged(const cck_merged *merged, const merge_values *values, cck_error *err)
{
    bool to_file = values->output && strcmp(values->output, "-") != 0;
    cck_format format = (cck_format)cli_choose_format(values->format, values->output);
    cck_report_options options = cli_report_options(stdout, to_file ? "never" : values->color);
    options.rows = values->rows;
    return to_file ? cck_merge_save(merged, format, values->output, &options, err)
                   : cck_merge_write(merged, format, stdout, &options, err);
}

int cli_merge(const cli_command *command, int argc, char **argv)
{
    merge_values values = {0};
    cck_error err = {0};
    cck_merge *merge = NULL;
    int rest = cli_parse(command, argc, argv, &values);
    if (rest < 0)
        return rest == -2 ? CLI_OK : CLI_USAGE;
    if (rest == argc) {
        fputs("cachecheck merge: name results: result.*.json\n  see: cachecheck merge --help\n",
              stderr);
        return CLI_USAGE;
    }
    int code = cck_merge_new(&merge, &err);
    if (code == 0)
        code = take_all(merge, argv + rest, (size_t)(argc - rest), &err);
    if (code == 0)
        code = write_merged(cck_merge_view(merge), &values, &err);
    if (code < 0)
        cli_print_error(&err);
    cck_merge_free(merge);
    return code < 0 ? CLI_USAGE : CLI_OK;
}
