/* SPDX-License-Identifier: MIT */
#ifndef CLI_GENERATE_H
#define CLI_GENERATE_H

#include <stdio.h>

#include "options.h"

/**
 * `cachecheck --generate WHAT`: what is made of the option tables besides parsing and
 * --help: manual pages, and completions for shells. The build runs it, and so may users
 * of a program that was copied without them.
 *   commands             the names of all commands, one a line
 *   man COMMAND [PROSE]  cachecheck-COMMAND(1); "cachecheck" is the page of the whole
 *   bash, zsh, fish      completions
 */
int cli_generate(int argc, char **argv);

/**
 * A manual page, in man(7). `command` NULL: that of the whole. `prose` is man(7) too, or "":
 * what stands before its first section goes on with the description, and what stands under
 * SEE ALSO with the list of pages; other sections come between options and examples.
 */
void cli_manual_write(const cli_command *command, const char *prose, FILE *out);

void cli_bash_write(FILE *out);
void cli_zsh_write(FILE *out);
void cli_fish_write(FILE *out);

/** What a shell may propose for the value of an option. */
typedef enum cli_proposal {
    CLI_PROPOSE_NOTHING,
    CLI_PROPOSE_CHOICES,
    CLI_PROPOSE_FILES,
    CLI_PROPOSE_FOLDERS,
    CLI_PROPOSE_PROCESSES
} cli_proposal;

cli_proposal cli_proposal_of(const cli_option *option);

/** Whether words that are no options are files: neither a program nor nothing. */
bool cli_takes_files(const cli_command *command);

/** The first clause of a help text: what fits beside a proposal. */
int cli_brief_length(const char *help);

/** `text` up to `length`, inside single quotes of a shell, with `escaped` behind backslashes. */
void cli_put_quoted(const char *text, int length, const char *escaped, const char *quote,
                    FILE *out);

/** Choices with `separator` in place of their bars. */
void cli_put_choices(const char *choices, const char *separator, FILE *out);

#endif
