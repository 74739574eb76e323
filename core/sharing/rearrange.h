/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REARRANGE_H
#define CCK_CORE_REARRANGE_H

#include "core/debug/suggest.h"

/** Bytes of a type, at whatever depth, that are aligned. */
typedef struct cck_hot_bytes {
    uint64_t offset, size;
    uint32_t align;
    bool padded; /* as an aligned type is: what follows is behind its last line */
} cck_hot_bytes;

/**
 * The layout of a thing of `size` bytes when all of `hot` are aligned, also inside its members.
 * As cck_relayout_separate(), but of any number at any depth, and a member that is not `padded`
 * has what follows right behind it, as _Alignas() leaves it. `type` may be NULL, then the thing
 * stays in one piece. C, C++ and Go keep the members' order; Rust aligns types only and reorders
 * members, so there all are padded, and first. False when memory is out.
 */
bool cck_rearrange(const cck_type *type, uint64_t size, const cck_hot_bytes *hot, size_t hot_count,
                   cck_arena *arena, cck_relayout *out_layout);

#endif
