/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include <cachecheck/cachecheck.h>

#include "commands.h"
#include "generate.h"
#include "simulate_options.h"

const cli_command cli_commands[] = {
    {
        .name = "stat",
        .summary = "count cache misses and more, per thread, over the life of a program",
        .usage = "[options] -- PROGRAM [ARGUMENTS]\n       cachecheck stat [options] -p PID",
        .description =
            "Runs PROGRAM and tells for each of its threads where it missed, on which CPU and node "
            "it ran, and what that means. With hardware counters the numbers are measured; where "
            "there are none they come from a simulation and are called so.",
        .options = cli_stat_options,
        .examples = cli_stat_examples,
        .runs_program = true,
        .run = cli_stat,
    },
    {
        .name = "sharing",
        .summary = "lines that threads fight over: false sharing, of which fields, and the fix",
        .usage = "[options] -- PROGRAM [ARGUMENTS]\n       cachecheck sharing [options] -p PID",
        .description =
            "Tells which lines the threads of PROGRAM, or of a running process, take from each other: "
            "of which object and fields, by which code, what that costs, and what to change. False "
            "sharing (different bytes of a line) is told from true sharing (the same bytes). "
            "PROGRAM runs in a model of the machine's caches, many times slower: costs are modelled, "
            "and the same program and input give the same findings. A running process (-p), or with "
            "--backend watch a program that runs for seconds, is watched as it runs, by samples and "
            "watchpoints: that needs no PMU, and takes some 2 % of its time.",
        .options = cli_sharing_options,
        .shared = cli_simulate_rows,
        .examples = cli_sharing_examples,
        .runs_program = true,
        .run = cli_sharing,
    },
    {
        .name = "hotspots",
        .summary = "which functions, lines, call paths and objects the misses belong to",
        .usage = "[options] -- PROGRAM [ARGUMENTS]",
        .description =
            "Runs PROGRAM on simulated caches and tells what each function, source line and object "
            "in memory cost, by class of miss: functions inlined into others count by themselves, "
            "recursion once. The numbers are modelled, not measured. Writes flame graphs, and "
            "files for KCachegrind, speedscope and the Firefox Profiler.",
        .options = cli_hotspots_options,
        .shared = cli_simulate_rows,
        .examples = cli_hotspots_examples,
        .runs_program = true,
        .run = cli_hotspots,
    },
    {
        .name = "layout",
        .summary = "audit struct layouts of headers and binaries for false sharing; fixes",
        .usage = "[options] PATH... [-- COMPILER FLAGS]",
        .description =
            "Reads how types and variables lie on cache lines, of headers and sources through your "
            "own compiler, or of anything with debug information or BTF, and tells what threads "
            "would fight over, with the change that mends it. Nothing runs: findings are risks, "
            "not measurements. Exit status: 0 clean, 1 findings at or above --fail-on, 2 errors; "
            "what does not compile is an error, never clean.",
        .options = cli_layout_options,
        .examples = cli_layout_examples,
        .run = cli_layout,
    },
    {
        .name = "diff",
        .summary = "two results: what became better or worse, and is it more than noise?",
        .usage = "[options] BEFORE.json AFTER.json",
        .description =
            "Compares two saved results of the same command: totals, threads and findings. Repeated "
            "runs (stat -r) are tested for significance; single measured runs have no interval and "
            "are not judged unless --threshold says by what; simulated results are exact. Exit "
            "status: 0 nothing regressed, 1 something did or a finding is new, 2 errors, or not "
            "comparable (another machine, backend, event or program), or nothing to judge.",
        .options = cli_diff_options,
        .examples = cli_diff_examples,
        .run = cli_diff,
    },
    {
        .name = "compare",
        .summary = "two commands in turns: is the second better, and at what?",
        .usage = "[options] -- COMMAND A --- COMMAND B",
        .description =
            "Runs both commands in turns, A B A B, so that what drifts meets both alike, and "
            "compares each pair: the ratio, its interval, a verdict, for time, events and metrics. "
            "Exit status: 0; 1 with --threshold if B is worse; 125 if a command or cachecheck "
            "itself failed.",
        .options = cli_compare_options,
        .examples = cli_compare_examples,
        .runs_program = true,
        .run = cli_compare,
    },
    {
        .name = "verify",
        .summary = "what a patch really changes: built twice in copies, run in turns",
        .usage = "RESULT.json[#FINDING] --build COMMAND [options] [-- PROGRAM ARGUMENTS]\n"
                 "       cachecheck verify --patch FILE --build COMMAND [options] -- PROGRAM ARGUMENTS",
        .description =
            "Takes a finding with its patch, applies it to a copy of the sources, builds before and "
            "after, runs both in turns as compare does, and simulates each once; then says what the "
            "patch changed, with interval and verdict, and what of that is modelled. The sources, "
            "their repository and index are only read. FINDING is the number in the report (1 is the "
            "first) or the beginning of its id. A finding of sharing without a patch gets one from the "
            "layout audit of the file that declares it (C and C++). Exit status: 0 improved; 1 not "
            "improved, or worse; 2 cannot tell: the patch does not apply, a build or a run failed.",
        .options = cli_verify_options,
        .examples = cli_verify_examples,
        .runs_program = true,
        .run = cli_verify,
    },
    {
        .name = "report",
        .summary = "saved results as one page to pass on, or in another format",
        .usage = "RESULT.json... [-o FILE.html]",
        .description =
            "Writes results that were kept (-o FILE.json of any command) as a self-contained HTML "
            "page: summary, findings with code excerpts and the line drawn as bytes, threads, where "
            "they ran, flame graph, numbers. It needs no network, has a light and a dark look, and "
            "can be read without scripts. With another ending or --format, writes what the command "
            "itself would have written.",
        .options = cli_report_options_table,
        .examples = cli_report_examples,
        .run = cli_report,
    },
    {
        .name = "merge",
        .summary = "results of many ranks: sums, spread, the worst ranks, findings they share",
        .usage = "[options] RESULT.json...",
        .description =
            "Adds up results of one program, one a rank or machine: totals, how far ranks are "
            "apart, which are worst, and in how many of them each finding is. One result is read "
            "at a time: memory does not grow with their number.",
        .options = cli_merge_options,
        .examples = cli_merge_examples,
        .run = cli_merge,
    },
    {
        .name = "numa",
        .summary = "where threads run and memory lies: what is remote, and the command that mends it",
        .usage = "[options] -p PID\n       cachecheck numa [options] -- PROGRAM [ARGUMENTS]",
        .description =
            "Tells on which NUMA node the memory of a process lies, mapping by mapping, and where its "
            "threads run: what is remote, and what to change, as a command that this process may "
            "use. Pages are sampled, which takes milliseconds however large the process is, and "
            "every share has its interval; --exact counts all. Needs no PMU, and works in "
            "containers as far as they allow.",
        .options = cli_numa_options,
        .examples = cli_numa_examples,
        .runs_program = true,
        .run = cli_numa,
    },
    {
        .name = "machine",
        .summary = "the machine, drawn; --measure: what it costs; --check: what works here",
        .usage = "[options]",
        .description =
            "Draws the machine as cachecheck sees it: live, captured, recorded with lstopo, or made "
            "up; with what cgroups and cpusets leave of it. --measure tells what lines from core to "
            "core, caches, memory, false sharing and atomic operations cost here, with the spread of "
            "each number. --capture puts the machine into one file. --check goes through every "
            "backend and its parts: whether it works here, the reason, and the exact command or "
            "setting that would enable it. Nothing on the machine is changed.",
        .options = cli_machine_options,
        .examples = cli_machine_examples,
        .run = cli_machine,
    },
    {0},
};

