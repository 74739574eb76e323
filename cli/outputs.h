/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include <stdbool.h>

#include <cachecheck/report.h>

#include "options.h"

/**
 * Before a long run: put the rank for "%r" in the names, see that all can be written, and
 * that --format does not contradict several names. Prints what is wrong and returns false.
 */
bool cli_outputs_prepare(cli_list *outputs, const char *format_name);

/** Whether there is -o, and none of them is "-": nothing goes to stdout. */
bool cli_outputs_to_file(const cli_list *outputs);

/** The format of the i-th output, or of stdout when there is none. */
int cli_outputs_format(const cli_list *outputs, size_t i, const char *format_name);

/** Write the result to each of them, or to stdout; files without colours. 0, or a negative
 *  CCK_E* after printing: what can be written still is. */
int cli_outputs_write(const cck_result *result, const cli_list *outputs, const char *format_name,
                      const cck_report_options *options);

#endif
