/* SPDX-License-Identifier: MIT */
/* The topology as a list of parts, and the distances between nodes: copied, so that hwloc can go. */
#include <stdio.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

#include <hwloc/distances.h>

/* What hwloc builds is bounded by its input's size, which is bounded too (source.c). */
typedef struct gardener {
    cck_machine *machine;
    hwloc_bitmap_t usable;
    size_t count; /* written so far; without parts: counted so far */
} gardener;

static const struct kind_of_type {
    hwloc_obj_type_t type;
    cck_part_kind kind;
    const char *name; /* as one reads it in a drawing */
} kinds[] = {
    {HWLOC_OBJ_MACHINE, CCK_PART_MACHINE, "Machine"},
    {HWLOC_OBJ_PACKAGE, CCK_PART_PACKAGE, "Package"},
    {HWLOC_OBJ_DIE, CCK_PART_DIE, "Die"},
    {HWLOC_OBJ_GROUP, CCK_PART_GROUP, "Group"},
    {HWLOC_OBJ_NUMANODE, CCK_PART_NODE, "Node"},
    {HWLOC_OBJ_MEMCACHE, CCK_PART_MEMORY_CACHE, "Memory cache"},
    {HWLOC_OBJ_L1CACHE, CCK_PART_CACHE, "L1d"},
    {HWLOC_OBJ_L2CACHE, CCK_PART_CACHE, "L2"},
    {HWLOC_OBJ_L3CACHE, CCK_PART_CACHE, "L3"},
    {HWLOC_OBJ_L4CACHE, CCK_PART_CACHE, "L4"},
    {HWLOC_OBJ_L5CACHE, CCK_PART_CACHE, "L5"},
    {HWLOC_OBJ_L1ICACHE, CCK_PART_CACHE, "L1i"},
    {HWLOC_OBJ_L2ICACHE, CCK_PART_CACHE, "L2i"},
    {HWLOC_OBJ_L3ICACHE, CCK_PART_CACHE, "L3i"},
    {HWLOC_OBJ_CORE, CCK_PART_CORE, "Core"},
    {HWLOC_OBJ_PU, CCK_PART_CPU, "CPU"},
};

static const struct kind_of_type *kind_of(hwloc_obj_type_t type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].type == type)
            return &kinds[i];
    return NULL;
}

static uint64_t size_of(hwloc_obj_t object)
{
    if (object->type == HWLOC_OBJ_NUMANODE)
        return object->attr->numanode.local_memory;
    if (object->type == HWLOC_OBJ_MEMCACHE || hwloc_obj_type_is_cache(object->type))
        return object->attr->cache.size;
    return object->type == HWLOC_OBJ_MACHINE ? object->total_memory : 0;
}

static const cck_node *node_of(const cck_machine *machine, hwloc_obj_t object)
{
    for (size_t i = 0; object->type == HWLOC_OBJ_NUMANODE && i < machine->node_count; i++)
        if (machine->nodes[i].index == object->os_index)
            return &machine->nodes[i];
    return NULL;
}

/* What a first touch and hwloc disagree about is decided already: see claim_cpus() in node.c. */
static bool fill(gardener *g, cck_part *part, hwloc_obj_t object, const struct kind_of_type *kind)
{
    const cck_node *node = node_of(g->machine, object);
    int cpus = object->cpuset ? hwloc_bitmap_weight(object->cpuset) : 0;
    bool unified = object->type == HWLOC_OBJ_L1CACHE &&
                   object->attr->cache.type == HWLOC_OBJ_CACHE_UNIFIED;
    *part = (cck_part){
        .kind = kind->kind,
        .name = unified ? "L1" : kind->name,
        .detail = cck_arena_strdup(&g->machine->arena, object->subtype ? object->subtype : ""),
        .logical = object->logical_index,
        .os = object->os_index == HWLOC_UNKNOWN_INDEX ? -1 : (int64_t)object->os_index,
        .size = size_of(object),
        .cpus = node ? node->pus : cpus > 0 ? (unsigned)cpus : 0,
        .allowed = node ? node->allowed
                        : !object->cpuset || hwloc_bitmap_intersects(object->cpuset, g->usable),
    };
    return part->detail != NULL;
}

/* Counts when there is no room yet. Deep as the types of objects, of which hwloc has few. */
static bool walk(gardener *g, hwloc_obj_t object, size_t parent)
{
    const struct kind_of_type *kind = kind_of(object->type);
    size_t mine = kind ? g->count++ : parent;
    if (kind && g->machine->parts) {
        if (!fill(g, &g->machine->parts[mine], object, kind))
            return false;
        g->machine->parts[mine].parent = parent;
    }
    for (hwloc_obj_t child = object->memory_first_child; child; child = child->next_sibling)
        if (!walk(g, child, mine))
            return false;
    for (hwloc_obj_t child = object->first_child; child; child = child->next_sibling)
        if (!walk(g, child, mine))
            return false;
    if (kind && g->machine->parts)
        g->machine->parts[mine].end = g->count;
    return true;
}

static size_t place_of(const cck_machine *machine, hwloc_obj_t object)
{
    size_t i = 0;
    while (object && i < machine->node_count && machine->nodes[i].index != object->os_index)
        i++;
    return object ? i : machine->node_count;
}

/* values[i * nbobjs + j] is from i to j (hwloc/distances.h). */
static void copy_distances(cck_machine *machine, const struct hwloc_distances_s *from)
{
    for (unsigned i = 0; i < from->nbobjs; i++)
        for (unsigned j = 0; j < from->nbobjs; j++) {
            size_t row = place_of(machine, from->objs[i]), column = place_of(machine, from->objs[j]);
            hwloc_uint64_t value = from->values[i * from->nbobjs + j];
            if (row < machine->node_count && column < machine->node_count && value < 65536)
                machine->distances[row * machine->node_count + column] = (unsigned)value;
        }
}

static bool read_distances(cck_machine *machine)
{
    struct hwloc_distances_s *found = NULL;
    unsigned count = 1;
    if (machine->node_count < 2 ||
        hwloc_distances_get_by_name(machine->topology, "NUMALatency", &count, &found, 0) < 0 ||
        count < 1 || !found)
        return true;
    machine->distances = cck_arena_array(
        &machine->arena, machine->node_count * machine->node_count, sizeof *machine->distances);
    if (machine->distances)
        copy_distances(machine, found);
    hwloc_distances_release(machine->topology, found);
    return machine->distances != NULL;
}

int cck_machine_read_tree(cck_machine *machine, cck_error *err)
{
    hwloc_obj_t root = hwloc_get_root_obj(machine->topology);
    gardener g = {.machine = machine, .usable = cck_machine_usable(machine)};
    bool ok = g.usable && walk(&g, root, 0);
    if (ok)
        machine->parts = cck_arena_array(&machine->arena, g.count, sizeof *machine->parts);
    machine->part_count = g.count;
    g.count = 0;
    ok = ok && machine->parts && walk(&g, root, 0) && read_distances(machine);
    hwloc_bitmap_free(g.usable);
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
