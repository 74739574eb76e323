/* SPDX-License-Identifier: MIT */
#include "probes/placement/nodes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/numa/number_set.h"

enum { TEXT = 16384 };

static long read_node_file(const cck_root *root, uint32_t index, const char *file, char *text)
{
    char path[96];
    snprintf(path, sizeof path, "sys/devices/system/node/node%" PRIu32 "/%s", index, file);
    return cck_root_read_line(root, path, text, TEXT);
}

/* "Node 0 MemFree:  123 kB" */
static uint64_t meminfo_value(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    uint64_t kilobytes = at ? strtoull(at + strlen(key), NULL, 10) : 0;
    return kilobytes < UINT64_MAX / 1024 ? kilobytes * 1024 : 0;
}

static void note_cpus(cck_place_nodes *nodes, const char *list, int16_t slot)
{
    uint32_t first, last;
    while (cck_number_set_next(&list, &first, &last))
        for (uint32_t cpu = first; cpu <= last; cpu++)
            nodes->slot_of_cpu[cpu] = slot;
}

static bool read_distances(const cck_root *root, cck_numa_node *node, size_t count, char *text,
                           cck_arena *arena)
{
    if (read_node_file(root, node->index, "distance", text) <= 0)
        return true;
    uint32_t *distances = cck_arena_array(arena, count, sizeof *distances);
    if (!distances)
        return false;
    char *at = text, *end;
    for (size_t i = 0; i < count; i++, at = end) {
        distances[i] = (uint32_t)strtoul(at, &end, 10);
        if (end == at || !distances[i])
            return true; /* fewer than nodes: better none */
    }
    node->distances = distances;
    return true;
}

static bool read_node(cck_place_nodes *nodes, const cck_root *root, size_t slot, char *text,
                      cck_arena *arena)
{
    cck_numa_node *node = &nodes->list[slot];
    node->cpus = "";
    if (read_node_file(root, node->index, "cpulist", text) >= 0) {
        node->cpus = cck_arena_strdup(arena, text);
        node->cpuless = cck_number_set_empty(text);
        note_cpus(nodes, text, (int16_t)slot);
    }
    if (read_node_file(root, node->index, "meminfo", text) > 0) {
        node->memory = meminfo_value(text, "MemTotal:");
        node->free = meminfo_value(text, "MemFree:");
    }
    return node->cpus && read_distances(root, node, nodes->count, text, arena);
}

/* Without CONFIG_NUMA, or with /sys masked: all CPUs, one memory. */
static bool one_node(cck_place_nodes *nodes, const cck_root *root, char *text, cck_arena *arena)
{
    long length = cck_root_read_line(root, "sys/devices/system/cpu/online", text, TEXT);
    nodes->list[0] = (cck_numa_node){.cpus = length > 0 ? cck_arena_strdup(arena, text) : ""};
    if (!nodes->list[0].cpus)
        return false;
    note_cpus(nodes, nodes->list[0].cpus, 0);
    if (cck_root_read_line(root, "proc/meminfo", text, TEXT) > 0) {
        nodes->list[0].memory = meminfo_value(text, "MemTotal:");
        nodes->list[0].free = meminfo_value(text, "MemFree:");
    }
    return true;
}

static bool read_all(cck_place_nodes *nodes, const cck_root *root, const char *online, char *text,
                     cck_arena *arena)
{
    uint32_t first, last;
    size_t count = 0;
    for (const char *at = online; cck_number_set_next(&at, &first, &last);)
        for (uint32_t index = first; index <= last && index < 1024; index++) {
            nodes->list[count].index = index;
            nodes->slots[index] = (int16_t)count++;
        }
    for (size_t i = 0; i < count; i++)
        if (!read_node(nodes, root, i, text, arena))
            return false;
    return true;
}

int cck_place_nodes_read(cck_place_nodes *out, const cck_root *root, cck_arena *arena,
                         cck_error *err)
{
    char online[1024] = "";
    char *text = cck_arena_alloc(arena, TEXT);
    if (cck_root_read_line(root, "sys/devices/system/node/online", online, sizeof online) < 0)
        online[0] = '\0';
    uint32_t count = cck_number_set_count(online);
    out->count = count && count <= 1024 ? count : 1;
    out->list = cck_arena_array(arena, out->count, sizeof *out->list);
    out->slot_of_cpu =
        cck_arena_array(arena, CCK_NUMBER_SET_LIMIT, sizeof *out->slot_of_cpu);
    if (!text || !out->list || !out->slot_of_cpu)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    memset(out->slot_of_cpu, -1, CCK_NUMBER_SET_LIMIT * sizeof *out->slot_of_cpu);
    memset(out->slots, -1, sizeof out->slots);
    bool good = count && count <= 1024 ? read_all(out, root, online, text, arena)
                                       : one_node(out, root, text, arena);
    if (!count || count > 1024)
        out->slots[0] = 0;
    return good ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

int cck_place_nodes_slot(const cck_place_nodes *nodes, int64_t index)
{
    return index >= 0 && index < 1024 ? nodes->slots[index] : -1;
}

int cck_place_nodes_of_cpu(const cck_place_nodes *nodes, int64_t cpu)
{
    return cpu >= 0 && cpu < CCK_NUMBER_SET_LIMIT ? nodes->slot_of_cpu[cpu] : -1;
}

int cck_place_nodes_only(const cck_place_nodes *nodes, const char *cpus)
{
    uint32_t first, last;
    int only = -1;
    while (cck_number_set_next(&cpus, &first, &last))
        for (uint32_t cpu = first; cpu <= last; cpu++) {
            int slot = nodes->slot_of_cpu[cpu];
            if (slot < 0)
                continue; /* offline: allowed, but nothing runs there */
            if (only >= 0 && slot != only)
                return -1;
            only = slot;
        }
    return only;
}
