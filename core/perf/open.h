/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_OPEN_H
#define CCK_CORE_PERF_OPEN_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <sys/types.h>

#include <cachecheck/error.h>

#include "core/base/root.h"

/**
 * Opening perf events, and what a refusal means. perf_event_open(2) answers
 * with errno values that mislead (EACCES where there is no PMU at all, EPERM
 * for a seccomp filter), so every failure climbs down a ladder before it is
 * believed, and what is left says what to do next.
 */

/** The system calls behind it, so that tests can refuse them one by one. */
typedef struct cck_perf_calls {
    /** As perf_event_open(2) without a group: a descriptor, or -1 and errno. */
    int (*open)(struct perf_event_attr *attr, pid_t pid, int cpu);
    /** Raise the limit of open files to the hard limit. False: it was there already. */
    bool (*raise_files)(void);
    /** As `open`, in the group of `leader`. NULL: there are no groups. */
    int (*open_in)(struct perf_event_attr *attr, pid_t pid, int cpu, int leader);
} cck_perf_calls;

extern const cck_perf_calls cck_perf_kernel;

/**
 * Open an event for a thread (0: the caller, -1: all) on a CPU (-1: any).
 * Returns the descriptor (close-on-exec), or a negative `CCK_E*`:
 * CCK_EACCESS   policy: paranoid level, seccomp, owner of the process
 * CCK_ENOTFOUND this machine has no such event
 * CCK_EUNSUPPORTED, CCK_EINVALID, CCK_EBUSY, CCK_ELIMIT, CCK_EGONE (thread ended), ...
 *
 * `attr` is changed to what was opened: exclude_kernel and exclude_hv set when
 * only the user's part may be counted, features that the kernel does not know
 * dropped, precise_ip lowered. Open the event's other copies with the changed
 * one. On failure it is left alone.
 */
int cck_perf_open(const cck_perf_calls *calls, const cck_root *root, struct perf_event_attr *attr,
                  pid_t pid, int cpu, cck_error *err);

/** As cck_perf_open(), in the group of an event that is open for the same thread and CPU. */
int cck_perf_open_in(const cck_perf_calls *calls, const cck_root *root,
                     struct perf_event_attr *attr, pid_t pid, int cpu, int leader, cck_error *err);

/** The level of kernel.perf_event_paranoid; INT_MAX when it cannot be read. */
int cck_perf_paranoid(const cck_root *root);

/** Fill in `err` for a perf_event_open that failed for good with `os_error`. */
int cck_perf_explain(const cck_root *root, int os_error, cck_error *err);

#endif
