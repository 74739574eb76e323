/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_TYPE_VOTE_H
#define CCK_CORE_TYPE_VOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/debug/type.h"

/**
 * The type of memory that has none (a heap block, an arena), elected by the instructions that
 * access it: each says which type it takes the bytes for, and at which offset of that type.
 */
enum { CCK_VOTES_MOST = 64 }; /* different things that are told apart */

typedef struct cck_type_vote {
    const cck_type *type;  /* of an element; never an array */
    uint64_t base;         /* offset in the block of the first element, below the type's size */
    uint64_t first, last;  /* offsets in the block of the things that were seen: one, or from here
                              to there where there was no room to tell them apart */
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
 * The type, and the array of it, that explains most votes: its own, and those for what lies within
 * it. False when nobody voted. `weight` is that of its own, `first` and `last` are of all.
 */
bool cck_type_vote_winner(const cck_type_votes *votes, cck_type_vote *out_winner);

/** The same among numbers and pointers only: the one with most votes. */
bool cck_type_vote_number(const cck_type_votes *votes, cck_type_vote *out_winner);

/** Whether structs of other types than the winner's lie beside those: a pool that is handed out in
 * parts. */
bool cck_type_vote_is_pool(const cck_type_votes *votes, const cck_type_vote *winner);

/**
 * The struct that covers an offset of a pool, the outermost; `winner` (may be NULL) may be a plain
 * number. `*out_thing`: `first` to `last` are those of its kind with no others between. False: none
 * was seen there.
 */
bool cck_type_vote_at(const cck_type_votes *votes, const cck_type_vote *winner, uint64_t offset,
                      cck_type_vote *out_thing);

/** Whether a thing of type `inner` lies at that offset of `outer`: a member, an element, itself; a
 * number anywhere within one. */
bool cck_type_holds(const cck_type *outer, uint64_t offset, const cck_type *inner);

#endif
