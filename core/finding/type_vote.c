/* SPDX-License-Identifier: MIT */
#include "core/finding/type_vote.h"

#include <stddef.h>

static const cck_type *element_of(const cck_type *type)
{
    for (int depth = 0; type && type->kind == CCK_TYPE_ARRAY && depth < 8; depth++)
        type = type->target;
    return type;
}

void cck_type_vote_add(cck_type_votes *votes, uint64_t offset, const cck_type *type, int64_t inner,
                       uint64_t weight)
{
    type = element_of(type);
    if (!type || !type->size || (votes->size && type->size > votes->size))
        return;
    int64_t size = (int64_t)type->size;
    int64_t base = ((int64_t)offset - inner) % size; /* a pointer that walks an array is past it */
    base = base < 0 ? base + size : base;
    for (unsigned i = 0; i < votes->count; i++) {
        cck_type_vote *vote = &votes->votes[i];
        if (vote->type != type || vote->base != (uint64_t)base)
            continue;
        vote->weight += weight;
        return;
    }
    if (votes->count < CCK_VOTES_MOST)
        votes->votes[votes->count++] =
            (cck_type_vote){.type = type, .base = (uint64_t)base, .weight = weight};
}

/* An atomic is a struct to C++ and Rust, but it is mostly the member of another. */
static int rank(const cck_type *type)
{
    bool compound = type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
    return compound && type->sync == CCK_SYNC_NONE && type->member_count > 1 ? 2 : compound ? 1 : 0;
}

bool cck_type_vote_winner(const cck_type_votes *votes, cck_type_vote *out_winner)
{
    const cck_type_vote *best = NULL;
    for (unsigned i = 0; i < votes->count; i++) {
        const cck_type_vote *vote = &votes->votes[i];
        if (votes->size && vote->base + vote->type->size > votes->size)
            continue; /* not one of them would fit */
        int better = best ? rank(vote->type) - rank(best->type) : 1;
        if (better > 0 || (better == 0 && vote->weight > best->weight))
            best = vote;
    }
    if (best)
        *out_winner = *best;
    return best != NULL;
}
