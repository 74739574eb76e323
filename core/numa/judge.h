/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_JUDGE_H
#define CCK_CORE_NUMA_JUDGE_H

#include <cachecheck/numa.h>

#include "core/base/arena.h"

/** What was observed: plain data, from /proc or made up by a test. Judging changes it. */
typedef struct cck_numa_raw {
    cck_numa_node *nodes;
    size_t node_count;
    cck_numa_process *processes;
    size_t process_count;
    cck_numa_thread *threads; /* `ran` by node; of any order */
    size_t thread_count;
    cck_numa_mapping *mappings; /* `bytes` by node */
    size_t mapping_count;
    size_t mappings_most; /* to keep in the list; 0: all */
} cck_numa_raw;

/**
 * Join where threads ran with where memory lies: remote shares with their intervals, the
 * threads next to each mapping, totals by node. Sorts mappings, the largest first. Fills in
 * everything but points, balancing and time. CCK_ENOMEM.
 */
int cck_numa_judge(cck_numa_raw *raw, cck_arena *arena, cck_numa_placement *out);

#endif
