/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include <cachecheck/mark.h>

#include "core/preload/allocator.h"

/*
 * Preloaded into a program that is traced: tells the tool of each heap block. The
 * program's own allocator and its addresses stay, whichever that is. The tool leaves
 * the code of this library out of the trace.
 *
 * A block is told after it was made and before it is given back, so that another thread
 * that gets the same address meanwhile is not confused with it.
 */
__attribute__((constructor)) static void start(void)
{
    ready();
}

static void *told(void *block, size_t size, size_t alignment)
{
    if (block)
        cachecheck_request(CACHECHECK_REQUEST_ALLOC, (unsigned long)block, size, alignment);
    return block;
}

void *malloc(size_t size)
{
    return ready() ? told(next_malloc(size), size, 0) : early_block(size);
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (ready())
        return told(next_calloc(count, size), count * size, 0);
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : early_block(bytes);
}

void free(void *block)
{
    if (!block || is_early(block) || !ready())
        return;
    cachecheck_request(CACHECHECK_REQUEST_FREE, (unsigned long)block, 0, 0);
    next_free(block);
}

static void *grow_early(void *block, size_t size)
{
    void *grown = malloc(size);
    if (grown)
        copy_early(grown, block, size);
    return grown;
}

void *realloc(void *block, size_t size)
{
    if (!block)
        return malloc(size);
    if (is_early(block) || !ready())
        return grow_early(block, size);
    size_t before = malloc_usable_size(block);
    cachecheck_request(CACHECHECK_REQUEST_FREE, (unsigned long)block, 0, 0);
    void *grown = next_realloc(block, size);
    if (!grown && size)
        told(block, before, 0);
    return told(grown, size, 0);
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

int posix_memalign(void **out_block, size_t alignment, size_t size)
{
    if (!ready() || !next_posix_memalign)
        return ENOMEM;
    int status = next_posix_memalign(out_block, alignment, size);
    if (!status)
        told(*out_block, size, alignment);
    return status;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return ready() && next_aligned_alloc
               ? told(next_aligned_alloc(alignment, size), size, alignment)
               : NULL;
}

void *memalign(size_t alignment, size_t size)
{
    return ready() && next_memalign ? told(next_memalign(alignment, size), size, alignment) : NULL;
}
