/* SPDX-License-Identifier: MIT */
#include "core/numa/glance.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

#include "core/numa/estimate.h"
#include "core/numa/number_set.h"
#include "core/session/probe.h"

bool cck_glance_wanted(const cck_root *root)
{
    char online[1024];
    return cck_root_read_line(root, "sys/devices/system/node/online", online, sizeof online) > 0 &&
           cck_number_set_count(online) > 1;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const cck_probe *who_places(void)
{
    for (const cck_probe *const *probe = cck_probes; *probe; probe++)
        if ((*probe)->place)
            return *probe;
    return NULL;
}

static bool look(const cck_root *root, int32_t pid, cck_arena *arena, cck_numa_placement *out)
{
    const cck_probe *probe = who_places();
    const cck_numa_options options = {.size = sizeof options, .mappings = 1};
    const cck_target_options target = {.size = sizeof target, .pid = pid};
    const cck_simulate_options simulate = {0};
    const cck_stat_options stat = {.size = sizeof stat};
    const cck_probe_request request = {.want = CCK_WANT_PLACEMENT,
                                       .options = &stat,
                                       .simulate = &simulate,
                                       .target = &target,
                                       .root = root,
                                       .arena = arena,
                                       .numa = &options};
    cck_probe_facts facts = {0};
    void *state = NULL;
    bool good = probe && probe->create(&state, &request, &facts, NULL) == 0 &&
                probe->open(state, pid, NULL) == 0 && probe->place(state, arena, out, NULL) == 0;
    if (probe)
        probe->destroy(state);
    return good;
}

void cck_glance_look(cck_glance *glance, const cck_root *root, int32_t pid, double now)
{
    cck_arena arena = {0};
    cck_numa_placement placement;
    if (now < glance->next)
        return;
    double began = seconds();
    if (look(root, pid, &arena, &placement) && placement.rows[CCK_NUMA_ROW_TOTAL]) {
        cck_arena_clear(&glance->arena);
        glance->arena = arena;
        glance->placement = placement;
    } else {
        cck_arena_clear(&arena); /* what was seen before still stands */
    }
    double cost = seconds() - began;
    glance->gap = glance->gap > 0 ? 2 * glance->gap : 0.1;
    glance->gap = glance->gap > 10 ? 10 : glance->gap;
    glance->next = now + (glance->gap > 100 * cost ? glance->gap : 100 * cost);
}

/* Memory is shared out by node; a thread's time, too: how much of the one is where the other is. */
static cck_numa_share near_share(const cck_numa_placement *placement, const cck_row *row)
{
    const uint64_t *total = placement->rows[CCK_NUMA_ROW_TOTAL];
    double all = 0, near = 0;
    for (size_t i = 0; i < placement->node_count; i++)
        all += (double)total[i];
    for (size_t i = 0; i < row->residency_count; i++)
        for (size_t j = 0; j < placement->node_count; j++)
            if ((int64_t)placement->nodes[j].index == row->residency[i].node)
                near += row->residency[i].share * (double)total[j];
    if (all <= 0 || !row->residency_count)
        return cck_numa_share_unknown();
    return cck_numa_wilson(near / all > 1 ? 1 : near / all,
                           placement->method == CCK_NUMA_SAMPLED ? (double)placement->found
                                                                 : INFINITY);
}

bool cck_glance_tell(const cck_glance *glance, cck_result *result)
{
    const cck_numa_placement *placement = &glance->placement;
    if (!placement->process_count || !placement->rows[CCK_NUMA_ROW_TOTAL])
        return true;
    for (size_t i = 0; i < result->row_count; i++) {
        cck_row *row = (cck_row *)(uintptr_t)&result->rows[i]; /* the result's own arena */
        cck_numa_share share = near_share(placement, row);
        if (row->kind != CCK_ROW_THREAD || row->pid != placement->processes[0].pid ||
            share.value < 0)
            continue;
        cck_row_memory *memory = cck_arena_alloc(result->arena, sizeof *memory);
        if (!memory)
            return false;
        *memory = (cck_row_memory){share.value, share.low, share.high};
        row->memory = memory;
    }
    return true;
}

void cck_glance_clear(cck_glance *glance)
{
    cck_arena_clear(&glance->arena);
    *glance = (cck_glance){0};
}
