/* SPDX-License-Identifier: MIT */
/* Manual pages in man(7), of the option tables. Escapes: groff_char(7). */
#include <ctype.h>
#include <string.h>

#include <cachecheck/version.h>

#include "generate.h"

/* ---- words ---- */

static void put_character(char c, FILE *out)
{
    static const struct {
        char plain;
        const char *escape;
    } escapes[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                   {'~', "\\(ti"}, {'^', "\\(ha"}, {'`', "\\(ga"}};
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i].plain == c) {
            fputs(escapes[i].escape, out);
            return;
        }
    fputc(c, out);
}

static void put_plain(const char *text, size_t length, FILE *out)
{
    for (size_t i = 0; i < length; i++)
        put_character(text[i], out);
}

/* Text on lines of its own: `code` is bold, and no line starts with what roff takes for a
 * request. */
static void put_text(const char *text, FILE *out)
{
    bool bold = false;
    if (*text == '.')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '`') {
            bold = !bold;
            fputs(bold ? "\\fB" : "\\fR", out);
        } else if (*text == '\n') {
            fputs("\n.PP\n", out);
        } else {
            put_character(*text, out);
        }
    }
    fputc('\n', out);
}

static bool is_placeholder(const char *word, size_t length)
{
    size_t letters = 0;
    for (size_t i = 0; i < length; i++) {
        if (islower((unsigned char)word[i]))
            return false;
        letters += isupper((unsigned char)word[i]) != 0;
    }
    return letters > 1;
}

/* A line of usage: what is typed as it stands is bold, what stands for something italic. */
static void put_usage_line(const char *line, size_t length, FILE *out)
{
    for (size_t at = 0; at < length;) {
        if (strchr(" []", line[at])) {
            fputc(line[at++], out);
            continue;
        }
        size_t size = strcspn(line + at, " []\n");
        bool option_word = strncmp(line + at, "options", 7) == 0;
        fputs(option_word || is_placeholder(line + at, size) ? "\\fI" : "\\fB", out);
        put_plain(line + at, size, out);
        fputs("\\fR", out);
        at += size;
    }
    fputc('\n', out);
}

/* ---- sections ---- */

static void put_title(const cli_command *command, FILE *out)
{
    fputs(".\\\" Made of the option tables by `cachecheck --generate man`.\n", out);
    fputs(".TH \"CACHECHECK", out);
    for (const char *at = command ? command->name : ""; *at; at++)
        fprintf(out, "%s%c", at == command->name ? "\\-" : "", toupper((unsigned char)*at));
    fprintf(out, "\" 1 \"\" \"cachecheck %s\" \"cachecheck manual\"\n.SH NAME\n", cck_version());
    fprintf(out, "cachecheck%s%s \\- ", command ? "\\-" : "", command ? command->name : "");
    put_text(command ? command->summary : "cache and false-sharing analysis", out);
}

static void put_synopsis(const cli_command *command, FILE *out)
{
    fputs(".SH SYNOPSIS\n.nf\n", out);
    if (!command) {
        fputs("\\fBcachecheck\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] [\\fB\\-\\-\\fR "
              "\\fIPROGRAM ARGUMENTS\\fR]\n"
              "\\fBcachecheck help\\fR [\\fICOMMAND\\fR]\n"
              "\\fBcachecheck \\-\\-version\\fR\n.fi\n",
              out);
        return;
    }
    fprintf(out, "\\fBcachecheck %s\\fR ", command->name);
    for (const char *line = command->usage; *line;) {
        line += strspn(line, " ");
        size_t length = strcspn(line, "\n");
        put_usage_line(line, length, out);
        line += length + (line[length] == '\n');
    }
    fputs(".fi\n", out);
}

/* Whether a help text names every choice already. */
static bool tells_choices(const cli_option *option)
{
    for (const char *at = option->choices; *at;) {
        size_t length = strcspn(at, "|");
        char choice[64];
        snprintf(choice, sizeof choice, "%.*s", (int)length, at);
        if (!strstr(option->help, choice))
            return false;
        at += length + (at[length] == '|');
    }
    return true;
}

