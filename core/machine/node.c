/* SPDX-License-Identifier: MIT */
/* Nodes, cores, and which of them a CPU belongs to. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

static int check_cpu_numbers(const cck_machine *machine, unsigned *out_limit, cck_error *err)
{
    unsigned limit = 0;
    hwloc_obj_t pu = NULL;
    while ((pu = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_PU, pu))) {
        if (pu->os_index >= CCK_MACHINE_CPU_LIMIT)
            return cck_fail(err, CCK_EFORMAT, "CPU number %u cannot be: the topology is damaged",
                            pu->os_index);
        if (pu->os_index >= limit)
            limit = pu->os_index + 1;
    }
    if (limit == 0)
        return cck_fail(err, CCK_EFORMAT, "the topology has no CPUs");
    if (hwloc_bitmap_weight(hwloc_topology_get_topology_cpuset(machine->topology)) !=
        hwloc_get_nbobjs_by_type(machine->topology, HWLOC_OBJ_PU))
        return cck_fail(err, CCK_EFORMAT, "two CPUs have one number: the topology is damaged");
    *out_limit = limit;
    return 0;
}

/* Without Core objects (some guests and synthetic strings) each PU is its own core. */
static void number_cores(cck_machine *machine)
{
    hwloc_obj_t pu = NULL;
    bool cores = hwloc_get_nbobjs_by_type(machine->topology, HWLOC_OBJ_CORE) > 0;
    unsigned highest = 0;
    while ((pu = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_PU, pu))) {
        hwloc_obj_t core = pu;
        if (cores)
            core = hwloc_get_ancestor_obj_by_type(machine->topology, HWLOC_OBJ_CORE, pu);
        if (!core)
            continue;
        machine->core_of_cpu[pu->os_index] = (int32_t)core->logical_index;
        if (core->logical_index >= highest)
            highest = core->logical_index + 1;
    }
    machine->info.cores = highest;
}

/* The order in which nodes claim CPUs: the most local first, then by number. */
static int by_locality(const void *left, const void *right)
{
    hwloc_obj_t a = *(const hwloc_obj_t *)left, b = *(const hwloc_obj_t *)right;
    int a_cpus = hwloc_bitmap_weight(a->cpuset), b_cpus = hwloc_bitmap_weight(b->cpuset);
    if (a_cpus != b_cpus)
        return a_cpus < b_cpus ? -1 : 1;
    return (a->os_index > b->os_index) - (a->os_index < b->os_index);
}

static int by_index(const void *left, const void *right)
{
    const cck_node *a = left, *b = right;
    return (a->index > b->index) - (a->index < b->index);
}

/* Linux's own list of a node's CPUs, "0-3,8"; false when it cannot be read. */
static bool kernel_says_cpuless(cck_machine *machine, const cck_root *root, unsigned node)
{
    char path[64], text[4096];
    if (!root)
        return false;
    snprintf(path, sizeof path, "sys/devices/system/node/node%u/cpulist", node);
    return cck_machine_read_line(machine, root, path, text, sizeof text) == 0;
}

/* hwloc gives CPU-less nodes the CPUs that are nearest to them (HMAT initiators, or
 * distances; topology-linux.c). Those CPUs then seem to have two nodes. Linux knows
 * better; without it the lowest number wins, since
 * firmware lists DRAM first. */
static void claim_cpus(cck_machine *machine, const cck_root *root, cck_node *node,
                       hwloc_obj_t object, hwloc_bitmap_t mine)
{
    hwloc_bitmap_zero(mine);
    if (!object->cpuset || kernel_says_cpuless(machine, root, node->index))
        return;
    hwloc_obj_t pu = NULL;
    while ((pu = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_PU, pu))) {
        if (!hwloc_bitmap_isset(object->cpuset, pu->os_index) ||
            machine->node_of_cpu[pu->os_index] >= 0)
            continue;
        machine->node_of_cpu[pu->os_index] = (int32_t)node->index;
        hwloc_bitmap_set(mine, pu->os_index);
        node->pus++;
    }
}

static bool read_node(cck_machine *machine, const cck_root *root, cck_node *node,
                      hwloc_obj_t object, hwloc_bitmap_t mine)
{
    hwloc_const_nodeset_t allowed = hwloc_topology_get_allowed_nodeset(machine->topology);
    node->index = object->os_index;
    node->memory = object->attr->numanode.local_memory;
    node->allowed = hwloc_bitmap_isset(allowed, object->os_index) == 1;
    claim_cpus(machine, root, node, object, mine);
    char *list = NULL;
    if (hwloc_bitmap_list_asprintf(&list, mine) < 0)
        return false;
    node->cpus = cck_arena_strdup(&machine->arena, list);
    free(list);
    node->kind = cck_arena_strdup(&machine->arena, object->subtype ? object->subtype : "");
    return node->cpus && node->kind;
}

