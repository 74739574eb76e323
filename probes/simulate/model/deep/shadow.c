/* SPDX-License-Identifier: MIT */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

static size_t buckets_of(const cck_shadow *shadow)
{
    return (size_t)1 << (32 - shadow->shift);
}

/* Longer: seldom shortened. Shorter: less memory, of the host's caches too. */
static size_t log_of(const cck_shadow *shadow)
{
    return 4 * (size_t)shadow->lines;
}

size_t cck_shadow_bytes(const cck_shadow *shadow)
{
    if (!shadow->nodes)
        return 0;
    return (shadow->lines + 1) * sizeof *shadow->nodes +
           buckets_of(shadow) * sizeof *shadow->buckets + log_of(shadow) * sizeof *shadow->log;
}

bool cck_shadow_init(cck_shadow *shadow, uint64_t lines)
{
    shadow->lines = (uint32_t)lines;
    shadow->shift = 28;
    while (shadow->shift > 4 && buckets_of(shadow) < lines)
        shadow->shift--;
    shadow->nodes = calloc(lines + 1, sizeof *shadow->nodes);
    shadow->buckets = calloc(buckets_of(shadow), sizeof *shadow->buckets);
    shadow->log = malloc(log_of(shadow) * sizeof *shadow->log);
    return shadow->nodes && shadow->buckets && shadow->log;
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
    shadow->log = malloc(log_of(from) * sizeof *from->log);
    if (!shadow->nodes || !shadow->buckets || !shadow->log)
        return false;
    memcpy(shadow->nodes, from->nodes, nodes);
    memcpy(shadow->buckets, from->buckets, buckets);
    memcpy(shadow->log + from->first, from->log + from->first,
           (from->end - from->first) * sizeof *from->log);
    return true;
}

void cck_shadow_clear(cck_shadow *shadow)
{
    free(shadow->nodes);
    free(shadow->buckets);
    free(shadow->log);
    *shadow = (cck_shadow){0};
}

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): neighbours spread. */
static uint32_t *bucket_of(const cck_shadow *shadow, uint32_t id)
{
    return &shadow->buckets[id * UINT32_C(2654435769) >> shadow->shift];
}

/* Uses that were followed by another of the same line are left out: at least three of four. */
static void shorten_log(cck_shadow *shadow)
{
    uint32_t end = 0;
    for (uint32_t i = shadow->first; i < shadow->end; i++) {
        uint32_t at = shadow->log[i];
        if (shadow->nodes[at].last != i)
            continue;
        shadow->nodes[at].last = end;
        shadow->log[end++] = at;
    }
    shadow->first = 0;
    shadow->end = end;
}

static void note_use(cck_shadow *shadow, uint32_t at)
{
    if (shadow->end == log_of(shadow))
        shorten_log(shadow);
    shadow->log[shadow->end] = at;
    shadow->nodes[at].last = shadow->end++;
}

/* There is one: the shadow is full. */
static uint32_t take_oldest(cck_shadow *shadow)
{
    for (;;) {
        uint32_t i = shadow->first++, at = shadow->log[i];
        if (shadow->nodes[at].last == i)
            return at;
    }
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
        at = take_oldest(shadow);
        unchain(shadow, at);
    }
    return at;
}

bool cck_shadow_use(cck_shadow *shadow, uint32_t id, uint32_t *note)
{
    cck_shadow_node *nodes = shadow->nodes;
    uint32_t at = note && nodes[*note].id == id ? *note : find(shadow, id);
    bool found = at != 0;
    if (!found) {
        at = take_node(shadow);
        uint32_t *bucket = bucket_of(shadow, id);
        nodes[at].id = id;
        nodes[at].chain = *bucket;
        *bucket = at;
    }
    note_use(shadow, at);
    if (note)
        *note = at;
    return found;
}

void cck_shadow_remove(cck_shadow *shadow, uint32_t id)
{
    uint32_t at = shadow->nodes ? find(shadow, id) : 0;
    if (!at)
        return;
    unchain(shadow, at);
    shadow->nodes[at] = (cck_shadow_node){.last = UINT32_MAX, .chain = shadow->free};
    shadow->free = at;
}
