/* SPDX-License-Identifier: MIT */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

static size_t buckets_of(const cck_shadow *shadow)
{
    return (size_t)1 << (32 - shadow->shift);
}

size_t cck_shadow_bytes(const cck_shadow *shadow)
{
    if (!shadow->nodes)
        return 0;
    return (shadow->lines + 1) * sizeof *shadow->nodes +
           buckets_of(shadow) * sizeof *shadow->buckets;
}

bool cck_shadow_init(cck_shadow *shadow, uint64_t lines)
{
    shadow->lines = (uint32_t)lines;
    shadow->shift = 28;
    while (shadow->shift > 4 && buckets_of(shadow) < lines)
        shadow->shift--;
    shadow->nodes = calloc(lines + 1, sizeof *shadow->nodes);
    shadow->buckets = calloc(buckets_of(shadow), sizeof *shadow->buckets);
    return shadow->nodes && shadow->buckets;
}

bool cck_shadow_copy(cck_shadow *shadow, const cck_shadow *from)
{
    *shadow = *from;
    if (!from->nodes)
        return true;
    size_t nodes = (from->lines + 1) * sizeof *from->nodes;
    size_t buckets = buckets_of(from) * sizeof *from->buckets;
    shadow->nodes = malloc(nodes);
    shadow->buckets = malloc(buckets);
    if (!shadow->nodes || !shadow->buckets)
        return false;
    memcpy(shadow->nodes, from->nodes, nodes);
    memcpy(shadow->buckets, from->buckets, buckets);
    return true;
}

void cck_shadow_clear(cck_shadow *shadow)
{
    free(shadow->nodes);
    free(shadow->buckets);
    *shadow = (cck_shadow){0};
}

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): neighbours spread. */
static uint32_t *bucket_of(const cck_shadow *shadow, uint32_t id)
{
    return &shadow->buckets[id * UINT32_C(2654435769) >> shadow->shift];
}

static void unlink_node(cck_shadow_node *nodes, uint32_t at)
{
    nodes[nodes[at].newer].older = nodes[at].older;
    nodes[nodes[at].older].newer = nodes[at].newer;
}

static void push_newest(cck_shadow_node *nodes, uint32_t at)
{
    uint32_t second = nodes[0].older;
    nodes[at].newer = 0;
    nodes[at].older = second;
    nodes[second].newer = at;
    nodes[0].older = at;
}

static void unchain(cck_shadow *shadow, uint32_t at)
{
    uint32_t *link = bucket_of(shadow, shadow->nodes[at].id);
    while (*link != at)
        link = &shadow->nodes[*link].chain;
    *link = shadow->nodes[at].chain;
}

static uint32_t find(const cck_shadow *shadow, uint32_t id)
{
    uint32_t at = *bucket_of(shadow, id);
    while (at && shadow->nodes[at].id != id)
        at = shadow->nodes[at].chain;
    return at;
}

/* A node for a new line: free, fresh, or that of the least recently used. */
static uint32_t take_node(cck_shadow *shadow)
{
    uint32_t at = shadow->free;
    if (at) {
        shadow->free = shadow->nodes[at].chain;
    } else if (shadow->used < shadow->lines) {
        at = ++shadow->used;
    } else {
        at = shadow->nodes[0].newer;
        unlink_node(shadow->nodes, at);
        unchain(shadow, at);
    }
    return at;
}

bool cck_shadow_use(cck_shadow *shadow, uint32_t id)
{
    cck_shadow_node *nodes = shadow->nodes;
    uint32_t at = find(shadow, id);
    bool found = at != 0;
    if (found) {
        unlink_node(nodes, at);
    } else {
        at = take_node(shadow);
        uint32_t *bucket = bucket_of(shadow, id);
        nodes[at].id = id;
        nodes[at].chain = *bucket;
        *bucket = at;
    }
    push_newest(nodes, at);
    return found;
}

void cck_shadow_remove(cck_shadow *shadow, uint32_t id)
{
    uint32_t at = shadow->nodes ? find(shadow, id) : 0;
    if (!at)
        return;
    unlink_node(shadow->nodes, at);
    unchain(shadow, at);
    shadow->nodes[at].chain = shadow->free;
    shadow->free = at;
}
