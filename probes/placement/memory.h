/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_MEMORY_H
#define CCK_PLACEMENT_MEMORY_H

#include "probes/placement/nodes.h"
#include "probes/placement/query.h"

/** What a look at memory may do. */
typedef struct cck_place_wish {
    const cck_root *root;
    const cck_place_nodes *nodes;
    const cck_place_calls *calls; /* NULL: no system calls, /proc is not of this system */
    const char *no_calls;         /* why */
    bool exact;
    uint32_t pages;
    uint64_t budget_ns;
} cck_place_wish;

/** The memory of a process at a time. Zero-initialise it. */
typedef struct cck_place_memory {
    cck_arena arena; /* names and policies */
    cck_numa_mapping *mappings; /* by address */
    uint64_t *bytes;            /* theirs, by node */
    size_t count, capacity;
    cck_numa_method method;
    const char *by;      /* "numa_maps", "move_pages"; "" */
    const char *unknown; /* arena or static; NULL, or why it is not, or not wholly, known */
    uint64_t drawn, found;
    uint64_t rss;        /* bytes, as status tells */
    uint64_t cost_ns;
} cck_place_memory;

/**
 * Look at the memory of a process, gently: exactly where that costs little, else by a
 * sample, else as far as the budget reaches. What cannot be read stays unknown, with the
 * reason: that is no error. CCK_EGONE when the process is gone, or a zombie; CCK_ENOMEM.
 */
int cck_place_memory_look(cck_place_memory *out, const cck_place_wish *wish, int32_t pid,
                          cck_error *err);

void cck_place_memory_clear(cck_place_memory *memory);

#endif
