/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_MOVES_H
#define CCK_SIMULATE_MOVES_H

#include "core/sharing/remap.h"
#include "probes/simulate/reader/heap.h"
#include "probes/simulate/reader/path.h"
#include "probes/simulate/reader/space.h"

/**
 * Objects of a process that lie elsewhere for the model: what if a field were somewhere else.
 * An access is moved by its first byte: what reaches over two pieces (a memcpy()) goes on
 * behind the first.
 */
#ifndef CCK_MOVES_PAGES /* a test has fewer */
#define CCK_MOVES_PAGES (1 << 16)
#endif

/** The regions of a rule, one behind the other; those of freed objects are used again. */
typedef struct cck_move_pool {
    uint64_t *origins; /* by region: where its object was last */
    size_t count, capacity;
    uint32_t *spare; /* regions, the one freed last on top */
    size_t spare_count, spare_capacity;
    uint64_t base, room;
} cck_move_pool;

typedef struct cck_moved_global {
    uint64_t start, end; /* in memory */
    uint32_t rule, region;
} cck_moved_global;

typedef struct cck_moves {
    const cck_remap_rules *rules;
    cck_move_pool *pools;  /* one a rule */
    uint32_t *pages;       /* objects on the page, by its number's low bits: most have none */
    cck_dictionary blocks; /* address -> (rule << 32 | region) + 1 */
    cck_moved_global *globals;
    size_t global_count, global_capacity;
    uint64_t *paths; /* hashes of the process's, 0: not computed yet */
    size_t path_count;
    size_t live; /* objects that are moved now */
} cck_moves;

/** NULL: memory is out. */
cck_moves *cck_moves_new(const cck_remap_rules *rules);
void cck_moves_free(cck_moves *moves);

/** A block was allocated, and is in the heap. False when memory is out. */
bool cck_moves_alloc(cck_moves *moves, const cck_paths *paths, const cck_space *space,
                     const cck_heap_block *block);

/** A block goes. True if it was moved; then `*out_start` is its region, of `*out_size` bytes. */
bool cck_moves_drop(cck_moves *moves, const cck_heap_block *block, uint64_t *out_start,
                    uint64_t *out_size);

/** A module came. False when memory is out. */
bool cck_moves_module(cck_moves *moves, const cck_file_module *module);

/** The process's paths have got other callers: what was computed of them is so no more. */
void cck_moves_forget_paths(cck_moves *moves);

/** Where the model sees an address. */
uint64_t cck_moves_translate(const cck_moves *moves, const cck_heap *heap, uint64_t address);

/** The start of the object that is at an address of a region; other addresses stay. */
uint64_t cck_moves_origin(const cck_moves *moves, uint64_t address);

#endif
