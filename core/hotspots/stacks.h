/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_STACKS_H
#define CCK_CORE_STACKS_H

#include <cachecheck/hotspots.h>

#include "core/base/arena.h"
#include "core/debug/debug.h"
#include "core/session/observed.h"

/** Who knows the names of code and data: debug information, or a test. */
typedef struct cck_namer {
    void *context;
    /** As cck_debug_frames(), of an address in memory. */
    size_t (*frames)(void *context, const cck_observed *observed, cck_code code,
                     const cck_frame **out_frames);
    /** As cck_debug_global(). */
    bool (*global)(void *context, const cck_observed *observed, uint32_t module, uint64_t address,
                   cck_variable *out_variable);
    /** As cck_code_allocated(); NULL: nobody knows types. */
    const cck_type *(*allocated)(void *context, uint32_t path);
} cck_namer;

/** What is to be kept of what was observed. */
typedef struct cck_stacks_order {
    const cck_observed *observed;
    const cck_namer *namer;
    const char *thread; /* only of that name or number; NULL: all */
    bool per_thread;
    const int *costs; /* the cck_cost of each class */
    size_t cost_count;
    cck_arena *arena; /* of the profile */
} cck_stacks_order;

/**
 * Fill in functions (without inclusive costs), nodes and samples: the tree of call paths
 * with inlined functions as nodes of their own. CCK_ENOMEM, CCK_ELIMIT.
 */
int cck_stacks_build(cck_profile *profile, const cck_stacks_order *order, cck_error *err);

/** Does that thread count? */
bool cck_stacks_wants(const cck_stacks_order *order, uint32_t thread);

/** The call path as locations, innermost first, in the order's arena. */
int cck_stacks_locations(const cck_stacks_order *order, uint32_t path,
                         const cck_location **out_locations, size_t *out_count, cck_error *err);

#endif
