/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_RUN_H
#define CCK_CORE_RUN_H

#include <cachecheck/result.h>
#include <cachecheck/simulate.h>
#include <cachecheck/stat.h>

#include "core/session/session.h"

/**
 * A run: what every command has that looks at a target. Options copied, target
 * checked, probe chosen; interruptible from signal handlers while it goes on.
 */
typedef struct cck_run {
    cck_target_options target;
    cck_stat_options options;
    cck_simulate_options simulate;
    cck_arena arena;
    cck_root root;
    cck_machine *machine; /* opened when it is needed */
    cck_session session;
    int wake_fd;
    atomic_int interrupts;
    _Atomic pid_t group;
} cck_run;

/** Options structs grow at their end: what an older caller does not know becomes zero. */
void cck_options_copy(void *to, size_t to_size, const void *from, size_t from_size);

/**
 * Check the target and choose a probe that can give what is wanted; start nothing. `simulate`
 * may be NULL. Whatever it returns, cck_run_clear() ends it.
 */
int cck_run_prepare(cck_run *run, cck_want want, const cck_target_options *target,
                    const cck_stat_options *options, const cck_simulate_options *simulate,
                    cck_error *err);

/** The file that will be run, as a path; errors as cck_target_resolve(). */
int cck_run_program(const cck_run *run, char *out_path, size_t size, cck_error *err);

/** Fill in machine, source and target of a result. */
int cck_run_describe(cck_run *run, cck_result *result, const cck_session_end *end,
                     const cck_tally *tally, cck_error *err);

/** The last word about a run: a note, if memory ran out on the way and so something may be missing. */
int cck_run_conclude(cck_result *result, const cck_session_end *end, cck_error *err);

/** Async-signal-safe; see cck_stat_interrupt() and cck_stat_forward(). */
void cck_run_interrupt(cck_run *run, int signal);
void cck_run_forward(cck_run *run, int signal);

void cck_run_clear(cck_run *run);

#endif
