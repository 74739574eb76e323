/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "generate.h"

/* zshcompsys(1): _arguments. Inside single quotes; brackets end a message, colons an action. */
static const char quote[] = "'\\''";
static const char special[] = "[]:\\";

static void put_action(const cli_option *option, FILE *out)
{
    static const char *const actions[] = {
        [CLI_PROPOSE_NOTHING] = "",        [CLI_PROPOSE_CHOICES] = "",
        [CLI_PROPOSE_FILES] = "_files",    [CLI_PROPOSE_FOLDERS] = "_files -/",
        [CLI_PROPOSE_PROCESSES] = "_pids",
    };
    cli_proposal proposal = cli_proposal_of(option);
    fputs(actions[proposal], out);
    if (proposal != CLI_PROPOSE_CHOICES)
        return;
    fputc('(', out);
    cli_put_choices(option->choices, " ", out);
    fputc(')', out);
}

/* '(-p --pid)'{-p+,--pid=}'[attach to ...]:PID:_pids' */
static void put_option(const cli_option *option, FILE *out)
{
    bool flag = option->kind == CLI_FLAG, list = option->kind == CLI_LIST;
    const char *equals = flag ? "" : "=";
    fputs("        '", out);
    if (list)
        fputc('*', out);
    else if (option->letter)
        fprintf(out, "(-%c --%s)", option->letter, option->name);
    if (option->letter)
        fprintf(out, "'{-%c%s,--%s%s}'", option->letter, flag ? "" : "+", option->name, equals);
    else
        fprintf(out, "--%s%s", option->name, equals);
    fputc('[', out);
    cli_put_quoted(option->help, cli_brief_length(option->help), special, quote, out);
    fputc(']', out);
    if (!flag) {
        fputc(':', out);
        cli_put_quoted(option->argument, (int)strlen(option->argument), special, quote, out);
        fputc(':', out);
        put_action(option, out);
    }
    fputs("' \\\n", out);
}

static void put_command(const cli_command *command, FILE *out)
{
    fprintf(out, "    %s) _arguments -s -S \\\n", command->name);
    size_t cursor = 0;
    for (cli_option option; cli_option_next(command, &cursor, &option);)
        put_option(&option, out);
    fputs("        '(- *)'{-h,--help}'[show this help]'", out);
    if (command->runs_program)
        fputs(" \\\n        '(-):program: _command_names -e' \\\n"
              "        '*::arguments: _normal'",
              out);
    else if (cli_takes_files(command))
        fputs(" \\\n        '*:file:_files'", out);
    fputs(" && ret=0 ;;\n", out);
}

void cli_zsh_write(FILE *out)
{
    fputs("#compdef cachecheck\n"
          "# Made of the option tables by `cachecheck --generate zsh`.\n\n"
          "_cachecheck() {\n"
          "    local curcontext=$curcontext state line ret=1\n"
          "    local -A opt_args\n"
          "    local -a commands\n"
          "    commands=(\n",
          out);
    for (const cli_command *command = cli_commands; command->name; command++) {
        fprintf(out, "        '%s:", command->name);
        cli_put_quoted(command->summary, cli_brief_length(command->summary), ":\\", quote, out);
        fputs("'\n", out);
    }
    fputs("        'help:explain a command'\n    )\n"
          "    _arguments -C '(- *)'{-h,--help}'[show the commands]' \\\n"
          "        '(- *)'{-V,--version}'[show the version]' \\\n"
          "        '1: :->command' '*:: :->words' && ret=0\n"
          "    if [[ $state == command ]]; then\n"
          "        _describe -t commands 'cachecheck command' commands && ret=0\n"
          "        return ret\n"
          "    fi\n"
          "    [[ $state == words ]] || return ret\n"
          "    curcontext=${curcontext%:*}-$words[1]:\n"
          "    case $words[1] in\n",
          out);
    for (const cli_command *command = cli_commands; command->name; command++)
        put_command(command, out);
    fputs("    help) _describe -t commands 'cachecheck command' commands && ret=0 ;;\n"
          "    esac\n"
          "    return ret\n"
          "}\n\n"
          "_cachecheck \"$@\"\n",
          out);
}
