/* SPDX-License-Identifier: MIT */
#include "core/machine/machine.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

pthread_mutex_t cck_machine_hwloc = PTHREAD_MUTEX_INITIALIZER;

static int check_options(const cck_machine_options *options, cck_error *err)
{
    if (options->size < sizeof *options)
        return cck_fail(err, CCK_EINVALID, "machine options of size %zu are too small",
                        options->size);
    if (!options->xml || !options->synthetic)
        return 0;
    cck_fail(err, CCK_EINVALID, "a machine comes from XML or from a synthetic string, not both");
    cck_hint(err, "leave one of them out");
    return CCK_EINVALID;
}

/* A model of some other machine must not be mixed with this one's /proc, unless
 * the caller says that the tree belongs to it. */
static int open_root(const cck_machine *machine, const cck_machine_source *source, cck_root *root,
                     cck_error *err)
{
    if (source->root)
        return cck_root_open(root, source->root, err);
    if (machine->info.is_thissystem)
        return cck_root_open(root, "/", err);
    return 0;
}

static int read_machine(cck_machine *machine, const cck_machine_source *source, cck_error *err)
{
    int rc = cck_machine_load_topology(machine, source, err);
    if (rc < 0)
        return rc;
    cck_root opened = {.fd = -1};
    rc = open_root(machine, source, &opened, err);
    const cck_root *root = opened.fd >= 0 ? &opened : NULL;
    if (rc == 0)
        rc = cck_machine_read_cpus(machine, root, err);
    if (rc == 0)
        rc = cck_machine_read_caches(machine, root, err);
    if (rc == 0)
        rc = cck_machine_read_tree(machine, err);
    if (rc == 0)
        rc = cck_machine_read_limits(machine, root, err);
    if (rc == 0)
        rc = cck_machine_read_names(machine, root, err);
    if (rc == 0 && root && !source->xml && !source->synthetic)
        cck_machine_note_missing(machine, root);
    if (rc == 0 && machine->out_of_memory)
        rc = cck_fail(err, CCK_ENOMEM, "out of memory");
    cck_root_close(&opened);
    /* Everything is copied. A topology that stays would keep hwloc's set of plugins as
     * it is for the whole program, which may use hwloc itself (see machine_load.c). */
    hwloc_topology_destroy(machine->topology);
    machine->topology = NULL;
    return rc;
}

static int build(cck_machine **out_machine, const cck_machine_source *source, cck_error *err)
{
    cck_machine *machine = calloc(1, sizeof *machine);
    if (!machine)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int rc = read_machine(machine, source, err);
    if (rc < 0)
        cck_machine_free(machine);
    else
        *out_machine = machine;
    return rc;
}

static int build_and_drop(const cck_machine_source *source, cck_error *err)
{
    cck_machine *machine = NULL;
    return build(&machine, source, err);
}

int cck_machine_open(cck_machine **out_machine, const cck_machine_options *options, cck_error *err)
{
    const cck_machine_options live = {.size = sizeof live};
    cck_machine_source source = {0};
    if (!options)
        options = &live;
    int rc = check_options(options, err);
    if (rc == 0)
        rc = cck_machine_source_open(&source, options, err);
    pthread_mutex_lock(&cck_machine_hwloc);
    if (rc == 0 && (source.xml || source.synthetic || source.fsroot))
        rc = cck_machine_try(build_and_drop, &source, err);
    if (rc == 0)
        rc = build(out_machine, &source, err);
    pthread_mutex_unlock(&cck_machine_hwloc);
    cck_machine_source_close(&source);
    return rc;
}

void cck_machine_free(cck_machine *machine)
{
    if (!machine)
        return;
    if (machine->topology)
        hwloc_topology_destroy(machine->topology);
    cck_arena_clear(&machine->arena);
    free(machine);
}

const cck_machine_info *cck_machine_get_info(const cck_machine *machine)
{
    return &machine->info;
}

const cck_node *cck_machine_get_nodes(const cck_machine *machine, size_t *out_count)
{
    *out_count = machine->node_count;
    return machine->nodes;
}

const cck_part *cck_machine_get_parts(const cck_machine *machine, size_t *out_count)
{
    *out_count = machine->part_count;
    return machine->parts;
}

const cck_limits *cck_machine_get_limits(const cck_machine *machine)
{
    return &machine->limits;
}

static size_t place_of_node(const cck_machine *machine, unsigned index)
{
    size_t i = 0;
    while (i < machine->node_count && machine->nodes[i].index != index)
        i++;
    return i;
}

unsigned cck_machine_distance(const cck_machine *machine, unsigned from, unsigned to)
{
    size_t row = place_of_node(machine, from), column = place_of_node(machine, to);
    if (!machine->distances || row >= machine->node_count || column >= machine->node_count)
        return 0;
    return machine->distances[row * machine->node_count + column];
}

int cck_machine_node_of_cpu(const cck_machine *machine, unsigned cpu)
{
    return cpu < machine->cpu_limit ? machine->node_of_cpu[cpu] : -1;
}

int cck_machine_core_of_cpu(const cck_machine *machine, unsigned cpu)
{
    return cpu < machine->cpu_limit ? machine->core_of_cpu[cpu] : -1;
}

const cck_cache *cck_machine_data_cache(const cck_machine *machine, unsigned level)
{
    const cck_cache *found = NULL;
    for (size_t i = 0; i < machine->info.cache_count; i++) {
        const cck_cache *cache = &machine->info.caches[i];
        if (cache->kind == CCK_CACHE_INSTRUCTION)
            continue;
        if (level && cache->level == level)
            return cache;
        if (!level && (!found || cache->level > found->level))
            found = cache;
    }
    return found;
}

const cck_cache *cck_machine_instruction_cache(const cck_machine *machine)
{
    for (size_t i = 0; i < machine->info.cache_count; i++) {
        const cck_cache *cache = &machine->info.caches[i];
        if (cache->kind == CCK_CACHE_INSTRUCTION && cache->level == 1)
            return cache;
    }
    return NULL;
}
