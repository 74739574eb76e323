/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "generate.h"

/* Inside single quotes fish takes a backslash before a quote or a backslash. */
static const char quote[] = "\\'";
static const char special[] = "\\";

static const char head[] =
    "# Made of the option tables by `cachecheck --generate fish`.\n"
    "\n"
    "# Whether the command line is one of these commands, and still before a --.\n"
    "function __cachecheck_in\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2; and contains -- $words[2] $argv\n"
    "    and not contains -- -- $words\n"
    "end\n"
    "\n"
    "# What completes the program behind the --.\n"
    "function __cachecheck_program\n"
    "    set -l words (commandline -opc)\n"
    "    set -l at (contains -i -- -- $words); or return\n"
    "    set -l line (string escape -- $words[(math $at + 1)..-1]) (commandline -ct)\n"
    "    complete -C \"$line\"\n"
    "end\n"
    "\n"
    "function __cachecheck_behind\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2; and contains -- $words[2] $argv\n"
    "    and contains -- -- $words\n"
    "end\n"
    "\n"
    "complete -c cachecheck -f\n"
    "complete -c cachecheck -n __fish_use_subcommand -s h -l help -d 'show the commands'\n"
    "complete -c cachecheck -n __fish_use_subcommand -s V -l version -d 'show the version'\n";

static void put_proposal(const cli_option *option, FILE *out)
{
    static const char *const actions[] = {
        [CLI_PROPOSE_NOTHING] = " -x",
        [CLI_PROPOSE_CHOICES] = "",
        [CLI_PROPOSE_FILES] = " -r -F",
        [CLI_PROPOSE_FOLDERS] = " -x -a '(__fish_complete_directories)'",
        [CLI_PROPOSE_PROCESSES] = " -x -a '(__fish_complete_pids)'",
    };
    cli_proposal proposal = cli_proposal_of(option);
    fputs(actions[proposal], out);
    if (proposal != CLI_PROPOSE_CHOICES)
        return;
    fputs(" -x -a '", out);
    cli_put_choices(option->choices, " ", out);
    fputc('\'', out);
}

static void put_option(const cli_command *command, const cli_option *option, FILE *out)
{
    fprintf(out, "complete -c cachecheck -n '__cachecheck_in %s'", command->name);
    if (option->letter)
        fprintf(out, " -s %c", option->letter);
    fprintf(out, " -l %s", option->name);
    if (option->kind != CLI_FLAG)
        put_proposal(option, out);
    fputs(" -d '", out);
    cli_put_quoted(option->help, cli_brief_length(option->help), special, quote, out);
    fputs("'\n", out);
}

static void put_command(const cli_command *command, FILE *out)
{
    fprintf(out, "\ncomplete -c cachecheck -n __fish_use_subcommand -a %s -d '", command->name);
    cli_put_quoted(command->summary, cli_brief_length(command->summary), special, quote, out);
    fprintf(out, "'\ncomplete -c cachecheck -n '__cachecheck_in help' -a %s\n", command->name);
    size_t cursor = 0;
    for (cli_option option; cli_option_next(command, &cursor, &option);)
        put_option(command, &option, out);
    fprintf(out,
            "complete -c cachecheck -n '__cachecheck_in %s' -s h -l help -d 'show this help'\n",
            command->name);
    if (command->runs_program)
        fprintf(out,
                "complete -c cachecheck -n '__cachecheck_behind %s' -a '(__cachecheck_program)'\n",
                command->name);
    else if (cli_takes_files(command))
        fprintf(out, "complete -c cachecheck -n '__cachecheck_in %s' -F\n", command->name);
}

void cli_fish_write(FILE *out)
{
    fputs(head, out);
    for (const cli_command *command = cli_commands; command->name; command++)
        put_command(command, out);
    fputs("\ncomplete -c cachecheck -n __fish_use_subcommand -a help -d 'explain a command'\n",
          out);
}
