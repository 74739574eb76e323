/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "generate.h"

/* bash breaks "--format=json" into three words. */
static const char head[] =
    "# bash completion for cachecheck                        -*- shell-script -*-\n"
    "# Made of the option tables by `cachecheck --generate bash`.\n"
    "\n"
    "_cachecheck_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
    "_cachecheck_files() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
    "}\n"
    "_cachecheck_processes() {\n"
    "    local process all=''\n"
    "    for process in /proc/[0-9]*; do\n"
    "        all+=\" ${process#/proc/}\"\n"
    "    done\n"
    "    _cachecheck_words \"$all\"\n"
    "}\n"
    "\n"
    "# The program to run, with whatever completes it.\n"
    "_cachecheck_program() {\n"
    "    if declare -F _command_offset >/dev/null; then\n"
    "        _command_offset \"$1\"\n"
    "    elif ((COMP_CWORD == $1)); then\n"
    "        _cachecheck_files -c\n"
    "    else\n"
    "        _cachecheck_files -f\n"
    "    fi\n"
    "}\n"
    "\n"
    "_cachecheck() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=${COMP_WORDS[1]} options='' valued='' rest='' at\n"
    "    COMPREPLY=()\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n";

static const char tail[] =
    "    for ((at = 2; at < COMP_CWORD; at++)); do\n"
    "        case ${COMP_WORDS[at]} in\n"
    "        --)\n"
    "            if [[ $rest == program ]]; then\n"
    "                _cachecheck_program $((at + 1))\n"
    "            else\n"
    "                _cachecheck_files -f\n"
    "            fi\n"
    "            return ;;\n"
    "        -*)\n"
    "            [[ \" $valued \" != *\" ${COMP_WORDS[at]} \"* ]] || ((at++))\n"
    "            [[ ${COMP_WORDS[at]} != = ]] || ((at++)) ;;\n"
    "        *)\n"
    "            if [[ $rest == program ]]; then\n"
    "                _cachecheck_program \"$at\"\n"
    "                return\n"
    "            fi ;;\n"
    "        esac\n"
    "    done\n"
    "    if [[ \" $valued \" == *\" $prev \"* ]]; then\n"
    "        _cachecheck_value \"$command $prev\"\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        _cachecheck_words \"$options\"\n"
    "    elif [[ $rest == program ]]; then\n"
    "        _cachecheck_program \"$COMP_CWORD\"\n"
    "    elif [[ $rest == files ]]; then\n"
    "        _cachecheck_files -f\n"
    "    elif [[ $rest ]]; then\n"
    "        _cachecheck_words \"$rest\"\n"
    "    fi\n"
    "}\n"
    "complete -F _cachecheck cachecheck\n";

static void put_names(const cli_command *command, bool valued, FILE *out)
{
    size_t cursor = 0;
    for (cli_option option; cli_option_next(command, &cursor, &option);) {
        if (valued && option.kind == CLI_FLAG)
            continue;
        if (option.letter)
            fprintf(out, "-%c ", option.letter);
        fprintf(out, "--%s ", option.name);
    }
}

static void put_action(const cli_option *option, cli_proposal proposal, FILE *out)
{
    if (proposal == CLI_PROPOSE_CHOICES) {
        fputs("_cachecheck_words '", out);
        cli_put_choices(option->choices, " ", out);
        fputc('\'', out);
        return;
    }
    static const char *const actions[] = {
        [CLI_PROPOSE_FILES] = "_cachecheck_files -f",
        [CLI_PROPOSE_FOLDERS] = "_cachecheck_files -d",
        [CLI_PROPOSE_PROCESSES] = "_cachecheck_processes",
    };
    fputs(actions[proposal], out);
}

static void put_values(const cli_command *command, FILE *out)
{
    size_t cursor = 0;
    for (cli_option option; cli_option_next(command, &cursor, &option);) {
        cli_proposal proposal = cli_proposal_of(&option);
        if (proposal == CLI_PROPOSE_NOTHING)
            continue;
        fprintf(out, "    '%s --%s'", command->name, option.name);
        if (option.letter)
            fprintf(out, " | '%s -%c'", command->name, option.letter);
        fputs(") ", out);
        put_action(&option, proposal, out);
        fputs(" ;;\n", out);
    }
}

static void put_command_names(FILE *out)
{
    for (const cli_command *command = cli_commands; command->name; command++)
        fprintf(out, "%s ", command->name);
}

static void put_command(const cli_command *command, FILE *out)
{
    fprintf(out, "    %s)\n        options='", command->name);
    put_names(command, false, out);
    fputs("--help'\n        valued='", out);
    put_names(command, true, out);
    fprintf(out, "'\n        rest=%s ;;\n",
            command->runs_program      ? "program"
            : cli_takes_files(command) ? "files"
                                       : "");
}

void cli_bash_write(FILE *out)
{
    fputs(head, out);
    fputs("    if ((COMP_CWORD == 1)); then\n        _cachecheck_words '", out);
    put_command_names(out);
    fputs("help --help --version'\n        return\n    fi\n    case $command in\n", out);
    for (const cli_command *command = cli_commands; command->name; command++)
        put_command(command, out);
    fputs("    help) rest='", out);
    put_command_names(out);
    fputs("' ;;\n    esac\n", out);
    fputs(tail, out);
    fputs("\n_cachecheck_value() {\n    case $1 in\n", out);
    for (const cli_command *command = cli_commands; command->name; command++)
        put_values(command, out);
    fputs("    esac\n}\n", out);
}
