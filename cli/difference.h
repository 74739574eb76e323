/* SPDX-License-Identifier: MIT */
#ifndef CLI_DIFFERENCE_H
#define CLI_DIFFERENCE_H

#include <stdbool.h>

#include <cachecheck/diff.h>

#include "outputs.h"

/** Two results, and what to call them. */
typedef struct cli_difference {
    const cck_result *before, *after;
    const char *before_name, *after_name;
} cli_difference;

/** Where the diff goes, and how. */
typedef struct cli_diff_output {
    const cli_outputs *outputs; /* prepared */
    const char *color;          /* as the option; may be NULL */
    uint32_t rows;
} cli_diff_output;

/** "5", "5%" and "0.5" are percents: a share, or false. */
bool cli_parse_percent(const char *text, double *out_share);

/** Compare, write, and return the exit status: 0, CLI_GATE, or CLI_USAGE after printing why. */
int cli_difference_conclude(const cli_difference *difference, const cck_diff_options *options,
                            const cli_diff_output *where);

#endif
