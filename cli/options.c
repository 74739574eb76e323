/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/words.h>

#include "terminal.h"

bool cli_option_next(const cli_command *command, size_t *cursor, cli_option *out)
{
    size_t own = 0;
    while (command->options[own].name)
        own++;
    if (*cursor >= own && !command->shared)
        return false;
    *out = *cursor < own ? command->options[*cursor] : command->shared[*cursor - own];
    ++*cursor;
    return out->name != NULL;
}

static void complain(const cli_command *command, const char *message, const char *word)
{
    fprintf(stderr, "cachecheck %s: %s '%s'\n", command->name, message, cli_shown(word));
    fprintf(stderr, "  see: cachecheck %s --help\n", command->name);
}

void cli_unknown_word(const char *what, const char *word, const char *const *candidates)
{
    const char *nearest = cck_nearest_word(word, candidates);
    fprintf(stderr, "cachecheck: unknown %s '%s'", what, cli_shown(word));
    if (nearest)
        fprintf(stderr, "; did you mean '%s'?", nearest);
    fputc('\n', stderr);
}

static void unknown_option(const cli_command *command, const char *word)
{
    static const char *names[64];
    size_t count = 0;
    size_t cursor = 0;
    for (cli_option option; count < 62 && cli_option_next(command, &cursor, &option);)
        names[count++] = option.name;
    names[count++] = "help";
    names[count] = NULL;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + strspn(word, "-"), "="),
             word + strspn(word, "-"));
    const char *nearest = strncmp(word, "--", 2) == 0 ? cck_nearest_word(name, names) : NULL;
    if (nearest)
        fprintf(stderr, "cachecheck %s: unknown option '%s'; did you mean '--%s'?\n",
                command->name, cli_shown(word), nearest);
    else
        complain(command, "unknown option", word);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; *at;) {
        size_t size = strcspn(at, "|");
        if (size == length && memcmp(at, value, size) == 0)
            return true;
        at += size + (at[size] == '|');
    }
    return false;
}

static bool parse_number(const char *text, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return end != text && !*end && !errno && isfinite(*out) && *out >= 0;
}

/* Put one value where the table says. */
static bool store(const cli_command *command, const cli_option *option, const char *value,
                  void *values)
{
    void *place = (char *)values + option->offset;
    double number;
    if (option->choices && !is_choice(option->choices, value)) {
        fprintf(stderr, "cachecheck %s: --%s takes one of %s, not '%s'\n", command->name,
                option->name, option->choices, cli_shown(value));
        return false;
    }
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)place = true;
        return true;
    case CLI_STRING:
        *(const char **)place = value;
        return true;
    case CLI_LIST: {
        cli_list *list = place;
        if (list->count == CLI_LIST_MOST) {
            complain(command, "too many times", option->name);
            return false;
        }
        list->items[list->count++] = value;
        return true;
    }
    case CLI_COUNT:
        if (!parse_number(value, &number) || number < 1 || number > 1e9 ||
            number != floor(number)) {
            fprintf(stderr, "cachecheck %s: --%s takes a whole number from 1 on, not '%s'\n",
                    command->name, option->name, cli_shown(value));
            return false;
        }
        *(uint32_t *)place = (uint32_t)number;
        return true;
    case CLI_NUMBER:
        if (!parse_number(value, &number)) {
            fprintf(stderr, "cachecheck %s: --%s takes a number from 0 on, not '%s'\n",
                    command->name, option->name, cli_shown(value));
            return false;
        }
        *(double *)place = number;
        return true;
    }
    return false;
}

/* The option of that name, or letter if there is no name. */
static bool find(const cli_command *command, const char *name, size_t length, char letter,
                 cli_option *out)
{
    size_t cursor = 0;
    while (cli_option_next(command, &cursor, out))
        if (name ? strlen(out->name) == length && memcmp(out->name, name, length) == 0
                 : out->letter && out->letter == letter)
            return true;
    return false;
}

/* The option at argv[*at], its value taken from behind '=', from the rest of a
 * short option's word, or from the next word. */
static bool parse_one(const cli_command *command, int argc, char **argv, int *at, void *values)
{
    const char *word = argv[*at];
    bool is_long = word[1] == '-';
    size_t length = is_long ? strcspn(word + 2, "=") : 1;
    cli_option option;
    if (!find(command, is_long ? word + 2 : NULL, length, word[1], &option)) {
        unknown_option(command, word);
        return false;
    }
    const char *value = is_long ? (word[2 + length] == '=' ? word + 3 + length : NULL)
                                : (word[2] ? word + 2 : NULL);
    if (option.kind == CLI_FLAG) {
        if (value) {
            complain(command, "this option takes no value:", word);
            return false;
        }
        return store(command, &option, "", values);
    }
    if (!value && *at + 1 < argc)
        value = argv[++*at];
    if (!value) {
        complain(command, "a value is missing behind", word);
        return false;
    }
    return store(command, &option, value, values);
}

int cli_parse(const cli_command *command, int argc, char **argv, void *values)
{
    int at = 1;
    for (; at < argc; at++) {
        const char *word = argv[at];
        if (strcmp(word, "--") == 0)
            return at + 1;
        if (word[0] != '-' || !word[1])
            break;
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            cli_print_help(command, stdout);
            return -2;
        }
        if (!parse_one(command, argc, argv, &at, values))
            return -1;
    }
    return at;
}

/* Print `text` wrapped at 80 columns, continued at `indent`; `at` is the column reached. */
static void print_wrapped(FILE *out, const char *text, int at, int indent)
{
    while (*text) {
        size_t word = strcspn(text, " \n");
        bool space = at > indent;
        if (space && at + 1 + (int)word > 79) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
            space = false;
        }
        fprintf(out, "%s%.*s", space ? " " : "", (int)word, text);
        at += (int)word + space;
        text += word;
        if (*text == '\n') {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
            text++;
        } else if (*text == ' ') {
            text++;
        }
    }
    fputc('\n', out);
}

static void print_option(const cli_option *option, FILE *out)
{
    char left[64];
    int used = snprintf(left, sizeof left, "  %c%c%s--%s", option->letter ? '-' : ' ',
                        option->letter ? option->letter : ' ', option->letter ? ", " : "  ",
                        option->name);
    if (option->argument)
        used += snprintf(left + used, sizeof left - (size_t)used, " %s", option->argument);
    fputs(left, out);
    if (used > 26) {
        fputc('\n', out);
        used = 0;
    }
    fprintf(out, "%*s", 28 - used, "");
    print_wrapped(out, option->help, 28, 28);
}

void cli_print_help(const cli_command *command, FILE *out)
{
    fprintf(out, "Usage: cachecheck %s %s\n\n", command->name, command->usage);
    print_wrapped(out, command->description, 0, 0);
    fputs("\nOptions:\n", out);
    size_t cursor = 0;
    for (cli_option option; cli_option_next(command, &cursor, &option);)
        print_option(&option, out);
    fputs("  -h, --help                show this help\n", out);
    if (command->examples)
        fputs("\nExamples:\n", out);
    for (const char *const *example = command->examples; example && *example; example += 2)
        fprintf(out, "  %s\n      %s\n", example[0], example[1]);
}
