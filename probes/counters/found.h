/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_FOUND_H
#define CCK_COUNTERS_FOUND_H

#include "probes/counters/attach.h"

/**
 * Counting a launched command's threads on a kernel that writes no READ records
 * (see reads.h): its inherited events still tell whole totals, and each thread
 * that is found in /proc gets descriptors of its own, as when attaching. What the
 * totals have beyond them is a row of its own, so that the sum is right always.
 */
typedef struct cck_found cck_found;

/**
 * The process waits before its exec. `columns` is copied, `plan` as for attaching
 * but for its columns. Errors of cck_attach_open().
 */
int cck_found_open(cck_found **out_found, const cck_columns *columns, const cck_attach_plan *plan,
                   pid_t pid, cck_error *err);

int cck_found_timer(const cck_found *found);

int cck_found_scan(cck_found *found, cck_error *err);

/** Stop; before the whole run's totals are read, so that the rest is never negative. */
int cck_found_stop(cck_found *found, cck_error *err);

/** Fill in the tally; `whole` has the run's totals and knows its threads. CCK_ENOMEM. */
int cck_found_settle(cck_found *found, const cck_ledger *whole, cck_tally *tally);

void cck_found_free(cck_found *found);

#endif
