/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_POOL_H
#define CCK_SIMULATE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Records of one size, numbered from 1, in chunks that never move. A record that is
 * given back is the first to be taken again.
 */
typedef struct cck_pool {
    char **chunks;
    uint32_t item; /* bytes of a record, at least 4 */
    uint32_t chunk_bits;
    uint32_t count; /* highest number in use; 0: none yet */
    uint32_t free;  /* 0: none; a free record begins with the number of the next */
    uint32_t most;  /* numbers end here */
} cck_pool;

void cck_pool_init(cck_pool *pool, uint32_t item, uint32_t most);

/** The number of a zeroed record; 0 when memory or numbers are out. */
uint32_t cck_pool_take(cck_pool *pool);
void cck_pool_give(cck_pool *pool, uint32_t number);
bool cck_pool_copy(cck_pool *pool, const cck_pool *from);
void cck_pool_clear(cck_pool *pool);
size_t cck_pool_bytes(const cck_pool *pool);

static inline void *cck_pool_at(const cck_pool *pool, uint32_t number)
{
    return pool->chunks[number >> pool->chunk_bits] +
           (size_t)(number & ((UINT32_C(1) << pool->chunk_bits) - 1)) * pool->item;
}

#endif