static void put_option(const cli_option *option, FILE *out)
{
    fputs(".TP\n", out);
    if (option->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", out);
    put_plain(option->name, strlen(option->name), out);
    fputs("\\fR", out);
    if (option->argument) {
        fputs(" \\fI", out);
        put_plain(option->argument, strlen(option->argument), out);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    put_text(option->help, out);
    if (option->choices && !tells_choices(option)) {
        fputs(".br\nOne of \\fB", out);
        cli_put_choices(option->choices, "\\fR, \\fB", out);
        fputs("\\fR.\n", out);
    }
}

static void put_options(const cli_command *command, FILE *out)
{
    fputs(".SH OPTIONS\n", out);
    size_t cursor = 0;
    for (cli_option option; cli_option_next(command, &cursor, &option);)
        put_option(&option, out);
    fputs(".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nshow a short help\n", out);
}

static void put_commands(FILE *out)
{
    fputs(".SH COMMANDS\n", out);
    for (const cli_command *command = cli_commands; command->name; command++) {
        fprintf(out, ".TP\n.BR cachecheck\\-%s (1)\n", command->name);
        put_text(command->summary, out);
    }
    fputs(".TP\n\\fBcachecheck help\\fR [\\fICOMMAND\\fR]\nexplain a command\n", out);
}

static void put_exit_status(const cli_command *command, FILE *out)
{
    static const char *const program[] = {
        "N",   "The program's own status N, or 128 + N when signal N ended it.",
        "1",   "--fail-on triggered; the report was written all the same.",
        "125", "cachecheck itself failed.",
        "126", "The program cannot be executed, or not simulated to its end.",
        "127", "The program was not found.",
        NULL};
    static const char *const analysis[] = {"0", "All is well: no finding that --fail-on asks for.",
                                           "1", "There are findings that --fail-on asks for.",
                                           "2", "An error of usage, configuration or input.",
                                           NULL};
    fputs(".SH \"EXIT STATUS\"\n", out);
    for (const char *const *row = command->runs_program ? program : analysis; *row; row += 2) {
        fprintf(out, ".TP\n.B %s\n", row[0]);
        put_text(row[1], out);
    }
}

static void put_examples(const cli_command *command, FILE *out)
{
    if (!command->examples)
        return;
    fputs(".SH EXAMPLES\n", out);
    for (const char *const *example = command->examples; *example; example += 2) {
        fputs(".TP\n\\fB", out);
        put_plain(example[0], strlen(example[0]), out);
        fputs("\\fR\n", out);
        put_text(example[1], out);
    }
}

/* The other pages; `more` is what the prose has to add, such as ".BR perf (1)". */
static void put_see_also(const cli_command *command, const char *more, FILE *out)
{
    fputs(".SH \"SEE ALSO\"\n", out);
    if (command)
        fputs(".BR cachecheck (1)", out);
    const char *before = command ? ",\n" : "";
    for (const cli_command *other = cli_commands; other->name; other++)
        if (other != command) {
            fprintf(out, "%s.BR cachecheck\\-%s (1)", before, other->name);
            before = ",\n";
        }
    fprintf(out, "%s%s", *more ? ",\n" : "\n", more);
}

/* ---- the page ---- */

/* Where a line of the prose starts with that, or its end. */
static const char *find_line(const char *prose, const char *start)
{
    size_t length = strlen(start);
    for (const char *line = prose; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, start, length) == 0)
            return line;
    return prose + strlen(prose);
}

void cli_manual_write(const cli_command *command, const char *prose, FILE *out)
{
    static const char see_also[] = ".SH \"SEE ALSO\"";
    const char *sections = find_line(prose, ".SH");
    const char *more = find_line(prose, see_also);
    put_title(command, out);
    put_synopsis(command, out);
    fputs(".SH DESCRIPTION\n", out);
    if (command)
        put_text(command->description, out);
    fprintf(out, "%.*s", (int)(sections - prose), prose);
    if (command)
        put_options(command, out);
    else
        put_commands(out);
    if (command && !*find_line(prose, ".SH \"EXIT STATUS\""))
        put_exit_status(command, out);
    fprintf(out, "%.*s", (int)(more - sections), sections);
    if (command)
        put_examples(command, out);
    if (*more)
        more += strcspn(more, "\n") + 1;
    put_see_also(command, more, out);
}
