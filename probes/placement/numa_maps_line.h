/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_NUMA_MAPS_LINE_H
#define CCK_PLACEMENT_NUMA_MAPS_LINE_H

#include <cachecheck/numa.h>

#include "core/base/arena.h"

/** Nodes that Linux can have (NODES_SHIFT is 10 at most). */
enum { CCK_PLACE_NODE_LIMIT = 1024 };

/** A line of /proc/PID/numa_maps (fs/proc/task_mmu.c, show_numa_map()). Pages are counted in
 * units of `page_size`. */
typedef struct cck_numa_maps_line {
    uint64_t start;
    cck_numa_policy policy; /* strings in the arena */
    const char *file;       /* in the line, escapes undone; "" none */
    bool heap, stack, huge;
    uint64_t anonymous, dirty;
    uint64_t page_size; /* bytes; 4096 where the line says nothing */
    uint32_t node_count;
    struct {
        uint32_t node;
        uint64_t pages;
    } nodes[CCK_PLACE_NODE_LIMIT];
} cck_numa_maps_line;

/** Read a line, which is changed. False: that is no such line, or memory is out. */
bool cck_numa_maps_line_read(cck_numa_maps_line *out, char *line, cck_arena *arena);

#endif