static bool read_nodes(cck_machine *machine, const cck_root *root)
{
    int count = hwloc_get_nbobjs_by_type(machine->topology, HWLOC_OBJ_NUMANODE);
    if (count <= 0)
        return true;
    hwloc_obj_t *objects = cck_arena_array(&machine->arena, (size_t)count, sizeof(*objects));
    machine->nodes = cck_arena_array(&machine->arena, (size_t)count, sizeof *machine->nodes);
    hwloc_bitmap_t mine = hwloc_bitmap_alloc();
    bool ok = objects && machine->nodes && mine;
    for (int i = 0; ok && i < count; i++)
        objects[i] = hwloc_get_obj_by_type(machine->topology, HWLOC_OBJ_NUMANODE, (unsigned)i);
    if (ok)
        qsort(objects, (size_t)count, sizeof(*objects), by_locality);
    for (int i = 0; ok && i < count; i++)
        ok = read_node(machine, root, &machine->nodes[i], objects[i], mine);
    if (ok)
        qsort(machine->nodes, (size_t)count, sizeof *machine->nodes, by_index);
    hwloc_bitmap_free(mine);
    machine->node_count = (size_t)count;
    return ok;
}

/* The cpuset of the container or cgroup, and this thread's affinity within it: what a
 * launched target inherits. Of another machine hwloc only knows the former. */
hwloc_bitmap_t cck_machine_usable(const cck_machine *machine)
{
    hwloc_bitmap_t usable = hwloc_bitmap_alloc();
    if (!usable)
        return NULL;
    if (!machine->info.is_thissystem ||
        hwloc_get_cpubind(machine->topology, usable, HWLOC_CPUBIND_THREAD) < 0)
        hwloc_bitmap_fill(usable);
    hwloc_bitmap_and(usable, usable, hwloc_topology_get_allowed_cpuset(machine->topology));
    return usable;
}

static unsigned count_allowed(const cck_machine *machine)
{
    hwloc_bitmap_t usable = cck_machine_usable(machine);
    unsigned count = 0;
    hwloc_obj_t pu = NULL;
    while (usable && (pu = hwloc_get_next_obj_by_type(machine->topology, HWLOC_OBJ_PU, pu)))
        count += hwloc_bitmap_isset(usable, pu->os_index) == 1;
    hwloc_bitmap_free(usable);
    return count;
}

/* Offline: the platform has them (complete), the system does not use them (topology). */
static bool read_offline(cck_machine *machine)
{
    hwloc_bitmap_t offline = hwloc_bitmap_alloc();
    char *list = NULL;
    if (offline)
        hwloc_bitmap_andnot(offline, hwloc_topology_get_complete_cpuset(machine->topology),
                            hwloc_topology_get_topology_cpuset(machine->topology));
    int count = offline ? hwloc_bitmap_weight(offline) : 0;
    if (count > 0 && hwloc_bitmap_list_asprintf(&list, offline) < 0)
        list = NULL;
    machine->offline_pus = count > 0 ? (unsigned)count : 0;
    machine->offline = cck_arena_strdup(&machine->arena, list ? list : "");
    free(list);
    hwloc_bitmap_free(offline);
    return machine->offline != NULL;
}

static unsigned count_objects(const cck_machine *machine, hwloc_obj_type_t type)
{
    int count = hwloc_get_nbobjs_by_type(machine->topology, type);
    return count > 0 ? (unsigned)count : 0;
}

int cck_machine_read_cpus(cck_machine *machine, const cck_root *root, cck_error *err)
{
    unsigned limit = 0;
    int rc = check_cpu_numbers(machine, &limit, err);
    if (rc < 0)
        return rc;
    machine->node_of_cpu = cck_arena_array(&machine->arena, limit, sizeof *machine->node_of_cpu);
    machine->core_of_cpu = cck_arena_array(&machine->arena, limit, sizeof *machine->core_of_cpu);
    if (!machine->node_of_cpu || !machine->core_of_cpu)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    memset(machine->node_of_cpu, -1, limit * sizeof *machine->node_of_cpu);
    memset(machine->core_of_cpu, -1, limit * sizeof *machine->core_of_cpu);
    machine->cpu_limit = limit;
    number_cores(machine);
    if (!read_nodes(machine, root))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    machine->info.packages = count_objects(machine, HWLOC_OBJ_PACKAGE);
    machine->info.pus = count_objects(machine, HWLOC_OBJ_PU);
    machine->info.nodes = (unsigned)machine->node_count;
    machine->info.allowed_pus = count_allowed(machine);
    machine->info.memory = hwloc_get_root_obj(machine->topology)->total_memory;
    return read_offline(machine) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
