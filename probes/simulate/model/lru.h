/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_LRU_H
#define CCK_SIMULATE_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * One set-associative cache with true LRU replacement that allocates on every
 * miss, reads and writes alike. It knows lines only: an address shifted right by
 * `line_bits`. Freestanding C: the same source is part of the library and of the
 * Valgrind tool, which has no libc.
 *
 * Each set is an array of tags, most recently used first. With up to 16 narrow
 * tags a set is one cache line of the host, which is what makes a large LLC cheap
 * to simulate.
 */

/** Size and organisation of a cache; size 0: there is no such cache. */
typedef struct cck_shape {
    uint64_t size; /* bytes; sets * ways * line */
    uint32_t ways;
    uint32_t line; /* bytes, a power of two */
} cck_shape;

enum {
    CCK_LINE_MIN = 16,
    CCK_LINE_MAX = 256,
    CCK_WAYS_MAX = 1024,
    CCK_CORES_MAX = 1024
};

/** Most lines of one cache: bounds the memory of the model to 512 MiB a cache. */
#define CCK_LINES_MAX (UINT64_C(1) << 26)

/** NULL if the shape can be modelled, else why not ("line size is not a power of two"). */
const char *cck_shape_fault(const cck_shape *shape);

/** Zeroed memory, or NULL. Memory of a model is never given back one by one. */
typedef void *cck_model_alloc(void *context, size_t size);

typedef struct cck_lru {
    uint32_t ways;
    uint32_t line_bits;
    uint32_t set_bits; /* log2 of the number of sets, if that is a power of two */
    bool even;         /* the number of sets is a power of two */
    uint64_t sets;
    uint32_t *narrow; /* tags are line / sets where 32 bits hold them... */
    uint64_t *wide;   /* ...else the whole line number; exactly one of the two is set */
} cck_lru;

/** Bytes of memory that cck_lru_init() asks for. */
size_t cck_lru_footprint(const cck_shape *shape);

/** An empty cache of a shape without fault. False when memory is out. */
bool cck_lru_init(cck_lru *lru, const cck_shape *shape, cck_model_alloc *alloc, void *context);

/* Tags that no line has. Lines with wider tags than `narrow` holds lie above
 * 2^47 with any shape that is narrow: no user memory is there. They pass by. */
#define CCK_NARROW_EMPTY UINT32_MAX
#define CCK_WIDE_EMPTY   UINT64_MAX

static inline uint64_t cck_lru_set(const cck_lru *lru, uint64_t line)
{
    return lru->even ? line & (lru->sets - 1) : line % lru->sets;
}

/*
 * Look up and shift in one pass: each tag moves down one place until the wanted
 * one is met, or the least recently used one falls off. These functions are
 * inline because the simulation loop spends its life here.
 */
static inline bool cck_lru_touch_narrow(const cck_lru *lru, uint64_t line)
{
    uint64_t set, quotient;
    if (lru->even) {
        set = line & (lru->sets - 1);
        quotient = line >> lru->set_bits;
    } else {
        quotient = line / lru->sets;
        set = line % lru->sets;
    }
    if (quotient >= CCK_NARROW_EMPTY)
        return false;
    uint32_t tag = (uint32_t)quotient, *tags = lru->narrow + set * lru->ways;
    uint32_t carried = tags[0];
    if (carried == tag)
        return true;
    tags[0] = tag;
    for (uint32_t way = 1; way < lru->ways; way++) {
        uint32_t here = tags[way];
        tags[way] = carried;
        if (here == tag)
            return true;
        carried = here;
    }
    return false;
}

static inline bool cck_lru_touch_wide(const cck_lru *lru, uint64_t line)
{
    uint64_t *tags = lru->wide + cck_lru_set(lru, line) * lru->ways;
    uint64_t carried = tags[0];
    if (carried == line)
        return true;
    tags[0] = line;
    for (uint32_t way = 1; way < lru->ways; way++) {
        uint64_t here = tags[way];
        tags[way] = carried;
        if (here == line)
            return true;
        carried = here;
    }
    return false;
}

/** Use a line: true if it was there; now it is, as the most recently used of its set. */
static inline bool cck_lru_touch(const cck_lru *lru, uint64_t line)
{
    return lru->narrow ? cck_lru_touch_narrow(lru, line) : cck_lru_touch_wide(lru, line);
}

/**
 * Use the bytes [address, address + size), size >= 1. An access that straddles
 * lines touches each of them and hits only if all were there: it is one miss at most.
 */
static inline bool cck_lru_access(const cck_lru *lru, uint64_t address, uint32_t size)
{
    uint64_t line = address >> lru->line_bits, last = (address + size - 1) >> lru->line_bits;
    bool hit = cck_lru_touch(lru, line);
    while (line < last)
        hit &= cck_lru_touch(lru, ++line);
    return hit;
}

/** The most recently used line of a set, or CCK_WIDE_EMPTY. */
uint64_t cck_lru_recent(const cck_lru *lru, uint64_t set);

#endif
