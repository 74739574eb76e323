/* SPDX-License-Identifier: MIT */
#include "generate.h"

#include <string.h>

#include "commands.h"
#include "terminal.h"

/* ---- what the shells share ---- */

/* What an argument is called in --help tells what it is. */
static const struct {
    const char *argument;
    cli_proposal proposal;
} proposals[] = {
    {"FILE", CLI_PROPOSE_FILES},    {"FILE|SYNTHETIC", CLI_PROPOSE_FILES},
    {"RESULT", CLI_PROPOSE_FILES},  {"DIR", CLI_PROPOSE_FOLDERS},
    {"PID", CLI_PROPOSE_PROCESSES},
};

cli_proposal cli_proposal_of(const cli_option *option)
{
    if (option->choices)
        return CLI_PROPOSE_CHOICES;
    for (size_t i = 0; option->argument && i < sizeof proposals / sizeof *proposals; i++)
        if (strcmp(option->argument, proposals[i].argument) == 0)
            return proposals[i].proposal;
    return CLI_PROPOSE_NOTHING;
}

bool cli_takes_files(const cli_command *command)
{
    return !command->runs_program && strcmp(command->usage, "[options]") != 0;
}

int cli_brief_length(const char *help)
{
    enum { MOST = 60 };
    int length = (int)strcspn(help, ";(\n");
    for (const char *at = help; at < help + length; at++)
        if (strncmp(at, ": ", 2) == 0)
            length = (int)(at - help);
    if (length > MOST)
        for (length = MOST; length > 0 && help[length] != ' ';)
            length--;
    while (length > 0 && strchr(" ,", help[length - 1]))
        length--;
    return length;
}

void cli_put_quoted(const char *text, int length, const char *escaped, const char *quote, FILE *out)
{
    for (int i = 0; i < length && text[i]; i++) {
        if (text[i] == '\'') {
            fputs(quote, out);
            continue;
        }
        if (strchr(escaped, text[i]))
            fputc('\\', out);
        fputc(text[i] == '\n' ? ' ' : text[i], out);
    }
}

void cli_put_choices(const char *choices, const char *separator, FILE *out)
{
    for (; *choices; choices++)
        if (*choices == '|')
            fputs(separator, out);
        else
            fputc(*choices, out);
}

/* ---- the command ---- */

static int failed(const char *message, const char *word)
{
    fprintf(stderr, "cachecheck --generate: %s %s\n", message, cli_shown(word));
    fputs("  takes: commands, man COMMAND [PROSE], bash, zsh or fish\n", stderr);
    return CLI_USAGE;
}

static int finish(void)
{
    return cli_finish_stdout() ? CLI_OK : CLI_USAGE;
}

static const cli_command *command_named(const char *name)
{
    for (const cli_command *command = cli_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static bool read_prose(const char *path, char *out_text, size_t size)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t length = fread(out_text, 1, size - 1, file);
    bool whole = !ferror(file) && feof(file);
    fclose(file);
    out_text[length] = 0;
    return whole;
}

static int generate_manual(int argc, char **argv)
{
    static char prose[64 << 10];
    if (argc < 1)
        return failed("man", "needs the name of a command");
    const cli_command *command = command_named(argv[0]);
    if (!command && strcmp(argv[0], "cachecheck") != 0)
        return failed("there is no command", argv[0]);
    if (argc > 1 && !read_prose(argv[1], prose, sizeof prose))
        return failed("cannot read", argv[1]);
    cli_manual_write(command, prose, stdout);
    return finish();
}

int cli_generate(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*write)(FILE *out);
    } shells[] = {{"bash", cli_bash_write}, {"zsh", cli_zsh_write}, {"fish", cli_fish_write}};
    const char *what = argc > 0 ? argv[0] : "what?";
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(what, shells[i].name) == 0) {
            shells[i].write(stdout);
            return finish();
        }
    if (strcmp(what, "man") == 0)
        return generate_manual(argc - 1, argv + 1);
    if (strcmp(what, "commands") != 0)
        return failed("cannot generate", what);
    for (const cli_command *command = cli_commands; command->name; command++)
        puts(command->name);
    return finish();
}
