/* SPDX-License-Identifier: MIT */
/* From each node with CPUs to the memory of each node: latency and bandwidth of reading. */
#include "probes/machine/memory.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/machine/bandwidth.h"
#include "probes/machine/chase.h"
#include "probes/machine/place.h"

enum { READERS_MOST = 16, LATENCY, BANDWIDTH };

static const uint64_t least_size = 64ull << 20, most_size = 1ull << 30;

typedef struct tool {
    int grids[3];      /* by LATENCY, BANDWIDTH */
    const int *sources; /* nodes with CPUs that we may use */
    size_t source_count, columns;
    uint64_t size;
    unsigned line;
    int (*readers)[READERS_MOST]; /* a row each: its CPUs */
    size_t *reader_counts;
    cck_place place; /* kept from the latency to the bandwidth of the same cell */
    int placed;      /* its node */
    const char *proof;
    uint64_t seed;
} tool;

/* Memory of a node once, for all rows: places are costly. */
static int place_on(tool *t, int node, cck_error *err)
{
    if (t->place.base && t->placed == node)
        return 0;
    cck_place_clear(&t->place);
    int code = cck_place_make(&t->place, t->size, node, true, err);
    t->placed = node;
    if (code == 0 && t->place.proof)
        t->proof = t->place.proof;
    return code;
}

static int take(void *context, const cck_step *step, cck_samples *samples, cck_error *err)
{
    tool *t = context;
    size_t row = step->cell / t->columns;
    int code = place_on(t, step->node, err);
    if (code < 0)
        return code;
    if (step->variant == BANDWIDTH)
        return cck_bandwidth_run(t->readers[row], t->reader_counts[row], t->place.base, t->size,
                                 step->ms, samples, err);
    cck_chase_link(t->place.base, t->size, t->line, ++t->seed * 0x9e3779b97f4a7c15u);
    return cck_chase_run(step->cpus[0], t->place.base, t->size, t->line, step->ms, samples, err);
}

/* The CPUs of the plan that are near the node. */
static bool find_sources(cck_plan *plan, tool *t)
{
    int *sources = cck_arena_array(plan->arena, plan->node_count + 1, sizeof *sources);
    t->readers = calloc(plan->node_count + 1, sizeof *t->readers);
    t->reader_counts = calloc(plan->node_count + 1, sizeof *t->reader_counts);
    if (!sources || !t->readers || !t->reader_counts)
        return false;
    for (size_t i = 0; i < plan->node_count; i++) {
        size_t used = 0;
        for (size_t k = 0; k < plan->cpu_count && used < READERS_MOST; k++)
            if (cck_machine_node_of_cpu(plan->machine, (unsigned)plan->cpus[k]) == plan->nodes[i])
                t->readers[t->source_count][used++] = plan->cpus[k];
        if (used)
            sources[t->source_count] = plan->nodes[i];
        t->reader_counts[t->source_count] = used;
        t->source_count += used > 0;
    }
    t->sources = sources;
    return true;
}

static bool add_grid(cck_plan *plan, tool *t, int kind)
{
    static const char *const names[] = {
        [LATENCY] = "memory-latency", [BANDWIDTH] = "memory-bandwidth"};
    static const char *const titles[] = {
        [LATENCY] = "memory: time of a load that misses all caches",
        [BANDWIDTH] = "memory: reading, by the measured CPUs of the row's node together"};
    cck_grid head = {
        .name = names[kind],
        .title = titles[kind],
        .unit = kind == LATENCY ? "ns" : "GB/s",
        .row_is = "CPUs of node",
        .column_is = "memory of node",
        .row_count = t->source_count,
        .column_count = plan->node_count,
        .rows = cck_plan_labels(plan, t->sources, t->source_count),
        .columns = cck_plan_labels(plan, plan->nodes, plan->node_count),
        .matrix = true,
        .more_is_better = kind == BANDWIDTH,
    };
    t->grids[kind - LATENCY + 1] = head.rows && head.columns ? cck_plan_grid(plan, &head) : -1;
    return t->grids[kind - LATENCY + 1] >= 0;
}

/* Column by column, so that memory is placed once a node. */
static bool add_steps(cck_plan *plan, const tool *t)
{
    bool ok = true, single = plan->node_count < 2;
    for (size_t column = 0; ok && column < plan->node_count; column++) {
        bool fits = t->size <= cck_plan_spare(plan, single ? -1 : plan->nodes[column]);
        for (size_t i = 0; ok && i < 2 * t->source_count; i++) {
            size_t row = i / 2;
            bool latency = i % 2 == 0;
            const cck_step step = {
                .run = take,
                .grid = (size_t)t->grids[latency ? 1 : 2],
                .cell = row * plan->node_count + column,
                .ms = plan->quick ? 60 : 150,
                /* linked and warmed, at some 100 ns a line each */
                .around = latency ? (double)t->size / t->line * 200e-6 : 5,
                .cpus = {t->readers[row][0], -1},
                .node = single ? -1 : plan->nodes[column],
                .variant = latency ? LATENCY : BANDWIDTH,
            };
            if (fits)
                ok = cck_plan_step(plan, &step);
            else
                cck_plan_unknown(plan, (int)step.grid, step.cell,
                                 "there is too little free memory to take some of it");
        }
    }
    return ok;
}

static int plan_memory(cck_plan *plan, void **out_tool, cck_error *err)
{
    tool *t = calloc(1, sizeof *t);
    *out_tool = t;
    if (!t)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    const cck_cache *last = cck_machine_data_cache(plan->machine, 0);
    t->columns = plan->node_count;
    t->line = cck_machine_get_info(plan->machine)->line_size;
    t->size = least_size;
    while (last && t->size < 4 * last->size && t->size < most_size)
        t->size *= 2;
    bool ok = find_sources(plan, t) && add_grid(plan, t, LATENCY) && add_grid(plan, t, BANDWIDTH) &&
              add_steps(plan, t);
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static void finish(void *context, cck_plan *plan)
{
    const tool *t = context;
    const char *where = "one node, nothing to bind";
    if (plan->node_count > 1 && t->proof && *t->proof)
        where = cck_arena_printf(plan->arena, "bound to the column's node, verified by %s", t->proof);
    else if (plan->node_count > 1)
        where = "bound to the column's node, but nobody lets us verify it";
    for (int kind = 1; kind <= 2; kind++)
        plan->drafts[t->grids[kind]].grid.method =
            cck_arena_printf(plan->arena, "%llu MiB; %s", (unsigned long long)(t->size >> 20),
                             where ? where : "");
}

static void clear(void *context)
{
    tool *t = context;
    cck_place_clear(&t->place);
    free(t->readers);
    free(t->reader_counts);
    free(t);
}

const cck_meter cck_meter_memory = {
    .name = "memory",
    .plan = plan_memory,
    .finish = finish,
    .clear = clear,
};
