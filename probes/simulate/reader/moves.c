/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/moves.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/session/observed.h"

enum { PAGE_BITS = 12 };

cck_moves *cck_moves_new(const cck_remap_rules *rules)
{
    cck_moves *moves = calloc(1, sizeof *moves);
    if (!moves)
        return NULL;
    moves->rules = rules;
    moves->pools = calloc(rules->count + 1, sizeof *moves->pools);
    moves->pages = calloc(CCK_MOVES_PAGES, sizeof *moves->pages);
    if (!moves->pools || !moves->pages) {
        cck_moves_free(moves);
        return NULL;
    }
    for (size_t i = 0; i < rules->count; i++) {
        moves->pools[i].base = cck_remap_base(rules->list, i);
        moves->pools[i].room = cck_remap_room(&rules->list[i]);
    }
    return moves;
}

void cck_moves_free(cck_moves *moves)
{
    if (!moves)
        return;
    for (size_t i = 0; moves->pools && i < moves->rules->count; i++) {
        free(moves->pools[i].origins);
        free(moves->pools[i].spare);
    }
    free(moves->pools);
    free(moves->pages);
    free(moves->globals);
    free(moves->paths);
    cck_dictionary_clear(&moves->blocks);
    free(moves);
}

/* ---- regions ---- */

/* A region for an object; *out_region CCK_NONE: the rule's space is used up, it stays. */
static bool take_region(cck_move_pool *pool, uint64_t origin, uint32_t *out_region)
{
    uint64_t most = ((UINT64_C(1) << CCK_REMAP_SPACE_BITS) >> 1) / pool->room;
    *out_region = CCK_NONE;
    if (pool->spare_count) {
        *out_region = pool->spare[--pool->spare_count];
    } else if (pool->count < most && pool->count < CCK_NONE) {
        if (!cck_grow((void **)&pool->origins, &pool->capacity, pool->count, sizeof(uint64_t)))
            return false;
        *out_region = (uint32_t)pool->count++;
    }
    if (*out_region != CCK_NONE)
        pool->origins[*out_region] = origin;
    return true;
}

static bool give_back(cck_move_pool *pool, uint32_t region)
{
    if (!cck_grow((void **)&pool->spare, &pool->spare_capacity, pool->spare_count,
                  sizeof *pool->spare))
        return false;
    pool->spare[pool->spare_count++] = region;
    return true;
}

static uint64_t region_start(const cck_moves *moves, uint32_t rule, uint32_t region)
{
    return moves->pools[rule].base + region * moves->pools[rule].room;
}

static void mark_pages(cck_moves *moves, uint64_t start, uint64_t size, uint32_t by)
{
    uint64_t first = start >> PAGE_BITS, last = (start + (size ? size - 1 : 0)) >> PAGE_BITS;
    if (last - first >= CCK_MOVES_PAGES)
        last = first + CCK_MOVES_PAGES - 1;
    for (uint64_t page = first; page <= last; page++)
        moves->pages[page % CCK_MOVES_PAGES] += by;
}

/* ---- which objects ---- */

static const char *name_code(const cck_space *space, uint64_t address, uint64_t *out_offset)
{
    uint32_t module = cck_space_module(space, address);
    *out_offset = address;
    if (module == CCK_NONE)
        return "";
    *out_offset -= space->modules[module].bias;
    return space->modules[module].path;
}

static bool room_for_paths(cck_moves *moves, size_t count)
{
    if (count <= moves->path_count)
        return true;
    size_t room = count + count / 2 + 64;
    uint64_t *grown = realloc(moves->paths, room * sizeof *grown);
    if (!grown)
        return false;
    memset(grown + moves->path_count, 0, (room - moves->path_count) * sizeof *grown);
    moves->paths = grown;
    moves->path_count = room;
    return true;
}

void cck_moves_forget_paths(cck_moves *moves)
{
    if (moves->path_count)
        memset(moves->paths, 0, moves->path_count * sizeof *moves->paths);
}

/* Callers' hashes first: these are mostly known already. */
static uint64_t hash_of(cck_moves *moves, const cck_paths *paths, const cck_space *space,
                        uint32_t path)
{
    uint32_t up[CCK_PATH_DEPTH + 1];
    unsigned depth = 0;
    for (; path != CCK_NONE && !moves->paths[path] && depth <= CCK_PATH_DEPTH;
         path = paths->list[path].parent)
        up[depth++] = path;
    uint64_t hash = path == CCK_NONE ? 0 : moves->paths[path];
    while (depth-- > 0) {
        // cppcheck-suppress uninitvar ; it does not see that depth is 0 then
        const cck_path_node *node = &paths->list[up[depth]];
        uint64_t call = 0, entry;
        const char *caller = node->parent == CCK_NONE ? "" : name_code(space, node->call, &call);
        const char *called = name_code(space, node->entry, &entry);
        hash = moves->paths[up[depth]] = cck_remap_path(hash, caller, call, called, entry);
    }
    return hash;
}