static int print_overview(FILE *out)
{
    fputs("cachecheck finds out why a program gets slower as threads are added.\n\n"
          "Usage: cachecheck COMMAND [options] [-- PROGRAM ARGUMENTS]\n\n",
          out);
    for (const cli_command *command = cli_commands; command->name; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->summary);
    fputs("  help       explain a command\n\n"
          "Try:  cachecheck stat -- ./app        where does each thread miss?\n"
          "      cachecheck machine --check      what works on this machine, and what would enable the rest\n",
          out);
    return 0;
}

static const cli_command *find(const char *name)
{
    for (const cli_command *command = cli_commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    const char *names[16] = {0};
    size_t count = 0;
    for (const cli_command *command = cli_commands; command->name && count < 13; command++)
        names[count++] = command->name;
    names[count++] = "help";
    names[count++] = "--version";
    cli_unknown_word("command", name, names);
    return NULL;
}

static int help(int argc, char **argv)
{
    if (argc < 2)
        return print_overview(stdout);
    const cli_command *command = find(argv[1]);
    if (!command)
        return CLI_USAGE;
    cli_print_help(command, stdout);
    return 0;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2)
        return print_overview(stdout);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("cachecheck %s\n", cck_version());
        return 0;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return print_overview(stdout);
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 1, argv + 1);
    if (strcmp(argv[1], "--generate") == 0)
        return cli_generate(argc - 2, argv + 2);
    const cli_command *command = find(argv[1]);
    return command ? command->run(command, argc - 1, argv + 1) : CLI_USAGE;
}

int main(int argc, char **argv)
{
    /* Only for the width of characters; numbers must not depend on the locale. */
    setlocale(LC_CTYPE, "");
    return dispatch(argc, argv);
}
