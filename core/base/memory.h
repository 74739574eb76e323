/* SPDX-License-Identifier: MIT */
/*
 * Comes before every file of the library (CMakeLists.txt, -include): allocations that fail are
 * counted, besides that their callers handle them. Much that is optional is left out when memory
 * is out: a name, a cell, a note. That must never look like a complete answer, so whoever gives
 * one compares the count before and after, and says so.
 */
#ifndef CCK_CORE_MEMORY_H
#define CCK_CORE_MEMORY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h> /* declares what is defined anew below */
#endif

/** How many allocations by this library failed since the process began, in whatever thread. */
uint64_t cck_memory_failures(void);

/** Count one; errno stays. Returns NULL. */
void *cck_memory_failed(void);

static inline void *cck_memory_noted(void *got)
{
    return got ? got : cck_memory_failed();
}

static inline int cck_memory_noted_length(int length)
{
    return length < 0 && !cck_memory_failed() ? -1 : length;
}

#define malloc(size) cck_memory_noted((malloc)(size))
#define calloc(count, size) cck_memory_noted((calloc)(count, size))
#define realloc(old, size) cck_memory_noted((realloc)(old, size))
#define reallocarray(old, count, size) cck_memory_noted((reallocarray)(old, count, size))
#define aligned_alloc(align, size) cck_memory_noted((aligned_alloc)(align, size))
#undef strdup
#define strdup(text) ((char *)cck_memory_noted((strdup)(text)))
#undef strndup
#define strndup(text, size) ((char *)cck_memory_noted((strndup)(text, size)))
#define open_memstream(text, size) ((FILE *)cck_memory_noted((open_memstream)(text, size)))
#define fmemopen(text, size, mode) ((FILE *)cck_memory_noted((fmemopen)(text, size, mode)))
#define vasprintf(out, format, args) cck_memory_noted_length((vasprintf)(out, format, args))
#define asprintf(...) cck_memory_noted_length((asprintf)(__VA_ARGS__))

#endif
