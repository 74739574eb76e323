/* SPDX-License-Identifier: MIT */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * One option table a command drives parsing, --help, completions and the man
 * page, so that they cannot drift apart.
 */

typedef enum cli_option_kind {
    CLI_FLAG,   /* bool */
    CLI_STRING, /* const char *: points into argv */
    CLI_LIST,   /* cli_list: may be given again and again */
    CLI_COUNT,  /* uint32_t, from 1 on */
    CLI_NUMBER  /* double, >= 0 */
} cli_option_kind;

enum { CLI_LIST_MOST = 64 };

typedef struct cli_list {
    const char *items[CLI_LIST_MOST + 1]; /* ended by NULL */
    size_t count;
} cli_list;

typedef struct cli_option {
    char letter;      /* 0: none */
    const char *name; /* without the dashes; NULL ends the table */
    cli_option_kind kind;
    const char *argument; /* what the value is called in --help; NULL for flags */
    size_t offset;        /* of the value in the command's values */
    const char *help;
    const char *choices; /* "text|json|csv": what completions offer, and what is accepted; or NULL */
} cli_option;

typedef struct cli_command {
    const char *name;
    const char *summary;     /* one line, for the list of commands */
    const char *usage;       /* behind "cachecheck NAME " */
    const char *description; /* paragraphs for --help and the man page */
    const cli_option *options;
    const cli_option *shared; /* more, which other commands take too; their values are the first
                                 member of the command's. NULL: none */
    const char *const *examples; /* command line, explanation, ..., NULL */
    bool runs_program;           /* words behind the options are the program to run */
    int (*run)(const struct cli_command *command, int argc, char **argv);
} cli_command;

/** All options of a command, one a call: start with `*cursor` 0. False at the end. */
bool cli_option_next(const cli_command *command, size_t *cursor, cli_option *out);

/** The command table, ended by a NULL name (cli/main.c). */
extern const cli_command cli_commands[];

/**
 * Parse the options of argv[1...] into `values`. Returns the index of the first
 * word that is no option, or -1 after printing an error. -2: --help was printed.
 */
int cli_parse(const cli_command *command, int argc, char **argv, void *values);

void cli_print_help(const cli_command *command, FILE *out);

/** Print "cachecheck: ..." with the nearest of `candidates` (NULL-ended) as a suggestion. */
void cli_unknown_word(const char *what, const char *word, const char *const *candidates);

#endif
