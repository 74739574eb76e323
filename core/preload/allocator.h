/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PRELOAD_ALLOCATOR_H
#define CCK_CORE_PRELOAD_ALLOCATOR_H

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/**
 * The program's own allocator, as a preloaded library sees it that wraps malloc() and its
 * kin: whichever is next, found with dlsym(), and what dlsym() itself needs before. Static:
 * such a library is one file, includes this once, and needs nothing but libc.
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

/* An early block's bytes, into the block that takes its place. */
static void copy_early(void *to, const void *block, size_t size)
{
    size_t most = (size_t)(early + sizeof early - (const char *)block);
    memcpy(to, block, size < most ? size : most);
}

/* ISO C has no way from an object pointer to a function's; POSIX asks for this one. */
static void find(const char *name, void *out_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(out_function, &found, sizeof found);
}

/* Returns 0 while dlsym() runs: next_*() are not there yet. */
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

#endif
