/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_CALL_TREE_H
#define CCK_REPORT_CALL_TREE_H

#include <cachecheck/hotspots.h>

#include "core/base/arena.h"

/**
 * The call paths of a profile as pictures show them: weighed by one class, whatever the
 * line of the call, without what weighs nothing. Depth first, children by name.
 */
enum { CCK_CALL_TREE_DEPTH = 512 }; /* deeper calls are summed in one frame */

typedef struct cck_call_frame {
    const char *name;
    uint32_t parent;   /* CCK_PROFILE_NONE: outermost */
    uint32_t function; /* CCK_PROFILE_NONE: a thread, or the deeper calls */
    uint32_t thread;
    uint32_t depth; /* 0: outermost */
    uint64_t self, total;
} cck_call_frame;

typedef struct cck_call_tree {
    cck_arena arena;
    cck_call_frame *frames;
    size_t count;
    uint32_t depth; /* levels */
    uint64_t total; /* of the outermost */
} cck_call_tree;

/** False when memory is out; clear it in any case. */
bool cck_call_tree_make(cck_call_tree *tree, const cck_profile *profile, size_t class_index);
void cck_call_tree_clear(cck_call_tree *tree);

#endif
