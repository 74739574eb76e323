/* SPDX-License-Identifier: MIT */
/*
 * What hwloc left out. It takes each file of /sys and /proc that it cannot open or read (no
 * descriptors left, an I/O error) for one that is not there, and says nothing: so the kernel's own
 * lists are held against what it found. Where those cannot be read either, that is a note.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/machine/machine.h"
#include "core/perf/cpus.h"

#define CPU_LISTS  "sys/devices/system/cpu"
#define NODE_LISTS "sys/devices/system/node"

enum {
    CACHE_INDEXES = 16, /* as in cache.c */
    LEVELS = 5,
    NUMBERS_MOST = 1 << 16,
};

typedef struct search {
    cck_machine *machine;
    const cck_root *root;
    hwloc_bitmap_t online;  /* CPUs that the kernel lists and hwloc has, too */
    hwloc_bitmap_t lacking; /* of the kind that is looked for */
} search;

/* Of "0-3,8", set the bits; false: there is no such list, or it makes no sense. */
static bool set_list(const char *list, hwloc_bitmap_t set)
{
    long count = cck_cpus_parse(list, NULL, 0);
    uint32_t *numbers =
        count > 0 && count <= NUMBERS_MOST ? calloc((size_t)count, sizeof *numbers) : NULL;
    hwloc_bitmap_zero(set);
    if (numbers && cck_cpus_parse(list, numbers, (size_t)count) == count)
        for (long i = 0; i < count; i++)
            hwloc_bitmap_set(set, numbers[i]);
    free(numbers);
    return numbers != NULL;
}

static bool read_list(const search *s, const char *path, hwloc_bitmap_t set)
{
    char text[4096];
    return cck_machine_read_line(s->machine, s->root, path, text, sizeof text) > 0 &&
           set_list(text, set);
}

/* "WHAT of CPUs 0-3", if any are lacking. */
static void note_lacking(const search *s, const char *what, const char *of)
{
    char *list = NULL;
    if (hwloc_bitmap_iszero(s->lacking))
        return;
    if (hwloc_bitmap_list_asprintf(&list, s->lacking) < 0)
        s->machine->out_of_memory = true;
    else
        cck_machine_note(s->machine, "%s%s %s could not be read, though the system shows them",
                         what, of, list);
    free(list);
    hwloc_bitmap_zero(s->lacking);
}

/* ---- CPUs ---- */

static void find_cpus(search *s)
{
    hwloc_const_cpuset_t have = hwloc_topology_get_topology_cpuset(s->machine->topology);
    if (!read_list(s, CPU_LISTS "/online", s->online)) {
        hwloc_bitmap_copy(s->online, have);
        return;
    }
    hwloc_bitmap_andnot(s->lacking, s->online, have);
    hwloc_bitmap_and(s->online, s->online, have);
    note_lacking(s, "CPUs", "");
}

static hwloc_obj_t around(const search *s, int cpu, hwloc_obj_type_t type)
{
    hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(s->machine->topology, (unsigned)cpu);
    return pu ? hwloc_get_ancestor_obj_by_type(s->machine->topology, type, pu) : NULL;
}

/* Of which CPUs the kernel gives the number in that file (-1: it has none), and hwloc does not. */
static void find_groups(search *s, hwloc_obj_type_t type, const char *file, const char *what)
{
    int cpu;
    hwloc_bitmap_foreach_begin(cpu, s->online)
    {
        char path[128], text[64];
        snprintf(path, sizeof path, CPU_LISTS "/cpu%d/topology/%s", cpu, file);
        hwloc_obj_t found = around(s, cpu, type);
        if ((!found || found->os_index == HWLOC_UNKNOWN_INDEX) &&
            cck_machine_read_line(s->machine, s->root, path, text, sizeof text) > 0 &&
            atoi(text) >= 0)
            hwloc_bitmap_set(s->lacking, (unsigned)cpu);
    }
    hwloc_bitmap_foreach_end();
    note_lacking(s, what, " of CPUs");
}

/* ---- caches ---- */

/* The level of what lies in that folder, if hwloc lacks it there; 0: it has it, or nobody knows. */
static unsigned lacking_level(const search *s, int cpu, unsigned index, bool *out_end)
{
    char path[128], level[16], type[32];
    snprintf(path, sizeof path, CPU_LISTS "/cpu%d/cache/index%u/level", cpu, index);
    *out_end =
        cck_machine_read_line(s->machine, s->root, path, level, sizeof level) == CCK_ENOTFOUND;
    unsigned long number = *out_end ? 0 : strtoul(level, NULL, 10);
    if (!number || number > LEVELS)
        return 0;
    snprintf(path, sizeof path, CPU_LISTS "/cpu%d/cache/index%u/type", cpu, index);
    if (cck_machine_read_line(s->machine, s->root, path, type, sizeof type) <= 0)
        return 0;
    bool instruction = strcmp(type, "Instruction") == 0, data = strcmp(type, "Data") == 0;
    hwloc_obj_type_t first = instruction ? HWLOC_OBJ_L1ICACHE : HWLOC_OBJ_L1CACHE;
    if (instruction && number > 3) /* which hwloc has no word for */
        return 0;
    hwloc_obj_t found = around(s, cpu, (hwloc_obj_type_t)((unsigned long)first + number - 1));
    bool same = found && data == (found->attr->cache.type == HWLOC_OBJ_CACHE_DATA);
    return same ? 0 : (unsigned)number;
}

