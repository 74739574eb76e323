/* SPDX-License-Identifier: MIT */
#include "probes/simulate/reader/space.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/session/observed.h"

/* Beyond what the kernel lets a process have (vm.max_map_count is 65,530). */
enum { MAPPINGS_MOST = 1 << 17, MODULES_MOST = 1 << 14 };

/* Index of the first mapping that ends behind an address. */
static size_t first_behind(const cck_space *space, uint64_t address)
{
    size_t low = 0, high = space->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (space->list[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool insert(cck_space *space, size_t at, cck_mapping mapping)
{
    if (space->count >= MAPPINGS_MOST)
        return true; /* untold of rather than unbounded */
    if (!cck_grow((void **)&space->list, &space->capacity, space->count, sizeof *space->list))
        return false;
    memmove(space->list + at + 1, space->list + at, (space->count - at) * sizeof *space->list);
    space->list[at] = mapping;
    space->count++;
    return true;
}

bool cck_space_unmap(cck_space *space, uint64_t start, uint64_t size)
{
    uint64_t end = start + size;
    if (end <= start)
        return true;
    size_t at = first_behind(space, start);
    while (at < space->count && space->list[at].start < end) {
        cck_mapping *mapping = &space->list[at], rest = *mapping;
        if (mapping->start < start) {
            mapping->end = start;
            at++;
        } else {
            space->count--;
            memmove(mapping, mapping + 1, (space->count - at) * sizeof *mapping);
        }
        if (rest.end <= end)
            continue;
        rest.offset += end - rest.start;
        rest.start = end;
        return insert(space, at, rest);
    }
    return true;
}

/* The module that a mapped piece of a file belongs to: one of the same path and bias. */
static bool module_of(cck_space *space, const cck_trace_map *map, const char *path,
                      uint32_t *out_module, uint32_t *out_new)
{
    for (size_t i = space->module_count; i-- > 0;) {
        cck_file_module *module = &space->modules[i];
        bool inside = map->start < module->end && map->start >= module->start;
        bool extends = !module->elf && map->start - map->offset == module->bias;
        if ((!inside && !extends) || strcmp(module->path, path) != 0)
            continue;
        if (map->start + map->size > module->end)
            module->end = map->start + map->size;
        if (map->start < module->start)
            module->start = map->start;
        *out_module = (uint32_t)i;
        return true;
    }
    if (space->module_count >= MODULES_MOST)
        return true;
    if (!cck_grow((void **)&space->modules, &space->module_capacity, space->module_count,
                  sizeof *space->modules))
        return false;
    cck_file_module *module = &space->modules[space->module_count];
    *module = (cck_file_module){.path = cck_arena_strdup(&space->arena, path),
                                .start = map->start,
                                .end = map->start + map->size,
                                .bias = map->start - map->offset};
    if (!module->path)
        return false;
    cck_elf_describe(module, map->start, map->offset);
    *out_module = *out_new = (uint32_t)space->module_count++;
    return true;
}

bool cck_space_map(cck_space *space, const cck_trace_map *map, const char *path, uint32_t *out_new)
{
    *out_new = CCK_NONE;
    if (!map->size || map->start + map->size < map->start)
        return true;
    uint32_t module = CCK_NONE;
    if (!cck_space_unmap(space, map->start, map->size) ||
        (*path && !module_of(space, map, path, &module, out_new)))
        return false;
    return insert(space, first_behind(space, map->start),
                  (cck_mapping){.start = map->start,
                                .end = map->start + map->size,
                                .offset = map->offset,
                                .protection = map->protection,
                                .flags = map->flags,
                                .module = module});
}

const cck_mapping *cck_space_find(const cck_space *space, uint64_t address)
{
    size_t at = first_behind(space, address);
    return at < space->count && space->list[at].start <= address ? &space->list[at] : NULL;
}

uint32_t cck_space_module(const cck_space *space, uint64_t address)
{
    for (size_t i = space->module_count; i-- > 0;)
        if (address >= space->modules[i].start && address < space->modules[i].end)
            return (uint32_t)i;
    return CCK_NONE;
}

/*
 * Variant II of Drepper's "ELF Handling For Thread-Local Storage": the modules' segments
 * lie below the thread pointer, the program's nearest, then the others in the order in
 * which they were loaded.
 */
bool cck_space_tls(const cck_space *space, uint64_t distance, uint32_t *out_module,
                   uint64_t *out_begin)
{
    uint64_t below = 0;
    for (size_t i = 0; i < space->module_count; i++) {
        const cck_file_module *module = &space->modules[i];
        if (!module->tls_size)
            continue;
        uint64_t align = module->tls_align ? module->tls_align : 1;
        uint64_t next = (below + module->tls_size + align - 1) / align * align;
        if (next < below)
            return false;
        if (distance <= next && distance > below) {
            *out_module = (uint32_t)i;
            *out_begin = next;
            return true;
        }
        below = next;
    }
    return false;
}

void cck_space_clear(cck_space *space)
{
    free(space->list);
    free(space->modules);
    cck_arena_clear(&space->arena);
    *space = (cck_space){0};
}
