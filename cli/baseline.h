/* SPDX-License-Identifier: MIT */
#ifndef CLI_BASELINE_H
#define CLI_BASELINE_H

#include <stdbool.h>

#include <cachecheck/result.h>

enum { CLI_BASELINE_PATH = 512 };

/**
 * Where the baseline of that name is: ".cachecheck-baselines/NAME.json" of this folder, or of
 * CACHECHECK_BASELINES. False after printing what is wrong with the name: letters,
 * digits, '.', '_' and '-', not beginning with '.' or '-'.
 */
bool cli_baseline_path(const char *name, char path[CLI_BASELINE_PATH]);

/** Before a long run: make the folder, see that the file can be written. Prints, or true. */
bool cli_baseline_prepare(const char *name);

/** Save a result as a baseline. 0, or a negative CCK_E* after printing. */
int cli_baseline_save(const cck_result *result, const char *name);

/** Load one. 0, or a negative CCK_E* after printing, with the names there are. */
int cli_baseline_load(cck_result **out_result, const char *name);

#endif
