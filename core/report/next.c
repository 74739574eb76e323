/* SPDX-License-Identifier: MIT */
/* One next command, that exists today: which, is a table. */
#include "core/report/next.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/session/command_text.h"
#include "core/session/target.h"

typedef struct next_step {
    const char *verdict;  /* NULL: any */
    const char *backend;  /* NULL: any */
    const char *launched; /* "@" becomes the command */
    const char *attached; /* "@" becomes the PID */
} next_step;

/* The first that fits. Tools of others only where we have none of our own. */
static const next_step advices[] = {
    {"nothing-simulated", NULL, "cachecheck sharing -- @", "cachecheck machine --check"},
    {"too-little-seen", NULL, "cachecheck sharing --backend simulate -- @",
     "cachecheck sharing -p @ --duration 10"},
    {"no-sharing", NULL, "cachecheck hotspots -- @", "cachecheck machine --check"},
    {"false-sharing", NULL, "cachecheck hotspots -- @", "cachecheck machine --check"},
    {"contended-lock", NULL, "cachecheck hotspots -- @", "cachecheck machine --check"},
    {"mixed-sharing", NULL, "cachecheck hotspots -- @", "cachecheck machine --check"},
    {"true-sharing", NULL, "cachecheck hotspots -- @", "cachecheck machine --check"},
    {"layout-risks", NULL, "cachecheck sharing -- ./app", "cachecheck sharing -- ./app"},
    {"layout-clean", NULL, "cachecheck sharing -- ./app", "cachecheck sharing -- ./app"},
    {"one-node", NULL, "cachecheck stat -- @", "cachecheck stat -p @ --duration 5"},
    {"local", NULL, "cachecheck stat -- @", "cachecheck stat -p @ --duration 5"},
    {"remote", NULL, "cachecheck numa --exact -- @", "cachecheck numa --exact -p @"},
    {NULL, "placement", "cachecheck machine --check", "cachecheck machine --check"},
    {"sharing", NULL, "cachecheck sharing -- @", "cachecheck machine --check"},
    {"hot-sharing", NULL, "cachecheck sharing -- @", "cachecheck machine --check"},
    {"hot", NULL, "cachecheck hotspots --annotate hot -- @", "cachecheck machine --check"},
    {"too-short", "simulate", "valgrind --tool=cachegrind --cache-sim=yes @",
     "cachecheck machine --check"},
    {"too-short", NULL, "cachecheck stat -r 10 -- @", "cachecheck stat -p @ --duration 10"},
    {"idle", NULL, "strace -f -c -- @", "strace -f -c -p @"},
    {"waiting", NULL, "strace -f -c -- @", "strace -f -c -p @"},
    {"fault-bound", NULL, "perf record -e page-faults -g -- @",
     "perf record -e page-faults -g -p @"},
    {"switch-bound", NULL, "strace -f -c -e trace=futex -- @", "strace -f -c -e trace=futex -p @"},
    {"sharing-bound", NULL, "perf c2c record -- @", "perf c2c record -p @"},
    {"not-cache-bound", NULL, "perf record -g -- @", "perf record -g -p @"},
    {NULL, "simulate", "valgrind --tool=cachegrind --cache-sim=yes @",
     "cachecheck machine --check"},
    {"llc-bound", "pmu", "cachecheck stat --set numa -- @", "cachecheck stat --set numa -p @"},
    {"l2-bound", "pmu", "cachecheck stat --set l2 -- @", "cachecheck stat --set l2 -p @"},
    {"l1-bound", "pmu", "cachecheck stat --set l1 -- @", "cachecheck stat --set l1 -p @"},
    {NULL, "software", "cachecheck stat --backend simulate -- @", "cachecheck machine --check"},
    {NULL, NULL, "cachecheck machine --check", "cachecheck machine --check"},
};

/* The tools of others that the table names, and who has them in Debian. */
static const struct {
    const char *tool, *package;
} packages[] = {{"perf", "linux-perf"}, {"strace", "strace"}, {"valgrind", "valgrind"}};

/* A command that is not there is no next step: say where it comes from, as a comment, so
 * that the line can still be pasted. */
static char *with_package(char *command)
{
    char file[PATH_MAX], *text;
    for (size_t i = 0; command && i < sizeof packages / sizeof *packages; i++) {
        size_t length = strlen(packages[i].tool);
        if (strncmp(command, packages[i].tool, length) != 0 || command[length] != ' ' ||
            cck_target_resolve(packages[i].tool, NULL, getenv("PATH"), file, sizeof file, NULL) ==
                0)
            continue;
        if (asprintf(&text, "%s   # apt-get install %s", command, packages[i].package) < 0)
            return command;
        free(command);
        return text;
    }
    return command;
}

static char *fill_in(const char *template, const char *target)
{
    const char *place = strchr(template, '@');
    char *text = NULL;
    if (!place)
        return strdup(template);
    if (asprintf(&text, "%.*s%s%s", (int)(place - template), template, target, place + 1) < 0)
        return NULL;
    return text;
}

char *cck_report_next(const cck_result *result)
{
    /* Whether the fix of the worst finding helps. */
    if (result->finding_count && *result->findings[0].verify)
        return strdup(result->findings[0].verify);
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        const next_step *advice = &advices[i];
        if ((advice->verdict && strcmp(advice->verdict, result->total.verdict.name) != 0) ||
            (advice->backend && strcmp(advice->backend, result->source.backend) != 0))
            continue;
        bool attached = result->target.attached || !result->target.argc;
        /* A process that is gone is not to be attached to again. */
        bool gone = result->target.attached && result->target.exited &&
                    strchr(advice->attached, '@') != NULL;
        char *target = gone ? strdup("./app") : cck_command_text(&result->target);
        char *text = target
                         ? fill_in(attached && !gone ? advice->attached : advice->launched, target)
                         : NULL;
        free(target);
        return with_package(text);
    }
    return NULL;
}
