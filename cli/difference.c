/* SPDX-License-Identifier: MIT */
#include "difference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "terminal.h"

bool cli_parse_percent(const char *text, double *out_share)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || (*end && strcmp(end, "%") != 0) || !isfinite(number) || number < 0)
        return false;
    *out_share = number / 100;
    return true;
}

static int write_diff(const void *subject, cck_format format, const char *path,
                      const cck_report_options *options, cck_error *err)
{
    return path ? cck_diff_save(subject, format, path, options, err)
                : cck_diff_write(subject, format, stdout, options, err);
}

int cli_difference_conclude(const cli_difference *difference, const cck_diff_options *options,
                            const cli_diff_output *where)
{
    cck_error err = {0};
    cck_diff *diff = NULL;
    cck_report_options report = cli_outputs_options(where->outputs, where->color);
    report.rows = where->rows;
    int code = cck_diff_make(&diff, difference->before, difference->after, options, &err);
    if (code == 0)
        code = cck_diff_name(diff, difference->before_name, difference->after_name, &err);
    if (code < 0)
        cli_print_error(&err);
    else
        code = cli_outputs_write(where->outputs, write_diff, diff, &report);
    int gate = code < 0 ? code : cck_diff_gate(diff, &err);
    if (code == 0 && gate < 0)
        cli_print_error(&err);
    cck_diff_free(diff);
    return gate < 0 ? CLI_USAGE : gate ? CLI_GATE : CLI_OK;
}
