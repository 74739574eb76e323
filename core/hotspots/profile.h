/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROFILE_H
#define CCK_CORE_PROFILE_H

#include <cachecheck/hotspots.h>

#include "core/base/arena.h"

/** The children of every node, so that a tree can be walked down. */
typedef struct cck_profile_links {
    uint32_t *first_child; /* one a node, CCK_PROFILE_NONE: none */
    uint32_t *next;        /* sibling */
    uint32_t first_root;
} cck_profile_links;

/** Zeroed numbers, `class_count` for each of `count` things; NULL when memory is out. */
uint64_t *cck_profile_numbers(const cck_profile *profile, cck_arena *arena, size_t count);

/** False when memory is out. */
bool cck_profile_link(const cck_profile *profile, cck_arena *arena, cck_profile_links *out_links);

/**
 * Costs of every function, in the thread of that index (CCK_PROFILE_NONE: all): arrays of
 * class_count numbers a function, from `arena`. Recursion counts once. CCK_ENOMEM.
 */
int cck_profile_sum_functions(const cck_profile *profile, uint32_t thread, cck_arena *arena,
                              uint64_t **out_self, uint64_t **out_inclusive, cck_error *err);

/** Costs of every node with all below it. CCK_ENOMEM. */
int cck_profile_sum_nodes(const cck_profile *profile, cck_arena *arena, uint64_t **out_subtree,
                          cck_error *err);

/** From nodes and samples: costs of functions, and the lines. In `arena`. */
int cck_profile_complete(cck_profile *profile, cck_arena *arena, cck_error *err);

/** Sort by the class of that index; `functions` of lines and nodes are renumbered. */
int cck_profile_order(cck_profile *profile, size_t by, cck_error *err);

#endif
