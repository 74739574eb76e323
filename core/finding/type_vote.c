/* SPDX-License-Identifier: MIT */
#include "core/finding/type_vote.h"

#include <stddef.h>
#include <string.h>

enum { NESTING = 16 };

static const cck_type *element_of(const cck_type *type)
{
    for (int depth = 0; type && type->kind == CCK_TYPE_ARRAY && depth < 8; depth++)
        type = type->target;
    return type;
}

static bool is_compound(const cck_type *type)
{
    return type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION;
}

/* Each unit that includes a header has types of its own. */
static bool is_same(const cck_type *a, const cck_type *b)
{
    bool named = *a->name || (a->alias && *a->alias);
    return a == b || (a->kind == b->kind && a->size == b->size && named &&
                      strcmp(cck_type_label(a), cck_type_label(b)) == 0);
}

/* ---- what lies in what ---- */

static bool holds(const cck_type *outer, uint64_t offset, const cck_type *inner, int depth)
{
    if (offset == 0 && is_same(outer, inner))
        return true;
    if (depth == NESTING)
        return false;
    if (outer->kind == CCK_TYPE_ARRAY && outer->target && outer->stride)
        return (!outer->count || offset / outer->stride < outer->count) &&
               holds(outer->target, offset % outer->stride, inner, depth + 1);
    if (!is_compound(outer))
        return !is_compound(inner) && offset <= outer->size &&
               inner->size <= outer->size - offset;
    for (size_t i = 0; i < outer->member_count; i++) {
        const cck_member *member = &outer->members[i];
        bool open = member->type->kind == CCK_TYPE_ARRAY && !member->type->count;
        if (offset < member->offset || (!open && offset - member->offset >= member->type->size))
            continue;
        if (holds(member->type, offset - member->offset, inner, depth + 1))
            return true;
    }
    return false;
}

bool cck_type_holds(const cck_type *outer, uint64_t offset, const cck_type *inner)
{
    return holds(outer, offset, inner, 0) ||
           (offset == 0 && outer->size == inner->size && holds(inner, 0, outer, 0));
}

/* ---- voting ---- */

static void extend(cck_type_vote *vote, uint64_t start, uint64_t weight)
{
    vote->first = start < vote->first ? start : vote->first;
    vote->last = start > vote->last ? start : vote->last;
    vote->weight += weight;
}

/* Which element of its tail a pointer is at, the code does not tell, and without the block's start
 * nothing else does: only that it is one. */
static const cck_type *element_of_tail(const cck_type *type, int64_t *inner)
{
    const cck_member *tail = cck_type_tail(type);
    const cck_type *element = tail ? element_of(tail->type) : NULL;
    if (!element || !element->size || *inner < (int64_t)tail->offset)
        return type;
    *inner = (*inner - (int64_t)tail->offset) % (int64_t)element->size;
    return element;
}

void cck_type_vote_add(cck_type_votes *votes, uint64_t offset, const cck_type *type, int64_t inner,
                       uint64_t weight)
{
    type = element_of(type);
    if (type && !votes->size)
        type = element_of_tail(type, &inner);
    if (!type || !type->size || (votes->size && type->size > votes->size))
        return;
    /* A pointer that walks an array is past it; one into a tail without a length is not. */
    int64_t size = (int64_t)type->size;
    inner = cck_type_is_open(type) && inner >= 0 ? inner : inner % size;
    int64_t start = (int64_t)offset - inner;
    if (start < 0)
        start = start % size ? start % size + size : 0;
    cck_type_vote *alike = NULL;
    for (unsigned i = 0; i < votes->count; i++) {
        cck_type_vote *vote = &votes->votes[i];
        if (!is_same(vote->type, type))
            continue;
        if (vote->first == (uint64_t)start && vote->last == (uint64_t)start) {
            vote->weight += weight;
            return;
        }
        if (vote->base == (uint64_t)(start % size))
            alike = vote;
    }
    if (votes->count < CCK_VOTES_MOST)
        votes->votes[votes->count++] = (cck_type_vote){.type = type,
                                                       .base = (uint64_t)(start % size),
                                                       .first = (uint64_t)start,
                                                       .last = (uint64_t)start,
                                                       .weight = weight};
    else if (alike)
        extend(alike, (uint64_t)start, weight);
}

/* ---- the election ---- */

/* An atomic is a struct to C++ and Rust, but it is mostly the member of another. */
static int rank(const cck_type *type)
{
    if (!is_compound(type))
        return 0;
    return type->sync == CCK_SYNC_NONE && type->member_count > 1 ? 2 : 1;
}

static bool explains_start(const cck_type_vote *candidate, uint64_t start, const cck_type *type)
{
    bool open = cck_type_is_open(candidate->type);
    uint64_t from = open ? candidate->first : candidate->base;
    if (start < from)
        return false;
    uint64_t inside = open ? start - from : (start - from) % candidate->type->size;
    return cck_type_holds(candidate->type, inside, type);
}

static bool explains(const cck_type_vote *candidate, const cck_type_vote *vote)
{
    return explains_start(candidate, vote->first, vote->type) &&
           explains_start(candidate, vote->last, vote->type);
}

