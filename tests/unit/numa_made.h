/* SPDX-License-Identifier: MIT */
#ifndef CCK_TEST_NUMA_MADE_H
#define CCK_TEST_NUMA_MADE_H

#include <string.h>

#include "core/numa/judge.h"

/** A made-up machine of three nodes (0 and 1 with CPUs, 2 without) and a process on it. */
#define MIB ((uint64_t)1 << 20)
enum { MADE_NODES = 3, MADE_MOST = 8 };

typedef struct made {
    cck_numa_node nodes[MADE_NODES];
    uint32_t distances[MADE_NODES][MADE_NODES];
    cck_numa_process processes[1];
    cck_numa_thread threads[MADE_MOST];
    double ran[MADE_MOST][MADE_NODES];
    uint64_t faults[MADE_MOST][MADE_NODES];
    cck_numa_mapping mappings[MADE_MOST];
    uint64_t bytes[MADE_MOST][MADE_NODES];
    cck_numa_raw raw;
    cck_arena arena;
} made;

static inline void made_begin(made *m)
{
    static const uint32_t distances[MADE_NODES][MADE_NODES] = {{10, 21, 17}, {21, 10, 28}, {17, 28, 10}};
    memset(m, 0, sizeof *m);
    memcpy(m->distances, distances, sizeof distances);
    for (uint32_t i = 0; i < MADE_NODES; i++)
        m->nodes[i] = (cck_numa_node){.index = i,
                                      .cpus = i == 0 ? "0-3" : i == 1 ? "4-7" : "",
                                      .cpuless = i == 2,
                                      .distances = m->distances[i]};
    for (int i = 0; i < MADE_NODES; i++) {
        m->nodes[i].memory = 65536 * MIB;
        m->nodes[i].free = 32768 * MIB;
    }
    m->processes[0] = (cck_numa_process){
        .pid = 100, .name = "app", .method = CCK_NUMA_EXACT, .by = "numa_maps"};
    m->raw = (cck_numa_raw){.nodes = m->nodes,
                            .node_count = MADE_NODES,
                            .processes = m->processes,
                            .process_count = 1,
                            .threads = m->threads,
                            .mappings = m->mappings};
}

/** A thread that ran so long, with shares on nodes 0 and 1. */
static inline cck_numa_thread *made_thread(made *m, double on_0, double on_1)
{
    size_t i = m->raw.thread_count++;
    m->ran[i][0] = on_0;
    m->ran[i][1] = on_1;
    m->threads[i] = (cck_numa_thread){
        .pid = 100,
        .tid = 100 + (int32_t)i,
        .name = "worker",
        .state = 'R',
        .cpus = "0-7",
        .mems = "0-2",
        .policy = {.mode = CCK_NUMA_MODE_DEFAULT, .flags = "", .nodes = "", .text = "default"},
        .ran_by = CCK_NUMA_RAN_SWITCHES,
        .ran = m->ran[i],
        .ran_ns = 1000000000,
        .preferred = -1};
    return &m->threads[i];
}

/** An anonymous mapping with so many MiB on each node. */
static inline cck_numa_mapping *made_mapping(made *m, uint64_t on_0, uint64_t on_1, uint64_t on_2)
{
    size_t i = m->raw.mapping_count++;
    m->bytes[i][0] = on_0 * MIB;
    m->bytes[i][1] = on_1 * MIB;
    m->bytes[i][2] = on_2 * MIB;
    m->mappings[i] = (cck_numa_mapping){
        .pid = 100,
        .start = (i + 1) << 40,
        .end = ((i + 1) << 40) + (on_0 + on_1 + on_2) * MIB,
        .name = "",
        .rights = "rw-p",
        .category = CCK_NUMA_ROW_PRIVATE,
        .policy = {.mode = CCK_NUMA_MODE_DEFAULT, .flags = "", .nodes = "", .text = "default"},
        .method = CCK_NUMA_EXACT,
        .page_size = 4096,
        .bytes = m->bytes[i],
        .resident = (on_0 + on_1 + on_2) * MIB,
        .nearest = -1};
    return &m->mappings[i];
}

#endif
