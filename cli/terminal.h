/* SPDX-License-Identifier: MIT */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include <cachecheck/error.h>
#include <cachecheck/report.h>

/**
 * A word of a command line or of a file as it may stand in a message: no control characters, UTF-8,
 * its first 500 bytes or so. Good until the fourth call from then.
 */
const char *cli_shown(const char *word);

/** Print an error and its hint to stderr: "cachecheck: message" / "  hint: ...". */
void cli_print_error(const cck_error *err);

/** Report options that fit `out`: width, UTF-8, colour by `when` ("auto", "always", "never"; NULL: auto). */
cck_report_options cli_report_options(FILE *out, const char *when);

/** Flush stdout and see that all of it was written; prints an error and returns false if not. */
bool cli_finish_stdout(void);

/**
 * Before a long run: can `path` be written, as far as can be seen? NULL and "-" can.
 * Prints what is wrong and returns false if not.
 */
bool cli_check_output(const char *path);

#endif
