/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_SHADOW_H
#define CCK_SIMULATE_SHADOW_H

#include "lines.h"

/**
 * A fully associative LRU cache of lines, exact: a log of its uses, and a bit for each that
 * is its line's last. When that was is the line's stamp; a line without one is not there.
 * So a use costs two bits of a small map, a word at the end of the log and the stamp, which
 * most lines have in their record (lines.h); others' are in a table here. It tells capacity
 * misses from conflict misses (Hill and Smith 1989): what misses here too is a matter of
 * capacity, what would have hit is one of sets.
 */
typedef struct cck_shadow_stamp {
    uint32_t id; /* 0: nothing is here */
    uint32_t stamp;
} cck_shadow_stamp;

typedef struct cck_shadow {
    uint32_t *log;  /* who was used at each time, from 1 on; NULL: there is no shadow */
    uint64_t *last; /* a bit for each time: no use of the same line follows */
    uint32_t end;   /* the next time... */
    uint32_t room;  /* ...which is below this */
    uint32_t oldest; /* no line has a stamp below */
    uint32_t lines, used; /* of the cache */
    const cck_lines *records; /* where lines have their stamps; NULL: all are in the table */
    cck_shadow_stamp *table;  /* open, linear; at most half full */
    uint32_t shift;           /* 32 - log2 of its size */
    uint32_t tabled;
} cck_shadow;

/** False when memory is out. lines >= 1. */
bool cck_shadow_init(cck_shadow *shadow, uint64_t lines, const cck_lines *records);
bool cck_shadow_copy(cck_shadow *shadow, const cck_shadow *from, const cck_lines *records);
void cck_shadow_clear(cck_shadow *shadow);
size_t cck_shadow_bytes(const cck_shadow *shadow);

/** Any use of a line: true if it was there; now it is, as the most recent. */
bool cck_shadow_take(cck_shadow *shadow, uint32_t id, uint32_t *stamp);

/** It was taken away; nothing if it is not there. */
void cck_shadow_remove(cck_shadow *shadow, uint32_t id);

/** The line's record is about to have no room for its stamp. */
void cck_shadow_part(cck_shadow *shadow, uint32_t id);

/** A use; `stamp` is that of the line's record, NULL if it has none. */
static inline bool cck_shadow_use(cck_shadow *shadow, uint32_t id, uint32_t *stamp)
{
    if (!stamp || !*stamp || shadow->end == shadow->room)
        return cck_shadow_take(shadow, id, stamp);
    uint32_t before = *stamp, now = shadow->end++;
    shadow->last[before / 64] &= ~(UINT64_C(1) << before % 64);
    shadow->last[now / 64] |= UINT64_C(1) << now % 64;
    shadow->log[now] = id;
    *stamp = now;
    return true;
}

#endif
