/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_HIERARCHY_H
#define CCK_SIMULATE_HIERARCHY_H

#include "lru.h"

/**
 * The caches of a machine: I1, D1 and (three levels) L2 private to each core, the
 * last level shared by all and by instructions and data. A miss goes on to the
 * next level with all its bytes; a level is not told of the hits above it, and
 * evictions below do not reach up (neither inclusive nor exclusive). With two
 * levels this is what cachegrind counts, number for number.
 *
 * Not modelled: coherence (a write leaves the other cores' copies alone),
 * prefetching, write-back traffic, address translation.
 */
typedef struct cck_geometry {
    cck_shape i1, d1;
    cck_shape l2; /* size 0: two levels */
    cck_shape ll;
    uint32_t cores;        /* 1 to CCK_CORES_MAX */
    uint32_t address_bits; /* see cck_lru_init() */
} cck_geometry;

/** The private caches of one core; made when it is first used. */
typedef struct cck_core {
    cck_lru i1, d1, l2;
    bool awake;
} cck_core;

typedef struct cck_hierarchy {
    cck_geometry geometry;
    cck_core *cores;
    cck_lru ll;
    cck_model_alloc *alloc;
    void *context;
} cck_hierarchy;

/** Which levels missed; 0: the L1 had it. */
enum { CCK_MISS_L1 = 1, CCK_MISS_L2 = 2, CCK_MISS_LL = 4 };

/** Set up for a geometry whose shapes have no fault. False when memory is out. */
bool cck_hierarchy_init(cck_hierarchy *hierarchy, const cck_geometry *geometry,
                        cck_model_alloc *alloc, void *context);

/** The core of that number (below `cores`), with its caches; NULL when memory is out. */
cck_core *cck_hierarchy_core(cck_hierarchy *hierarchy, uint32_t number);

/** What an access that missed its L1 does below; returns the CCK_MISS_* bits. */
static inline unsigned cck_hierarchy_below(cck_hierarchy *hierarchy, cck_core *core,
                                           uint64_t address, uint32_t size)
{
    unsigned misses = CCK_MISS_L1;
    if (core->l2.ways) {
        if (cck_lru_access(&core->l2, address, size))
            return misses;
        misses |= CCK_MISS_L2;
    }
    return cck_lru_access(&hierarchy->ll, address, size) ? misses : misses | CCK_MISS_LL;
}

/** A load or store by a core; returns the CCK_MISS_* bits. size >= 1. */
static inline unsigned cck_hierarchy_access(cck_hierarchy *hierarchy, cck_core *core,
                                            uint64_t address, uint32_t size)
{
    if (cck_lru_access(&core->d1, address, size))
        return 0;
    return cck_hierarchy_below(hierarchy, core, address, size);
}

/** An instruction of `size` bytes is fetched; returns the CCK_MISS_* bits. */
static inline unsigned cck_hierarchy_fetch(cck_hierarchy *hierarchy, cck_core *core,
                                           uint64_t address, uint32_t size)
{
    if (cck_lru_access(&core->i1, address, size))
        return 0;
    return cck_hierarchy_below(hierarchy, core, address, size);
}

#endif
