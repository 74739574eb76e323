/* SPDX-License-Identifier: MIT */
#ifndef CLI_SIMULATE_OPTIONS_H
#define CLI_SIMULATE_OPTIONS_H

#include <cachecheck/simulate.h>

#include "options.h"

/**
 * What to simulate, for every command that may: which machine, which part of the run.
 * A command takes them with `.shared = cli_simulate_rows` in its row of main.c, and a
 * cli_simulate_values as the first member of its values.
 */
typedef struct cli_simulate_values {
    const char *cache, *topology, *model, *map, *start_at;
    double max_instructions;
    bool marked;
} cli_simulate_values;

extern const cli_option cli_simulate_rows[];

/** The library's options of those values. The strings stay argv's. */
cck_simulate_options cli_simulate_options(const cli_simulate_values *values);

#endif
