/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_PRIVILEGED_H
#define CCK_COUNTERS_PRIVILEGED_H

#include <cachecheck/stat.h>

/**
 * Why executing the target's command takes its counters away, or NULL when it
 * does not (as far as can be seen). Static text.
 *
 * A program that gains privileges, or may be executed but not read, is not to be
 * watched by who started it: at such an exec the kernel removes the events of the
 * task (begin_new_exec() in fs/exec.c calls perf_event_exit_task() when the new
 * memory is not dumpable). They then read what the few instructions before it
 * counted, mostly 0, as if that were the program's count.
 */
const char *cck_privileged_reason(const cck_target_options *target);

#endif
