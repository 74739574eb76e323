/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_TYPE_VOTE_H
#define CCK_CORE_TYPE_VOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/debug/type.h"

/**
 * The type of memory that has none (a heap block), elected by the instructions that access
 * it: each says which type it takes the bytes for, and at which offset of that type.
 */
enum { CCK_VOTES_MOST = 16 }; /* different types that are told apart */

typedef struct cck_type_vote {
    const cck_type *type; /* of an element; never an array */
    uint64_t base;        /* offset in the block of the first element, below the type's size */
    uint64_t weight;
} cck_type_vote;

typedef struct cck_type_votes {
    uint64_t size; /* of the block; 0 unknown */
    cck_type_vote votes[CCK_VOTES_MOST];
    unsigned count;
} cck_type_votes;

/** An access at `offset` of the block that takes it for `type` at `inner`. */
void cck_type_vote_add(cck_type_votes *votes, uint64_t offset, const cck_type *type, int64_t inner,
                       uint64_t weight);

/**
 * The winner; false when nobody voted. Structs win over plain numbers, which pointers to single
 * members vote for; then weight decides.
 */
bool cck_type_vote_winner(const cck_type_votes *votes, cck_type_vote *out_winner);

#endif
