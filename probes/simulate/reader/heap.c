/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/heap.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/session/observed.h"

enum {
    PAGE_BITS = 12,
    GRANULE_BITS = 4, /* no allocator aligns to less than 8; two in 16 bytes share a bit */
    SMALL = 4096,     /* bytes, exclusive: the search never looks beyond the page before */
    INSTANCES_MOST = 1 << 17
};

/* path, size and thread of a small block in 64 bits; 0 is no value of a live one. */
static uint64_t pack(const cck_heap_block *block)
{
    uint64_t thread = block->thread < 0x7ffff ? block->thread : 0x7ffff;
    return (uint64_t)block->path << 32 | thread << 13 | block->size;
}

static cck_heap_block unpack(uint64_t address, uint64_t value)
{
    uint32_t thread = value >> 13 & 0x7ffff;
    return (cck_heap_block){.address = address,
                            .size = value & 0x1fff,
                            .path = (uint32_t)(value >> 32),
                            .thread = thread == 0x7ffff ? CCK_NONE : thread};
}

static cck_heap_page *page_at(const cck_heap *heap, uint64_t page)
{
    const uint64_t *index = cck_dictionary_find(&heap->page_of, page);
    return index ? &heap->pages[*index - 1] : NULL;
}

static cck_heap_page *page_made(cck_heap *heap, uint64_t page)
{
    cck_heap_page *found = page_at(heap, page);
    if (found)
        return found;
    if (!cck_grow((void **)&heap->pages, &heap->page_capacity, heap->page_count,
                  sizeof *heap->pages))
        return NULL;
    uint64_t *index = cck_dictionary_put(&heap->page_of, page);
    if (!index)
        return NULL;
    found = &heap->pages[heap->page_count++];
    *found = (cck_heap_page){.live = 0};
    *index = heap->page_count;
    return found;
}

static unsigned granule(uint64_t address)
{
    return (unsigned)(address >> GRANULE_BITS & 0xff);
}

/* Index of the first large block behind an address. */
static size_t large_behind(const cck_heap *heap, uint64_t address)
{
    size_t low = 0, high = heap->large_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (heap->large[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool add_large(cck_heap *heap, const cck_heap_block *block)
{
    if (!cck_grow((void **)&heap->large, &heap->large_capacity, heap->large_count,
                  sizeof *heap->large))
        return false;
    size_t at = large_behind(heap, block->address);
    memmove(heap->large + at + 1, heap->large + at, (heap->large_count - at) * sizeof *heap->large);
    heap->large[at] = *block;
    heap->large_count++;
    return true;
}

static bool add_small(cck_heap *heap, const cck_heap_block *block)
{
    cck_heap_page *page = page_made(heap, block->address >> PAGE_BITS);
    uint64_t *value = page ? cck_dictionary_put(&heap->small, block->address) : NULL;
    if (!value)
        return false;
    *value = pack(block);
    unsigned bit = granule(block->address);
    page->starts[bit / 64] |= UINT64_C(1) << bit % 64;
    page->live++;
    return true;
}

static uint64_t instance_key(uint32_t path, uint64_t size)
{
    return cck_mix(size + ((uint64_t)path << 32)) >> 1;
}

bool cck_heap_add(cck_heap *heap, const cck_heap_block *block)
{
    cck_heap_remove(heap, block->address); /* its end was missed */
    if (!(block->size < SMALL ? add_small(heap, block) : add_large(heap, block)))
        return false;
    uint64_t key = instance_key(block->path, block->size);
    uint64_t *times = cck_dictionary_find(&heap->instances, key);
    if (!times && heap->instances.count < INSTANCES_MOST) {
        times = cck_dictionary_put(&heap->instances, key);
        if (!times)
            return false;
    }
    if (times)
        ++*times;
    return true;
}

bool cck_heap_at(const cck_heap *heap, uint64_t address, cck_heap_block *out_block)
{
    const uint64_t *value = cck_dictionary_find(&heap->small, address);
    if (value) {
        *out_block = unpack(address, *value);
        return true;
    }
    size_t behind = large_behind(heap, address);
    if (!behind || heap->large[behind - 1].address != address)
        return false;
    *out_block = heap->large[behind - 1];
    return true;
}

bool cck_heap_remove(cck_heap *heap, uint64_t address)
{
    if (cck_dictionary_remove(&heap->small, address)) {
        cck_heap_page *page = page_at(heap, address >> PAGE_BITS);
        uint64_t other = address ^ 8; /* of the same 16 bytes */
        unsigned bit = granule(address);
        if (!cck_dictionary_find(&heap->small, other))
            page->starts[bit / 64] &= ~(UINT64_C(1) << bit % 64);
        page->live--;
        return true;
    }
    size_t behind = large_behind(heap, address);
    if (!behind || heap->large[behind - 1].address != address)
        return false;
    heap->large_count--;
    memmove(heap->large + behind - 1, heap->large + behind,
            (heap->large_count - behind + 1) * sizeof *heap->large);
    return true;
}

/* The highest start at or before a granule of a page; -1: none. */
static int start_before(const cck_heap_page *page, unsigned bit)
{
    for (int word = (int)bit / 64; word >= 0; word--) {
        uint64_t bits = page->starts[word];
        if (word == (int)bit / 64)
            bits &= UINT64_MAX >> (63 - bit % 64);
        if (bits)
            return word * 64 + 63 - __builtin_clzll(bits);
    }
    return -1;
}

static bool covers(const cck_heap_block *block, uint64_t address)
{
    return address >= block->address &&
           (address - block->address < block->size || address == block->address);
}

static bool find_small(const cck_heap *heap, uint64_t address, cck_heap_block *out_block)
{
    uint64_t page_number = address >> PAGE_BITS;
    unsigned bit = granule(address);
    for (int pages = 0; pages < 2; pages++, page_number--, bit = 255) {
        const cck_heap_page *page = page_at(heap, page_number);
        int start = page && page->live ? start_before(page, bit) : -1;
        if (start < 0)
            continue;
        uint64_t granule_start = page_number << PAGE_BITS | (uint64_t)start << GRANULE_BITS;
        for (uint64_t at = granule_start + 8;; at = granule_start) {
            const uint64_t *value = at <= address ? cck_dictionary_find(&heap->small, at) : NULL;
            if (value) {
                *out_block = unpack(at, *value);
                return covers(out_block, address);
            }
            if (at == granule_start)
                return false;
        }
    }
    return false;
}

bool cck_heap_find(const cck_heap *heap, uint64_t address, cck_heap_block *out_block)
{
    if (heap->small.count && find_small(heap, address, out_block))
        return true;
    size_t behind = large_behind(heap, address);
    if (!behind || !covers(&heap->large[behind - 1], address))
        return false;
    *out_block = heap->large[behind - 1];
    return true;
}

uint64_t cck_heap_instances(const cck_heap *heap, uint32_t path, uint64_t size)
{
    const uint64_t *times = cck_dictionary_find(&heap->instances, instance_key(path, size));
    return times ? *times : 0;
}

void cck_heap_clear(cck_heap *heap)
{
    cck_dictionary_clear(&heap->small);
    cck_dictionary_clear(&heap->page_of);
    cck_dictionary_clear(&heap->instances);
    free(heap->pages);
    free(heap->large);
    *heap = (cck_heap){0};
}
