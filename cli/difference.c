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

static int write_diff(const cck_diff *diff, const cli_diff_output *where, cck_error *err)
{
    bool to_file = where->output && strcmp(where->output, "-") != 0;
    cck_format format = (cck_format)cli_choose_format(where->format, where->output);
    cck_report_options options = cli_report_options(stdout, to_file ? "never" : where->color);
    options.rows = where->rows;
    return to_file ? cck_diff_save(diff, format, where->output, &options, err)
                   : cck_diff_write(diff, format, stdout, &options, err);
}

int cli_difference_conclude(const cli_difference *difference, const cck_diff_options *options,
                            const cli_diff_output *where)
{
    cck_error err = {0};
    cck_diff *diff = NULL;
    int gate = 0;
    int code = cck_diff_make(&diff, difference->before, difference->after, options, &err);
    if (code == 0)
        code = cck_diff_name(diff, difference->before_name, difference->after_name, &err);
    if (code == 0)
        code = write_diff(diff, where, &err);
    if (code == 0)
        code = gate = cck_diff_gate(diff, &err);
    if (code < 0)
        cli_print_error(&err);
    cck_diff_free(diff);
    return code < 0 ? CLI_USAGE : gate ? CLI_GATE : CLI_OK;
}
