/* SPDX-License-Identifier: MIT */
#ifndef CLI_LAYOUT_VALUES_H
#define CLI_LAYOUT_VALUES_H

#include "outputs.h"

/** What the options of `cachecheck layout` fill in. */
typedef struct cli_layout_values {
    const char *commands, *compiler, *types, *headers, *config;
    const char *severity, *gate, *profile, *diff, *baseline, *write_baseline;
    const char *show, *contains, *reorganise, *sort;
    const char *color;
    cli_outputs outputs;
    cli_list rules, ignored;
    uint32_t line, jobs, top;
    bool pair, patch, fix, sizes, holes, hex, verbose;
} cli_layout_values;

#endif
