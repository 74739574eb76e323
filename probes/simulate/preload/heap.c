/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cachecheck/mark.h>

/*
 * Preloaded into a program that is traced: tells the tool of each heap block. The
 * program's own allocator and its addresses stay, whichever that is. The tool leaves
 * the code of this library out of the trace.
 *
 * A block is told after it was made and before it is given back, so that another thread
 * that gets the same address meanwhile is not confused with it.
 */
typedef void *malloc_function(size_t size);
typedef void *calloc_function(size_t count, size_t size);
typedef void *realloc_function(void *block, size_t size);
typedef void free_function(void *block);
typedef int posix_memalign_function(void **out_block, size_t alignment, size_t size);
typedef void *aligned_function(size_t alignment, size_t size);

static malloc_function *next_malloc;
static calloc_function *next_calloc;
static realloc_function *next_realloc;
static free_function *next_free;
static posix_memalign_function *next_posix_memalign;
static aligned_function *next_aligned_alloc, *next_memalign;

/* What dlsym() itself allocates, before there is anybody to ask. Never given back. */
static _Alignas(16) char early[4096];
static size_t early_used;

static void *early_block(size_t size)
{
    size_t need = (size + 15) & ~(size_t)15;
    if (need < size || need > sizeof early - early_used) {
        errno = ENOMEM;
        return NULL;
    }
    early_used += need;
    return early + early_used - need;
}

static int is_early(const void *block)
{
    uintptr_t place = (uintptr_t)block;
    return place >= (uintptr_t)early && place < (uintptr_t)early + sizeof early;
}

/* ISO C has no way from an object pointer to a function's; POSIX asks for this one. */
static void find(const char *name, void *out_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(out_function, &found, sizeof found);
}

/* Returns 0 while dlsym() runs. */
static int ready(void)
{
    static int state; /* 1: dlsym() runs, 2: done. The first call is before any thread. */
    if (state == 0) {
        state = 1;
        find("malloc", &next_malloc);
        find("calloc", &next_calloc);
        find("realloc", &next_realloc);
        find("free", &next_free);
        find("posix_memalign", &next_posix_memalign);
        find("aligned_alloc", &next_aligned_alloc);
        find("memalign", &next_memalign);
        state = 2;
    }
    return state == 2;
}

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
    size_t most = (size_t)(early + sizeof early - (char *)block);
    if (grown)
        memcpy(grown, block, size < most ? size : most);
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
