/* SPDX-License-Identifier: MIT */
#ifndef CCK_VERIFY_COMMAND_H
#define CCK_VERIFY_COMMAND_H

#include <stdatomic.h>
#include <sys/types.h>

#include <cachecheck/error.h>

/** The command that runs now, for whoever has to end it from a signal handler. */
typedef struct cck_running {
    _Atomic pid_t group; /* 0: none */
    atomic_int asked;    /* how often its end was asked for */
    atomic_int signal;   /* by which */
} cck_running;

/** A command whose output goes into files: builds say more than anybody keeps in memory. */
typedef struct cck_command_plan {
    const char *const *words; /* NULL-ended; found in PATH */
    const char *directory;
    const char *out, *err; /* files that are overwritten; the same name: one stream */
    const char *ceiling;   /* git looks for no repository above that folder; NULL: it may */
    cck_running *running;
} cck_command_plan;

/**
 * Run to the end, with nothing to read, in a process group of its own, and without what git
 * sets for hooks: `git` in another tree must not write this one's index. `*out_status` is as
 * wait() tells. CCK_EEXEC: it cannot be started; CCK_EGONE: its end was asked for.
 */
int cck_command_run(const cck_command_plan *plan, int *out_status, cck_error *err);

/** Async-signal-safe: end what runs, and what would run next; the second time, kill it. */
void cck_running_interrupt(cck_running *running, int signal);

/** Async-signal-safe: hand a signal on to it. */
void cck_running_forward(cck_running *running, int signal);

/** CCK_EGONE if its end was asked for, else 0. */
int cck_running_check(const cck_running *running, cck_error *err);

#endif
