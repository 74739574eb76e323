/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_SAMPLE_H
#define CCK_PLACEMENT_SAMPLE_H

#include "probes/placement/nodes.h"
#include "probes/placement/query.h"

/** How many pages to draw, and until when. */
typedef struct cck_place_draw {
    const cck_place_calls *calls;
    const cck_place_nodes *nodes;
    int32_t pid;
    uint32_t pages;     /* to draw; UINT32_MAX: all of them */
    uint64_t page_size; /* bytes */
    uint64_t deadline;  /* CLOCK_MONOTONIC, ns; UINT64_MAX: none */
    uint64_t seed;
    int refused;        /* out: errno of a call that was refused; 0 */
    bool late;          /* out: the deadline was reached */
} cck_place_draw;

/**
 * Estimate by node what is resident of each mapping: a few pages of each first, then more
 * where there is more. Pages are drawn evenly, one from each of as many equal pieces
 * (Cochran 1977, chapter 5: never worse than drawing at random). A page whose status is
 * negative is not there, or not known; it counts nowhere. Mappings not reached in time stay
 * CCK_NUMA_UNKNOWN. `bytes` has room for each mapping's nodes. 0, or CCK_ENOMEM, CCK_EGONE,
 * CCK_EACCESS, CCK_EUNSUPPORTED.
 */
int cck_place_sample(cck_place_draw *draw, cck_numa_mapping *mappings, uint64_t *bytes,
                     size_t count);

#endif
