/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 17 }; /* what a new chunk may cost too much */

void cck_pool_init(cck_pool *pool, uint32_t item, uint32_t most)
{
    *pool = (cck_pool){.item = item, .most = most, .chunk_bits = 4};
    while ((UINT64_C(2) << pool->chunk_bits) * item <= CHUNK_BYTES)
        pool->chunk_bits++;
}

static uint32_t chunks_of(const cck_pool *pool)
{
    return pool->chunks ? (pool->count >> pool->chunk_bits) + 1 : 0;
}

static size_t chunk_bytes(const cck_pool *pool)
{
    return ((size_t)1 << pool->chunk_bits) * pool->item;
}

size_t cck_pool_bytes(const cck_pool *pool)
{
    return chunks_of(pool) * (chunk_bytes(pool) + sizeof *pool->chunks);
}

static bool add_chunk(cck_pool *pool, uint32_t chunk)
{
    /* The table of chunks doubles: it has room for the next power of two. */
    if (!(chunk & (chunk - 1)) || !pool->chunks) {
        char **chunks = realloc(pool->chunks, (chunk ? 2 * chunk : 2) * sizeof *chunks);
        if (!chunks)
            return false;
        pool->chunks = chunks;
    }
    pool->chunks[chunk] = calloc(1, chunk_bytes(pool));
    return pool->chunks[chunk];
}

uint32_t cck_pool_take(cck_pool *pool)
{
    uint32_t number = pool->free;
    if (number) {
        memcpy(&pool->free, cck_pool_at(pool, number), sizeof pool->free);
        memset(cck_pool_at(pool, number), 0, pool->item);
        return number;
    }
    if (pool->count >= pool->most)
        return 0;
    number = pool->count + 1;
    if ((!pool->chunks && !add_chunk(pool, 0)) ||
        (number >> pool->chunk_bits > pool->count >> pool->chunk_bits &&
         !add_chunk(pool, number >> pool->chunk_bits)))
        return 0;
    return pool->count = number;
}

void cck_pool_give(cck_pool *pool, uint32_t number)
{
    memcpy(cck_pool_at(pool, number), &pool->free, sizeof pool->free);
    pool->free = number;
}

bool cck_pool_copy(cck_pool *pool, const cck_pool *from)
{
    uint32_t chunks = chunks_of(from), room = 2;
    *pool = *from;
    pool->chunks = NULL;
    if (!chunks)
        return true;
    while (room < chunks)
        room *= 2;
    pool->chunks = calloc(room, sizeof *pool->chunks);
    if (!pool->chunks)
        return false;
    for (uint32_t i = 0; i < chunks; i++) {
        pool->chunks[i] = malloc(chunk_bytes(pool));
        if (!pool->chunks[i])
            return false;
        memcpy(pool->chunks[i], from->chunks[i], chunk_bytes(pool));
    }
    return true;
}

void cck_pool_clear(cck_pool *pool)
{
    for (uint32_t i = 0; i < chunks_of(pool); i++)
        free(pool->chunks[i]);
    free(pool->chunks);
    pool->chunks = NULL;
}
