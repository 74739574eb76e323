/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_SHADOW_H
#define CCK_SIMULATE_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A fully associative LRU cache of lines, exact: a log of its uses and a hash table. A use
 * is the line's last if its node says so; what is not is passed over when the log is read
 * for the least recently used. So a use costs two writes, one of them behind the one before.
 * It tells capacity misses from conflict misses (Hill and Smith 1989): what misses here
 * too is a matter of capacity, what would have hit is one of sets.
 */
typedef struct cck_shadow_node {
    uint32_t id;    /* 0: free, and node 0, which is none */
    uint32_t last;  /* where in the log its last use is */
    uint32_t chain; /* next of the same bucket; of free nodes: next free */
} cck_shadow_node;

typedef struct cck_shadow {
    cck_shadow_node *nodes; /* `lines` + 1 */
    uint32_t *buckets;
    uint32_t *log; /* nodes in the order of their uses, from `first` up to `end` */
    uint32_t first, end;
    uint32_t lines, used; /* nodes 1 to `used` have been in use */
    uint32_t free;
    uint32_t shift; /* 32 - log2 of buckets */
} cck_shadow;

/** False when memory is out. lines >= 1. */
bool cck_shadow_init(cck_shadow *shadow, uint64_t lines);
bool cck_shadow_copy(cck_shadow *shadow, const cck_shadow *from);
void cck_shadow_clear(cck_shadow *shadow);
size_t cck_shadow_bytes(const cck_shadow *shadow);

/**
 * Use a line: true if it was there; now it is, as the most recent. `note`: keeps a number for
 * the line between its uses, which spares a look-up, 0 at first and whenever it is lost; NULL.
 */
bool cck_shadow_use(cck_shadow *shadow, uint32_t id, uint32_t *note);

/** It was taken away; nothing if it is not there. */
void cck_shadow_remove(cck_shadow *shadow, uint32_t id);

#endif
