/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_NODES_H
#define CCK_PLACEMENT_NODES_H

#include <cachecheck/numa.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/**
 * The nodes of the machine as /sys/devices/system/node has them. Not from the machine
 * model: free memory changes, and numbers must be those that pages are reported by.
 */
typedef struct cck_place_nodes {
    cck_numa_node *list; /* by OS number, in the arena */
    size_t count;        /* at least 1 */
    int16_t *slot_of_cpu; /* CCK_NUMBER_SET_LIMIT of them; -1 unknown */
    int16_t slots[1024];  /* of OS numbers; -1: no such node */
} cck_place_nodes;

/** A machine whose /sys has no nodes has one, 0. CCK_ENOMEM. */
int cck_place_nodes_read(cck_place_nodes *out, const cck_root *root, cck_arena *arena,
                         cck_error *err);

/** Where a node of that OS number is in the list; -1: nowhere. */
int cck_place_nodes_slot(const cck_place_nodes *nodes, int64_t index);

/** Where a CPU's node is in the list; -1 unknown. */
int cck_place_nodes_of_cpu(const cck_place_nodes *nodes, int64_t cpu);

/** The only slot that a list of CPUs lies in; -1: several, or unknown. */
int cck_place_nodes_only(const cck_place_nodes *nodes, const char *cpus);

#endif