static bool fits(const cck_remap_rule *rule, const cck_heap_block *block, uint64_t hash)
{
    return rule->kind == CCK_OBJECT_HEAP && rule->size == block->size &&
           (!rule->path || rule->path == hash);
}

/* Most blocks are of sizes that no rule is about. */
static bool may_fit(const cck_remap_rules *rules, const cck_heap_block *block)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->list[i].kind == CCK_OBJECT_HEAP && rules->list[i].size == block->size)
            return true;
    return false;
}

static bool move_block(cck_moves *moves, uint32_t rule, const cck_heap_block *block)
{
    uint32_t region;
    if (!take_region(&moves->pools[rule], block->address, &region))
        return false;
    if (region == CCK_NONE)
        return true;
    uint64_t *value = cck_dictionary_put(&moves->blocks, block->address);
    if (!value)
        return false;
    *value = ((uint64_t)rule << 32 | region) + 1;
    mark_pages(moves, block->address, block->size, 1);
    moves->live++;
    return true;
}

bool cck_moves_alloc(cck_moves *moves, const cck_paths *paths, const cck_space *space,
                     const cck_heap_block *block)
{
    if (!may_fit(moves->rules, block))
        return true;
    uint64_t hash = 0;
    if (block->path != CCK_NONE) {
        if (!room_for_paths(moves, paths->count))
            return false;
        hash = hash_of(moves, paths, space, block->path);
    }
    for (size_t i = 0; i < moves->rules->count; i++)
        if (fits(&moves->rules->list[i], block, hash))
            return move_block(moves, (uint32_t)i, block);
    return true;
}

bool cck_moves_drop(cck_moves *moves, const cck_heap_block *block, uint64_t *out_start,
                    uint64_t *out_size)
{
    const uint64_t *found = cck_dictionary_find(&moves->blocks, block->address);
    if (!found)
        return false;
    uint32_t rule = (uint32_t)((*found - 1) >> 32), region = (uint32_t)(*found - 1);
    *out_start = region_start(moves, rule, region);
    *out_size = moves->pools[rule].room;
    cck_dictionary_remove(&moves->blocks, block->address);
    mark_pages(moves, block->address, block->size, UINT32_MAX);
    moves->live--;
    (void)give_back(&moves->pools[rule], region); /* else it is not used again: there are more */
    return true;
}

bool cck_moves_module(cck_moves *moves, const cck_file_module *module)
{
    for (size_t i = 0; i < moves->rules->count; i++) {
        const cck_remap_rule *rule = &moves->rules->list[i];
        uint32_t region;
        if (rule->kind != CCK_OBJECT_GLOBAL || strcmp(rule->module, module->path) != 0)
            continue;
        uint64_t start = module->bias + rule->address;
        if (!cck_grow((void **)&moves->globals, &moves->global_capacity, moves->global_count,
                      sizeof *moves->globals) ||
            !take_region(&moves->pools[i], start, &region))
            return false;
        if (region == CCK_NONE)
            continue;
        moves->globals[moves->global_count++] =
            (cck_moved_global){start, start + rule->size, (uint32_t)i, region};
        mark_pages(moves, start, rule->size, 1);
        moves->live++;
    }
    return true;
}

/* ---- there and back ---- */

static uint64_t moved_to(const cck_moves *moves, uint32_t rule, uint32_t region, uint64_t offset)
{
    return region_start(moves, rule, region) + cck_remap_offset(&moves->rules->list[rule], offset);
}

uint64_t cck_moves_translate(const cck_moves *moves, const cck_heap *heap, uint64_t address)
{
    cck_heap_block block;
    if (!moves->pages[(address >> PAGE_BITS) % CCK_MOVES_PAGES])
        return address;
    for (size_t i = moves->global_count; i-- > 0;) { /* the latest module counts */
        const cck_moved_global *global = &moves->globals[i];
        if (address >= global->start && address < global->end)
            return moved_to(moves, global->rule, global->region, address - global->start);
    }
    if (!moves->blocks.count || !cck_heap_find(heap, address, &block))
        return address;
    const uint64_t *found = cck_dictionary_find(&moves->blocks, block.address);
    if (!found)
        return address;
    return moved_to(moves, (uint32_t)((*found - 1) >> 32), (uint32_t)(*found - 1),
                    address - block.address);
}

uint64_t cck_moves_origin(const cck_moves *moves, uint64_t address)
{
    size_t rule = cck_remap_rule_at(address);
    if (rule >= moves->rules->count || address < moves->pools[rule].base)
        return address;
    const cck_move_pool *pool = &moves->pools[rule];
    uint64_t region = (address - pool->base) / pool->room;
    return region < pool->count ? pool->origins[region] : address;
}