static void find_caches(search *s)
{
    bool lacks[LEVELS + 1] = {false};
    int cpu;
    hwloc_bitmap_foreach_begin(cpu, s->online)
    {
        bool end = false;
        for (unsigned index = 0; !end && index < CACHE_INDEXES; index++)
            lacks[lacking_level(s, cpu, index, &end)] = true;
    }
    hwloc_bitmap_foreach_end();
    for (unsigned level = 1; level <= LEVELS; level++)
        if (lacks[level])
            cck_machine_note(s->machine,
                             "caches of level %u could not be read, though the system shows them",
                             level);
}

/* ---- memory ---- */

/* The kB behind "MemTotal:" of a meminfo; 0: unknown. */
static unsigned long long memory_in(const search *s, const char *path)
{
    char text[8192];
    if (cck_machine_read_line(s->machine, s->root, path, text, sizeof text) <= 0)
        return 0;
    const char *total = strstr(text, "MemTotal:");
    return total ? strtoull(total + strlen("MemTotal:"), NULL, 10) : 0;
}

static void find_memory(search *s)
{
    for (size_t i = 0; i < s->machine->node_count; i++) {
        const cck_node *node = &s->machine->nodes[i];
        char path[96];
        snprintf(path, sizeof path, NODE_LISTS "/node%u/meminfo", node->index);
        if (!node->memory && memory_in(s, path))
            hwloc_bitmap_set(s->lacking, node->index);
    }
    note_lacking(s, "memory", " of nodes");
    if (!s->machine->info.memory && memory_in(s, "proc/meminfo"))
        cck_machine_note(s->machine, "the size of memory could not be read");
}

static void find_nodes(search *s)
{
    hwloc_bitmap_t listed = hwloc_bitmap_alloc();
    if (!listed) {
        s->machine->out_of_memory = true;
        return;
    }
    if (read_list(s, NODE_LISTS "/online", listed)) {
        hwloc_bitmap_copy(s->lacking, listed);
        for (size_t i = 0; i < s->machine->node_count; i++)
            hwloc_bitmap_clr(s->lacking, s->machine->nodes[i].index);
        note_lacking(s, "NUMA nodes", "");
    }
    hwloc_bitmap_free(listed);
}

static void find_distances(search *s)
{
    char path[96], text[4096];
    if (s->machine->node_count < 2 || s->machine->distances)
        return;
    snprintf(path, sizeof path, NODE_LISTS "/node%u/distance", s->machine->nodes[0].index);
    if (cck_machine_read_line(s->machine, s->root, path, text, sizeof text) > 0)
        cck_machine_note(s->machine, "the distances between nodes could not be read");
}

/* ---- what this process may use ---- */

static void compare_allowed(search *s)
{
    hwloc_bitmap_t usable = cck_machine_usable(s->machine);
    if (!usable || !s->lacking)
        s->machine->out_of_memory = true;
    else if (set_list(s->machine->limits.cpus, s->lacking)) {
        hwloc_bitmap_and(s->lacking, s->lacking, s->online);
        hwloc_bitmap_and(usable, usable, s->online);
        if (!hwloc_bitmap_isequal(s->lacking, usable))
            cck_machine_note(s->machine,
                             "which CPUs this process may use could not be read in full: "
                             "the system says %s",
                             s->machine->limits.cpus);
        hwloc_bitmap_zero(s->lacking);
    }
    hwloc_bitmap_free(usable);
}

void cck_machine_note_missing(cck_machine *machine, const cck_root *root)
{
    search s = {.machine = machine,
                .root = root,
                .online = hwloc_bitmap_alloc(),
                .lacking = hwloc_bitmap_alloc()};
    if (s.online && s.lacking) {
        find_cpus(&s);
        find_groups(&s, HWLOC_OBJ_PACKAGE, "physical_package_id", "packages");
        find_groups(&s, HWLOC_OBJ_CORE, "core_id", "cores");
        find_caches(&s);
        find_nodes(&s);
        find_memory(&s);
        find_distances(&s);
        if (machine->info.is_thissystem)
            compare_allowed(&s);
    } else {
        machine->out_of_memory = true;
    }
    hwloc_bitmap_free(s.online);
    hwloc_bitmap_free(s.lacking);
}
