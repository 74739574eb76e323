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
 * tags a set is one cache line of the host, and vectors of four tags are looked up
 * and shifted at once, which is what makes a large LLC cheap to simulate.
 */

/** Size and organisation of a cache; size 0: there is no such cache. */
typedef struct cck_shape {
    uint64_t size; /* bytes; sets * ways * line */
    uint32_t ways;
    uint32_t line; /* bytes, a power of two */
} cck_shape;

enum { CCK_LINE_MIN = 16, CCK_LINE_MAX = 256, CCK_WAYS_MAX = 1024, CCK_CORES_MAX = 1024 };

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

/**
 * An empty cache of a shape without fault, for addresses below 2^address_bits
 * (1 to 64): whatever lies above is taken as a hit without any effect. The fewer
 * bits, the smaller and quicker. False when memory is out.
 */
bool cck_lru_init(cck_lru *lru, const cck_shape *shape, uint32_t address_bits,
                  cck_model_alloc *alloc, void *context);

/* Tags that no line has. */
#define CCK_NARROW_EMPTY UINT32_MAX
#define CCK_WIDE_EMPTY   UINT64_MAX

typedef uint32_t cck_tags __attribute__((vector_size(16), aligned(4), may_alias));
enum { CCK_TAGS = 4 }; /* tags in a vector */

/* GCC 12 and clang both know this one; older GCC has only its own. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define CCK_SHUFFLE(first, second, a, b, c, d) __builtin_shufflevector(first, second, a, b, c, d)
#endif
#endif
#ifndef CCK_SHUFFLE
#define CCK_SHUFFLE(first, second, a, b, c, d)                                                     \
    __builtin_shuffle(first, second, (cck_tags){a, b, c, d})
#endif

static inline cck_tags cck_tags_any(cck_tags mask)
{
    mask |= CCK_SHUFFLE(mask, mask, 2, 3, 0, 1);
    return mask | CCK_SHUFFLE(mask, mask, 1, 0, 3, 2);
}

/* Each lane one further back; lane 0 becomes 0. */
static inline cck_tags cck_tags_back(cck_tags tags)
{
    return CCK_SHUFFLE((cck_tags){0}, tags, 0, 4, 5, 6);
}

/* The lanes behind the one lane that is set. */
static inline cck_tags cck_tags_behind(cck_tags mask)
{
    cck_tags one = cck_tags_back(mask);
    cck_tags two = one | cck_tags_back(one);
    return two | CCK_SHUFFLE((cck_tags){0}, one, 0, 1, 4, 5);
}

/*
 * Move `tag` to the front of `ways` tags (a multiple of four); true if it was
 * among them. Every tag up to its old place moves back by one, those behind stay.
 * There is no branch on where it was found: that is what branch predictors get
 * wrong. All functions here are inline: the simulation spends its life in them.
 */
static inline __attribute__((always_inline)) bool cck_tags_to_front(uint32_t *tags, uint32_t ways,
                                                                    uint32_t tag)
{
    const cck_tags wanted = {tag, tag, tag, tag};
    cck_tags carried = {tag}, found = {0};
#pragma GCC unroll 4
    for (uint32_t way = 0; way < ways; way += CCK_TAGS) {
        cck_tags *place = (cck_tags *)(tags + way);
        cck_tags here = *place, equal = (cck_tags)(here == wanted);
        cck_tags moved = cck_tags_back(here) | carried;
        cck_tags stay = found | cck_tags_behind(equal);
        *place = (here & stay) | (moved & ~stay);
        found |= cck_tags_any(equal);
        carried = CCK_SHUFFLE(here, (cck_tags){0}, 3, 4, 4, 4);
    }
    return found[0];
}

/* As above for any number of ways and any width of tag, one by one. */
#define CCK_TO_FRONT(tags, ways, tag)                                                              \
    do {                                                                                           \
        __typeof__(tag) carried = (tag);                                                           \
        for (uint32_t way = 0; way < (ways); way++) {                                              \
            __typeof__(tag) here = (tags)[way];                                                    \
            (tags)[way] = carried;                                                                 \
            if (here == (tag))                                                                     \
                return true;                                                                       \
            carried = here;                                                                        \
        }                                                                                          \
        return false;                                                                              \
    } while (0)

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
        return true;
    uint32_t tag = (uint32_t)quotient, *tags = lru->narrow + set * lru->ways;
    if (lru->ways == 8)
        return cck_tags_to_front(tags, 8, tag);
    if (lru->ways == 16)
        return cck_tags_to_front(tags, 16, tag);
    if (lru->ways % CCK_TAGS == 0)
        return cck_tags_to_front(tags, lru->ways, tag);
    CCK_TO_FRONT(tags, lru->ways, tag);
}

static inline bool cck_lru_touch_wide(const cck_lru *lru, uint64_t line)
{
    uint64_t set = lru->even ? line & (lru->sets - 1) : line % lru->sets;
    uint64_t *tags = lru->wide + set * lru->ways;
    CCK_TO_FRONT(tags, lru->ways, line);
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