/* A block mostly begins with what it was made for: where code adds an index to a pointer
 * (`(long *)device + 1 + which`), it says the same of two fields, and one of them is right. */
static uint64_t explained_by(const cck_type_votes *votes, const cck_type_vote *candidate)
{
    enum { AT_THE_START = 3 };
    uint64_t sum = 0;
    for (unsigned i = 0; i < votes->count; i++)
        if (explains(candidate, &votes->votes[i]))
            sum += votes->votes[i].weight;
    return votes->size && candidate->first == 0 && sum < UINT64_MAX / AT_THE_START
               ? sum * AT_THE_START
               : sum;
}

static bool is_better(const cck_type_vote *vote, uint64_t explained, const cck_type_vote *best,
                      uint64_t best_explained)
{
    if (!best || explained != best_explained)
        return !best || explained > best_explained;
    if (rank(vote->type) != rank(best->type))
        return rank(vote->type) > rank(best->type);
    return vote->type->size > best->type->size;
}

bool cck_type_vote_winner(const cck_type_votes *votes, cck_type_vote *out_winner)
{
    const cck_type_vote *best = NULL;
    uint64_t most = 0;
    for (unsigned i = 0; i < votes->count; i++) {
        const cck_type_vote *vote = &votes->votes[i];
        if (votes->size && vote->base + vote->type->size > votes->size)
            continue; /* not one of them would fit */
        uint64_t explained = explained_by(votes, vote);
        if (!is_better(vote, explained, best, most))
            continue;
        best = vote;
        most = explained;
    }
    if (!best)
        return false;
    *out_winner = *best;
    for (unsigned i = 0; i < votes->count; i++) {
        const cck_type_vote *vote = &votes->votes[i];
        if (vote == best || !is_same(vote->type, best->type) || vote->base != best->base)
            continue;
        extend(out_winner, vote->first, vote->weight);
        extend(out_winner, vote->last, 0);
    }
    return true;
}

bool cck_type_vote_number(const cck_type_votes *votes, cck_type_vote *out_winner)
{
    const cck_type_vote *best = NULL;
    for (unsigned i = 0; i < votes->count; i++)
        if (!is_compound(votes->votes[i].type) &&
            (!best || votes->votes[i].weight > best->weight))
            best = &votes->votes[i];
    if (best)
        *out_winner = *best;
    return best != NULL;
}

/* ---- pools ---- */

static bool is_thing(const cck_type_vote *vote)
{
    return is_compound(vote->type) && vote->type->sync == CCK_SYNC_NONE;
}

static uint64_t end_of(const cck_type_vote *vote)
{
    return vote->last + vote->type->size;
}

static bool meet(const cck_type_vote *a, const cck_type_vote *b)
{
    return a->first < end_of(b) && b->first < end_of(a);
}

bool cck_type_vote_is_pool(const cck_type_votes *votes, const cck_type_vote *winner)
{
    for (unsigned i = 0; i < votes->count; i++) {
        const cck_type_vote *vote = &votes->votes[i];
        bool apart = is_thing(vote) && !explains(winner, vote);
        for (unsigned j = 0; j < votes->count && apart; j++)
            apart = !is_same(votes->votes[j].type, winner->type) || !meet(&votes->votes[j], vote);
        if (apart)
            return true;
    }
    return false;
}

/* Whether a thing of another kind lies between two of one. */
static bool is_parted(const cck_type_votes *votes, const cck_type *type, uint64_t from, uint64_t to)
{
    for (unsigned i = 0; i < votes->count; i++) {
        const cck_type_vote *vote = &votes->votes[i];
        if (is_thing(vote) && vote->first > from && vote->first < to &&
            !cck_type_holds(type, (vote->first - from) % type->size, vote->type))
            return true;
    }
    return false;
}

bool cck_type_vote_at(const cck_type_votes *votes, const cck_type_vote *winner, uint64_t offset,
                      cck_type_vote *out_thing)
{
    const cck_type_vote *best = NULL;
    for (unsigned i = 0; i < votes->count; i++) {
        const cck_type_vote *vote = &votes->votes[i];
        bool wanted = is_thing(vote) || (winner && is_same(vote->type, winner->type));
        bool covers = offset >= vote->first &&
                      (offset < end_of(vote) || cck_type_is_open(vote->type));
        if (wanted && covers && (!best || vote->type->size > best->type->size))
            best = vote;
    }
    if (!best)
        return false;
    *out_thing = *best;
    uint64_t size = best->type->size;
    for (unsigned i = 0; i < votes->count; i++) {
        const cck_type_vote *vote = &votes->votes[i];
        if (!is_same(vote->type, best->type) || vote->base != best->base)
            continue;
        if (vote->first < out_thing->first &&
            !is_parted(votes, best->type, vote->first, out_thing->first))
            out_thing->first = vote->first;
        if (vote->last > out_thing->last &&
            !is_parted(votes, best->type, out_thing->last, vote->last))
            out_thing->last = vote->last;
    }
    out_thing->base = out_thing->first % size;
    return true;
}
