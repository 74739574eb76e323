/* SPDX-License-Identifier: MIT */
/* The caches, each kind once: hwloc's view, completed from sysfs. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

/* index0 to index4 today (drivers/base/cacheinfo.c). */
enum { INDEX_LIMIT = 16 };

/* From the type, not from the cache's own attributes, which an XML file may contradict. */
static unsigned level_of(hwloc_obj_type_t type)
{
    return 1u + (type >= HWLOC_OBJ_L1ICACHE ? type - HWLOC_OBJ_L1ICACHE : type - HWLOC_OBJ_L1CACHE);
}

static cck_cache_kind kind_of(hwloc_obj_t object)
{
    if (object->type >= HWLOC_OBJ_L1ICACHE)
        return CCK_CACHE_INSTRUCTION;
    return object->attr->cache.type == HWLOC_OBJ_CACHE_DATA ? CCK_CACHE_DATA : CCK_CACHE_UNIFIED;
}

/* hwloc: -1 fully associative, 0 unknown. */
static unsigned ways_of(int associativity)
{
    return associativity < 0 ? UINT_MAX : (unsigned)associativity;
}

/* "32K", "1024K", "32M" (drivers/base/cacheinfo.c prints K; recorded trees vary). */
static uint64_t parse_size(const char *text)
{
    char *end;
    unsigned long long size = strtoull(text, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 0;
    return size > ULLONG_MAX >> shift ? 0 : size << shift;
}

static unsigned sysfs_number(const cck_root *root, const char *folder, const char *name)
{
    char path[128];
    int64_t number = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (cck_root_read_number(root, path, &number) < 0 || number < 0 || number > INT_MAX)
        return 0;
    return (unsigned)number;
}

static bool sysfs_kind_is(const cck_root *root, const char *folder, cck_cache_kind kind)
{
    static const char *const names[] = {
        [CCK_CACHE_UNIFIED] = "Unified",
        [CCK_CACHE_DATA] = "Data",
        [CCK_CACHE_INSTRUCTION] = "Instruction",
    };
    char path[128], text[32];
    snprintf(path, sizeof path, "%s/type", folder);
    return cck_root_read_line(root, path, text, sizeof text) > 0 && !strcmp(text, names[kind]);
}

/* What sysfs leaves out can follow from the rest: size = ways * sets * line. */
static void derive_ways(cck_cache *cache, unsigned sets)
{
    if (!cache->ways && sets && cache->line && cache->size % ((uint64_t)sets * cache->line) == 0)
        cache->ways = (unsigned)(cache->size / ((uint64_t)sets * cache->line));
    if (sets == 1 && cache->line && cache->ways == cache->size / cache->line)
        cache->ways = UINT_MAX;
}

static void complete_from(const cck_root *root, const char *folder, cck_cache *cache)
{
    char path[128], text[32];
    snprintf(path, sizeof path, "%s/size", folder);
    if (!cache->size && cck_root_read_line(root, path, text, sizeof text) > 0)
        cache->size = parse_size(text);
    if (!cache->line)
        cache->line = sysfs_number(root, folder, "coherency_line_size");
    if (!cache->ways)
        cache->ways = sysfs_number(root, folder, "ways_of_associativity");
    derive_ways(cache, sysfs_number(root, folder, "number_of_sets"));
}

static void complete(const cck_root *root, hwloc_obj_t object, cck_cache *cache)
{
    int cpu = object->cpuset ? hwloc_bitmap_first(object->cpuset) : -1;
    if (!root || cpu < 0 || (cache->size && cache->line && cache->ways))
        return;
    for (unsigned index = 0; index < INDEX_LIMIT; index++) {
        char folder[96];
        snprintf(folder, sizeof folder, "sys/devices/system/cpu/cpu%d/cache/index%u", cpu, index);
        unsigned level = sysfs_number(root, folder, "level");
        if (!level)
            return;
        if (level == cache->level && sysfs_kind_is(root, folder, cache->kind))
            complete_from(root, folder, cache);
    }
}

/* A kind of cache, and the size of the L1 data cache of the cores that it serves. */
typedef struct kind {
    cck_cache cache;
    uint64_t core_size;
} kind;

static bool same_kind(const cck_cache *a, const cck_cache *b)
{
    return a->level == b->level && a->kind == b->kind && a->size == b->size && a->ways == b->ways &&
           a->line == b->line;
}

/* False: more kinds than any machine has. */
static bool add_cache(kind *kinds, size_t *count, const kind *new)
{
    for (size_t i = 0; i < *count; i++) {
        if (!same_kind(&kinds[i].cache, &new->cache))
            continue;
        kinds[i].cache.count++;
        if (new->cache.pus > kinds[i].cache.pus)
            kinds[i].cache.pus = new->cache.pus;
        if (new->core_size > kinds[i].core_size)
            kinds[i].core_size = new->core_size;
        return true;
    }
    if (*count == CCK_MACHINE_CACHE_KINDS)
        return false;
    kinds[*count] = *new;
    kinds[(*count)++].cache.count = 1;
    return true;
}

static int falling(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

/* Nearest level first, data before instruction. Where cores differ, those of the big
 * cores come first on every level, so that the first of each belong together: on a
 * hybrid CPU the largest L2 is that of a cluster of small cores. */
static int by_nearness(const void *left, const void *right)
{
    const kind *a = left, *b = right;
    int order = falling(b->cache.level, a->cache.level);
    if (!order)
        order = (a->cache.kind == CCK_CACHE_INSTRUCTION) - (b->cache.kind == CCK_CACHE_INSTRUCTION);
    if (!order)
        order = falling(a->core_size, b->core_size);
    if (!order)
        order = falling(a->cache.size, b->cache.size);
    if (!order)
        order = falling(a->cache.ways, b->cache.ways);
    return order ? order : falling(a->cache.line, b->cache.line);
}

/* The size of the L1 data cache of the first CPU behind a cache. */
static uint64_t core_size_of(const cck_machine *machine, hwloc_obj_t object)
{
    int cpu = object->cpuset ? hwloc_bitmap_first(object->cpuset) : -1;
    hwloc_obj_t pu =
        cpu < 0 ? NULL : hwloc_get_pu_obj_by_os_index(machine->topology, (unsigned)cpu);
    hwloc_obj_t l1 =
        pu ? hwloc_get_ancestor_obj_by_type(machine->topology, HWLOC_OBJ_L1CACHE, pu) : NULL;
    return l1 ? l1->attr->cache.size : 0;
}

static bool collect(const cck_machine *machine, const cck_root *root, hwloc_obj_type_t type,
                    kind *kinds, size_t *count)
{
    hwloc_obj_t object = NULL;
    while ((object = hwloc_get_next_obj_by_type(machine->topology, type, object))) {
        int pus = object->cpuset ? hwloc_bitmap_weight(object->cpuset) : 0;
        kind new = {.core_size = core_size_of(machine, object)};
        new.cache = (cck_cache){
            .level = level_of(type),
            .kind = kind_of(object),
            .size = object->attr->cache.size,
            .ways = ways_of(object->attr->cache.associativity),
            .line = object->attr->cache.linesize,
            .pus = pus > 0 ? (unsigned)pus : 0,
        };
        complete(root, object, &new.cache);
        object->attr->cache.size = new.cache.size; /* for the drawing, too */
        if (!add_cache(kinds, count, &new))
            return false;
    }
    return true;
}

int cck_machine_read_caches(cck_machine *machine, const cck_root *root, cck_error *err)
{
    kind kinds[CCK_MACHINE_CACHE_KINDS] = {0};
    size_t count = 0;
    for (int type = HWLOC_OBJ_L1CACHE; type <= HWLOC_OBJ_L3ICACHE; type++)
        if (!collect(machine, root, (hwloc_obj_type_t)type, kinds, &count))
            return cck_fail(err, CCK_EFORMAT,
                            "more than %d kinds of caches: the topology is damaged",
                            CCK_MACHINE_CACHE_KINDS);
    qsort(kinds, count, sizeof *kinds, by_nearness);
    cck_cache *caches = cck_arena_array(&machine->arena, count, sizeof *caches);
    if (!caches)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        caches[i] = kinds[i].cache;
    machine->info.caches = caches;
    machine->info.cache_count = count;
    const cck_cache *l1 = cck_machine_data_cache(machine, 1);
    machine->info.line_size = l1 && l1->line ? l1->line : 64;
    return 0;
}
