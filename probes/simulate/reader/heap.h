/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_HEAP_H
#define CCK_SIMULATE_HEAP_H

#include "probes/simulate/reader/dictionary.h"

/**
 * The live blocks of a process's allocator. Most are small and many: 16 bytes each in a
 * dictionary by address, and a bit for each 16 bytes of a page where one begins, by which
 * the block around an address is found. Large ones are few: an array by address.
 */
typedef struct cck_heap_block {
    uint64_t address, size;
    uint32_t path;   /* of its allocation */
    uint32_t thread; /* that allocated it; CCK_NONE unknown */
} cck_heap_block;

typedef struct cck_heap_page {
    uint64_t starts[4]; /* a bit for each 16 bytes: a small block begins there */
    uint32_t live;
} cck_heap_page;

typedef struct cck_heap {
    cck_dictionary small; /* address -> path, size, thread */
    cck_dictionary page_of;  /* page number -> index into pages + 1 */
    cck_heap_page *pages;
    size_t page_count, page_capacity;
    cck_heap_block *large; /* by address */
    size_t large_count, large_capacity;
    cck_dictionary instances; /* hash of (path, size) -> how many there were */
} cck_heap;

/** A block was allocated. False when memory is out. */
bool cck_heap_add(cck_heap *heap, const cck_heap_block *block);

/** The block that begins there. */
bool cck_heap_at(const cck_heap *heap, uint64_t address, cck_heap_block *out_block);

/** It was freed. False if there was none. */
bool cck_heap_remove(cck_heap *heap, uint64_t address);

/** The live block that covers an address. */
bool cck_heap_find(const cck_heap *heap, uint64_t address, cck_heap_block *out_block);

/** How many blocks of that size that path has allocated; 0 unknown. */
uint64_t cck_heap_instances(const cck_heap *heap, uint32_t path, uint64_t size);

void cck_heap_clear(cck_heap *heap);

#endif
