/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REARRANGE_H
#define CCK_CORE_REARRANGE_H

#include "core/debug/suggest.h"

/** Bytes of a type, at whatever depth, that start a line of their own; so does what follows. */
typedef struct cck_hot_bytes {
    uint64_t offset, size;
    uint32_t align;
} cck_hot_bytes;

/**
 * The layout of a thing of `size` bytes when all of `hot` are set apart, also inside its
 * members: what cck_relayout_separate() does for one direct member. `type` may be NULL, then
 * the thing stays in one piece. C, C++ and Go keep the members' order; Rust does not, and the
 * hot ones come first. False when memory is out.
 */
bool cck_rearrange(const cck_type *type, uint64_t size, const cck_hot_bytes *hot, size_t hot_count,
                   cck_arena *arena, cck_relayout *out_layout);

#endif
