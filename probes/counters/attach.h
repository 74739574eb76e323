/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_ATTACH_H
#define CCK_COUNTERS_ATTACH_H

#include <sys/types.h>

#include "probes/counters/columns.h"
#include "core/perf/cpus.h"
#include "probes/counters/ledger.h"

/**
 * Counting a process that runs already: each of its threads, and those of its
 * descendants, has descriptors of its own. New ones are found by looking through
 * /proc again and again, so a thread shorter than that may be missed.
 */
typedef struct cck_attach cck_attach;

typedef struct cck_attach_plan {
    const cck_perf_calls *calls;
    const cck_root *root;
    cck_columns *columns; /* slot_reasons are filled in */
    cck_arena *arena;     /* for the reasons */
} cck_attach_plan;

enum { CCK_ATTACH_RESCAN_MS = 15 };

/**
 * Begin to count. Errors: CCK_EGONE no such process, CCK_EACCESS another user's,
 * CCK_EUNSUPPORTED a kernel thread, CCK_ELIMIT with how many descriptors are
 * needed, CCK_ENOMEM. `ledger` has one pseudo CPU; it is borrowed.
 */
int cck_attach_open(cck_attach **out_attach, const cck_attach_plan *plan, cck_ledger *ledger,
                    pid_t pid, cck_error *err);

/** A timer for poll(): it is time to look again. -1: none. */
int cck_attach_timer(const cck_attach *attach);

/** Look for new and ended threads. CCK_ELIMIT, CCK_ENOMEM. */
int cck_attach_scan(cck_attach *attach, cck_error *err);

/** Read every counter; the ledger's totals are set. */
int cck_attach_totals(cck_attach *attach, cck_error *err);

/** The last look: every thread's counts go to the ledger, which can be settled. */
int cck_attach_stop(cck_attach *attach, cck_error *err);

void cck_attach_free(cck_attach *attach);

#endif
