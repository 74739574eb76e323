/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_QUICK_H
#define CCK_SIMULATE_QUICK_H

#include "model.h"

/**
 * What is in L1, but not used last in its set: the commonest use of a cache that changes
 * anything, and all that it changes is the order of one set. So it is done here, without
 * a call, for lines that have a note beside their tag: those that would be in the filter
 * if they were used last.
 */

/* Notes of L1: the part of the line's number above its set << 2, and these. */
enum { CCK_NOTE_HERE = 1, CCK_NOTE_WRITABLE = 2, CCK_NOTE_BITS = 2 };

/* The lanes of a vector of tags, or'ed into its first; the others are 0. */
static inline cck_tags cck_tags_gather(cck_tags tags)
{
    tags = cck_tags_any(tags);
    return CCK_SHUFFLE(tags, (cck_tags){0}, 0, 4, 5, 6);
}

/*
 * cck_tags_to_front() of a set whose tags have notes: whoever moves takes his note along.
 * What is searched for is a tag, and takes the last's place if it is not there, with
 * note 0; or a note of which only `mask` matters, and then nothing is done.
 */
static inline __attribute__((always_inline)) bool cck_pairs_to_front(uint32_t *tags,
                                                                     uint32_t *notes, uint32_t ways,
                                                                     bool by_note, uint32_t wanted,
                                                                     uint32_t mask)
{
    const cck_tags all = {wanted, wanted, wanted, wanted}, masks = {mask, mask, mask, mask};
    cck_tags tag = {0}, note = {0}, any = {0}, found = {0};
#pragma GCC unroll 4
    for (uint32_t way = 0; way < ways; way += CCK_TAGS) {
        cck_tags here = *(cck_tags *)(tags + way), beside = *(cck_tags *)(notes + way);
        cck_tags equal = (cck_tags)(by_note ? (beside & masks) == all : here == all);
        any |= equal;
        tag |= here & equal;
        note |= beside & equal;
    }
    bool is_there = cck_tags_any(any)[0];
    if (by_note && !is_there)
        return false;
    tag = by_note ? cck_tags_gather(tag) : (cck_tags){wanted};
    note = cck_tags_gather(note);
#pragma GCC unroll 4
    for (uint32_t way = 0; way < ways; way += CCK_TAGS) {
        cck_tags *tag_place = (cck_tags *)(tags + way), *note_place = (cck_tags *)(notes + way);
        cck_tags here = *tag_place, beside = *note_place;
        cck_tags equal = (cck_tags)(by_note ? (beside & masks) == all : here == all);
        cck_tags stay = found | cck_tags_behind(equal);
        *tag_place = (here & stay) | ((cck_tags_back(here) | tag) & ~stay);
        *note_place = (beside & stay) | ((cck_tags_back(beside) | note) & ~stay);
        found |= cck_tags_any(equal);
        tag = CCK_SHUFFLE(here, (cck_tags){0}, 3, 4, 4, 4);
        note = CCK_SHUFFLE(beside, (cck_tags){0}, 3, 4, 4, 4);
    }
    return is_there;
}

static inline bool cck_noted_to_front(uint32_t *tags, uint32_t *notes, uint32_t ways, uint32_t tag)
{
    if (ways == 8)
        return cck_pairs_to_front(tags, notes, 8, false, tag, 0);
    return cck_pairs_to_front(tags, notes, ways, false, tag, 0);
}

/** The note of a line; 0 if its number is too large for one. */
static inline uint32_t cck_note_of(uint64_t line, uint32_t set_bits)
{
    uint64_t above = line >> set_bits;
    return above >> (32 - CCK_NOTE_BITS) ? 0 : (uint32_t)above << CCK_NOTE_BITS | CCK_NOTE_HERE;
}

/* The note of the line has moved to the front of its set. False: ask the model. */
static inline __attribute__((always_inline)) bool
cck_quick_to_front(const cck_model_noted *noted, uint64_t line, uint32_t set, bool writes)
{
    uint32_t wanted = cck_note_of(line, noted->set_bits), mask = UINT32_MAX;
    size_t at = (size_t)set * noted->ways;
    if (!wanted)
        return false;
    if (writes)
        wanted |= CCK_NOTE_WRITABLE;
    else
        mask &= ~(uint32_t)CCK_NOTE_WRITABLE;
    if (noted->ways == 8)
        return cck_pairs_to_front(noted->tags + at, noted->notes + at, 8, true, wanted, mask);
    return cck_pairs_to_front(noted->tags + at, noted->notes + at, noted->ways, true, wanted, mask);
}

/** A load or store within one line, which the filter does not know: true if it is a plain hit. */
static inline bool cck_quick_data(const cck_model_filter *filter, uint64_t line, bool writes)
{
    uint32_t set = (uint32_t)line & filter->data_mask;
    if (!filter->data.notes || !cck_quick_to_front(&filter->data, line, set, writes))
        return false;
    bool writable = filter->data.notes[(size_t)set * filter->data.ways] & CCK_NOTE_WRITABLE;
    filter->load[set] = line;
    filter->store[set] = writable ? line : UINT64_MAX;
    return true;
}

/** Likewise for a line of code. */
static inline bool cck_quick_fetch(const cck_model_filter *filter, uint64_t line)
{
    uint32_t set = (uint32_t)line & filter->fetch_mask;
    if (!filter->code.notes || !cck_quick_to_front(&filter->code, line, set, false))
        return false;
    filter->fetch[set] = line;
    return true;
}

#endif
