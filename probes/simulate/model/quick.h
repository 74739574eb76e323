/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_QUICK_H
#define CCK_SIMULATE_QUICK_H

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "model.h"

/**
 * What is in L1, but not used last in its set: the commonest use of a cache that changes
 * anything, and all that it changes is the order of one set. So it is done here, without
 * a call, for lines that have a note beside their tag: those that would be in the filter
 * if they were used last.
 */

/* Notes of L1: the part of the line's number above its set << 2, and these. */
enum { CCK_NOTE_HERE = 1, CCK_NOTE_WRITABLE = 2, CCK_NOTE_BITS = 2 };

/*
 * The ways of a set in the order of their use, four bits each, the last used lowest. The
 * number of ways is not part of it: those that are not there stay at the end.
 */
#define CCK_ORDER_NEW UINT64_C(0xfedcba9876543210)

enum { CCK_ORDER_WAYS = 16 };

/* The way at bit `at` of the order becomes the first; those before it move back by one. */
static inline uint64_t cck_order_move(uint64_t order, uint32_t at, uint32_t way)
{
    uint64_t before = order & ((UINT64_C(1) << at) - 1), behind = order & -(UINT64_C(16) << at);
    return behind | before << 4 | way;
}

/* Where in the order a way is: the lowest nibble that is zero when all are compared with it
 * (Knuth, TAOCP 4A, 7.1.3). */
static inline uint32_t cck_order_at(uint64_t order, uint32_t way)
{
    const uint64_t ones = UINT64_C(0x1111111111111111);
    uint64_t differ = order ^ way * ones, zero = (differ - ones) & ~differ & ones << 3;
    return (uint32_t)__builtin_ctzll(zero) & ~UINT32_C(3);
}

static inline uint64_t cck_order_first(uint64_t order, uint32_t way)
{
    return cck_order_move(order, cck_order_at(order, way), way);
}

static inline uint32_t cck_order_last(uint64_t order, uint32_t ways)
{
    return order >> 4 * (ways - 1) & 15;
}

/* Its line is gone: the way is the last of the set, whence lines are taken. */
static inline uint64_t cck_order_to_last(uint64_t order, uint32_t ways, uint32_t way)
{
    uint32_t at = cck_order_at(order, way), end = 4 * (ways - 1);
    uint64_t before = order & ((UINT64_C(1) << at) - 1), behind = order & -(UINT64_C(16) << end);
    uint64_t between = order & ~(before | behind | UINT64_C(15) << at);
    return before | between >> 4 | (uint64_t)way << end | behind;
}

/* That of a new set whose first way is the first to be filled. */
static inline uint64_t cck_order_reversed(uint32_t ways)
{
    uint32_t bits = 4 * ways;
    uint64_t reversed = UINT64_C(0x0123456789abcdef) >> (64 - bits);
    return bits < 64 ? CCK_ORDER_NEW >> bits << bits | reversed : reversed;
}

/* A bit for each of four tags that is `wanted` as far as `mask` tells. */
static inline __attribute__((always_inline)) uint32_t cck_tags_four(const uint32_t *tags,
                                                                    uint32_t wanted, uint32_t mask)
{
    const cck_tags all = {wanted, wanted, wanted, wanted}, masks = {mask, mask, mask, mask};
    cck_tags found = (cck_tags)((*(const cck_tags *)tags & masks) == all);
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_ps((__m128)found);
#else
    return cck_tags_any(found & (cck_tags){1, 2, 4, 8})[0];
#endif
}

/* The same for up to 16, a multiple of four. */
static inline __attribute__((always_inline)) uint32_t
cck_tags_equal(const uint32_t *tags, uint32_t count, uint32_t wanted, uint32_t mask)
{
    uint32_t found = 0;
    uint32_t way = 0;
#ifdef __AVX2__
    const __m256i all = _mm256_set1_epi32((int)wanted), masks = _mm256_set1_epi32((int)mask);
#pragma GCC unroll 2
    for (; way + 8 <= count; way += 8) {
        __m256i here = _mm256_loadu_si256((const __m256i *)(tags + way));
        here = _mm256_cmpeq_epi32(_mm256_and_si256(here, masks), all);
        found |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(here)) << way;
    }
#endif
#pragma GCC unroll 4
    for (; way < count; way += CCK_TAGS)
        found |= cck_tags_four(tags + way, wanted, mask) << way;
    return found;
}

static inline __attribute__((always_inline)) uint32_t
cck_tags_find(const uint32_t *tags, uint32_t count, uint32_t wanted, uint32_t mask)
{
    if (count == 8)
        return cck_tags_equal(tags, 8, wanted, mask);
    if (count == 16)
        return cck_tags_equal(tags, 16, wanted, mask);
    return cck_tags_equal(tags, count, wanted, mask);
}

/** The note of a line; 0 if its number is too large for one. */
static inline uint32_t cck_note_of(uint64_t line, uint32_t set_bits)
{
    uint64_t above = line >> set_bits;
    return above >> (32 - CCK_NOTE_BITS) ? 0 : (uint32_t)above << CCK_NOTE_BITS | CCK_NOTE_HERE;
}

/* The line is the most recent of its set now; returns its note, 0: ask the model. */
static inline __attribute__((always_inline)) uint32_t
cck_quick_to_front(const cck_model_noted *noted, uint64_t line, uint32_t set, bool writes)
{
    uint32_t wanted = cck_note_of(line, noted->set_bits), mask = UINT32_MAX;
    const uint32_t *notes = noted->notes + (size_t)set * noted->stride;
    if (!wanted)
        return 0;
    if (writes)
        wanted |= CCK_NOTE_WRITABLE;
    else
        mask &= ~(uint32_t)CCK_NOTE_WRITABLE;
    uint32_t found = cck_tags_find(notes, noted->stride, wanted, mask);
    if (!found)
        return 0;
    uint32_t way = (uint32_t)__builtin_ctz(found);
    noted->orders[set] = cck_order_first(noted->orders[set], way);
    return notes[way];
}

/** A load or store within one line, which the filter does not know: true if it is a plain hit. */
static inline bool cck_quick_data(const cck_model_filter *filter, uint64_t line, bool writes)
{
    uint32_t set = (uint32_t)line & filter->data_mask, note;
    if (!filter->data.notes || !(note = cck_quick_to_front(&filter->data, line, set, writes)))
        return false;
    filter->load[set] = line;
    filter->store[set] = note & CCK_NOTE_WRITABLE ? line : UINT64_MAX;
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
