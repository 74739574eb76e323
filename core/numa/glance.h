/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_GLANCE_H
#define CCK_CORE_NUMA_GLANCE_H

#include <cachecheck/numa.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/**
 * A glance now and then at where a process's memory is, beside another measurement: what
 * `stat` shows next to the node that a thread ran on. Zero-initialise it.
 */
typedef struct cck_glance {
    cck_arena arena;
    cck_numa_placement placement; /* of the last look; `process_count` 0: none yet */
    double next, gap;             /* seconds since the start */
} cck_glance;

/** Has the machine more than one node? Else there is nothing to tell, and nothing is looked at. */
bool cck_glance_wanted(const cck_root *root);

/** Look if it is time to: at once, then seldom and seldomer, for at most 1 % of a CPU. */
void cck_glance_look(cck_glance *glance, const cck_root *root, int32_t pid, double now);

/** Tell each row of that process how much of its memory is where the row's thread ran. */
bool cck_glance_tell(const cck_glance *glance, cck_result *result);

void cck_glance_clear(cck_glance *glance);

#endif
