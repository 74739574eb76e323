/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROC_H
#define CCK_CORE_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/root.h"

/**
 * What /proc tells of a thread. Everything here is sampled: it says how things
 * stand when it is read.
 */

/** Call `each` for each thread of `pid`; false from it stops. CCK_EGONE, CCK_EIO. */
int cck_proc_threads(const cck_root *root, int32_t pid,
                     bool (*each)(void *context, int32_t pid, int32_t tid), void *context);

/**
 * Whether it is the calling thread, and that is not its process's first: who looks at its own
 * process from a thread of its own (core/session/region.c) does not look at itself.
 */
bool cck_proc_is_own_helper(int32_t pid, int32_t tid);

/** Call `each` for each process that the thread forked and that still lives. */
int cck_proc_children(const cck_root *root, int32_t pid, int32_t tid,
                      bool (*each)(void *context, int32_t child), void *context);

/** ns on a CPU since the thread began (schedstat). Negative `CCK_E*` if unknown. */
int cck_proc_runtime(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_ns);

/** The same, and how often it came to run. CCK_EFORMAT: the kernel does not tell. */
int cck_proc_turns(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_ns,
                   uint64_t *out_times);

/** The CPU it ran on last, or a negative `CCK_E*`. */
int cck_proc_cpu(const cck_root *root, int32_t pid, int32_t tid);

/** 1: a thread of the kernel's, 0: not, or a negative `CCK_E*` (CCK_ENOTFOUND: gone). */
int cck_proc_is_kernel(const cck_root *root, int32_t pid);

/** 1: stopped by a signal or a debugger, 0: not, or a negative `CCK_E*` (CCK_ENOTFOUND: gone). */
int cck_proc_is_stopped(const cck_root *root, int32_t pid);

/** Page faults so far: all of them, and those that waited for a disk. */
int cck_proc_faults(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_all,
                    uint64_t *out_major);

/** Its name; "" if unknown. */
void cck_proc_name(const cck_root *root, int32_t pid, int32_t tid, char name[16]);

/** Both at once, in one look: the CPU, and the name as cck_proc_name() has it. */
int cck_proc_cpu_and_name(const cck_root *root, int32_t pid, int32_t tid, char name[16]);

/** Context switches so far, of both kinds. */
int cck_proc_switches(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_count);

/** Moves between CPUs so far; CCK_ENOTFOUND where the kernel does not tell (no SCHED_DEBUG). */
int cck_proc_migrations(const cck_root *root, int32_t pid, int32_t tid, uint64_t *out_count);

#endif
