/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>

#include <cachecheck/merge.h>

#include "commands.h"
#include "look.h"
#include "outputs.h"
#include "terminal.h"

typedef struct merge_values {
    const char *color;
    cli_outputs outputs;
    uint32_t rows;
} merge_values;

#define AT(member) offsetof(merge_values, member)

const cli_option cli_merge_options[] = {
    {0, "rows", CLI_COUNT, "N", AT(rows), "show at most N findings (default 10)", NULL},
    {0, "format", CLI_STRING, "FORMAT", AT(outputs.format), "text, json, csv or markdown",
     "text|json|csv|markdown"},
    CLI_OUTPUT_ROW(AT(outputs.paths)),
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

static int write_merged(const void *merged, cck_format format, const char *path,
                        const cck_report_options *options, cck_error *err)
{
    return path ? cck_merge_save(merged, format, path, options, err)
                : cck_merge_write(merged, format, stdout, options, err);
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
        cli_usage_error(command, "name results: result.*.json");
        return CLI_USAGE;
    }
    if (!cli_outputs_prepare(command, &values.outputs))
        return CLI_USAGE;
    cck_report_options report = cli_outputs_options(&values.outputs, values.color);
    report.rows = values.rows;
    int code = cck_merge_new(&merge, &err);
    if (code == 0)
        code = take_all(merge, argv + rest, (size_t)(argc - rest), &err);
    if (code < 0)
        cli_print_error(&err);
    else
        code = cli_outputs_write(&values.outputs, write_merged, cck_merge_view(merge), &report);
    cck_merge_free(merge);
    return code < 0 ? CLI_USAGE : CLI_OK;
}
