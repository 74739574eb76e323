/* SPDX-License-Identifier: MIT */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include <stdbool.h>

#include <cachecheck/report.h>

#include "options.h"

/** Where a command's document goes, and how: what its options -o and --format fill in. */
typedef struct cli_outputs {
    cli_list paths;     /* -o; none: stdout */
    const char *format; /* --format; NULL: by the names */
    cck_format unnamed; /* of a file whose ending says nothing */
    cck_format formats[CLI_LIST_MOST + 1]; /* of each, or of stdout: once prepared */
} cli_outputs;

/** The row of -o in a command's option table; `at` is the offset of `paths`. */
#define CLI_OUTPUT_ROW(at)                                                                         \
    {                                                                                              \
        'o', "output", CLI_LIST, "FILE", at,                                                       \
            "write to FILE, whole or not at all; may be repeated; %r is the MPI rank; its ending " \
            "chooses the format",                                                                  \
            NULL                                                                                   \
    }

/**
 * Before a long run: put the rank for "%r" in the names, see that all can be written, that
 * --format does not contradict several names, and that each format is among the choices of
 * the command's --format. Prints what is wrong and returns false.
 */
bool cli_outputs_prepare(const cli_command *command, cli_outputs *outputs);

/** Whether one of them, or stdout, gets that format. */
bool cli_outputs_have(const cli_outputs *outputs, cck_format format);

/** Whether there is -o, and none of them is "-": nothing goes to stdout. */
bool cli_outputs_to_file(const cli_outputs *outputs);

/** Options for reports that go there, as cli_report_options(): `color` is for a terminal only. */
cck_report_options cli_outputs_options(const cli_outputs *outputs, const char *color);

/** Writes `subject` to `path`, whole or not at all, or to stdout when it is NULL. */
typedef int cli_writer(const void *subject, cck_format format, const char *path,
                       const cck_report_options *options, cck_error *err);

/** Write the subject to each of them, or to stdout; files without colours. 0, or a negative
 *  CCK_E* after printing: what can be written still is. */
int cli_outputs_write(const cli_outputs *outputs, cli_writer *writer, const void *subject,
                      const cck_report_options *options);

/** The writer of a cck_result. */
cli_writer cli_write_result;

#endif
