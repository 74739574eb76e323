/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_SHADOW_H
#define CCK_SIMULATE_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A fully associative LRU cache of lines, exact: a list by recency and a hash table.
 * It tells capacity misses from conflict misses (Hill and Smith 1989): what misses here
 * too is a matter of capacity, what would have hit is one of sets.
 */
typedef struct cck_shadow_node {
    uint32_t id;           /* 0: the head of the list, node 0 */
    uint32_t newer, older; /* the list is a ring through node 0 */
    uint32_t chain;        /* next of the same bucket; of free nodes: next free */
} cck_shadow_node;

typedef struct cck_shadow {
    cck_shadow_node *nodes; /* `lines` + 1; node 0 is the ring's head */
    uint32_t *buckets;
    uint32_t lines, used; /* nodes 1 to `used` have been in use */
    uint32_t free;
    uint32_t shift; /* 32 - log2 of buckets */
} cck_shadow;

/** False when memory is out. lines >= 1. */
bool cck_shadow_init(cck_shadow *shadow, uint64_t lines);
bool cck_shadow_copy(cck_shadow *shadow, const cck_shadow *from);
void cck_shadow_clear(cck_shadow *shadow);
size_t cck_shadow_bytes(const cck_shadow *shadow);

/** Use a line: true if it was there; now it is, as the most recent. */
bool cck_shadow_use(cck_shadow *shadow, uint32_t id);

/** It was taken away; nothing if it is not there. */
void cck_shadow_remove(cck_shadow *shadow, uint32_t id);

#endif
