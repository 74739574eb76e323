/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_RIVALS_H
#define CCK_MACHINE_RIVALS_H

#include "core/machine/samples.h"
#include "probes/machine/operations.h"

/** One thread at its word: who, does what, where. */
typedef struct cck_rival {
    int cpu;
    cck_operation_kind does;
    _Atomic uint64_t *word;
} cck_rival;

/**
 * All work at once for `ms`; samples are ns an operation of the first. A sample counts only
 * if in each quarter of it every other one got something done, so that a rival that is not
 * running never makes the contended case look cheap. CCK_EBUSY when there are too few.
 */
int cck_rivals_run(const cck_rival *rivals, size_t count, double ms, cck_samples *samples,
                   cck_error *err);

#endif
