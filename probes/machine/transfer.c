/* SPDX-License-Identifier: MIT */
/* Lines from core to core: each pair on a page of its own, fresh in each round, on the node of the
 * row's CPU, because where a line's home is decides which way its transfers take. */
#include "probes/machine/transfer.h"

#include <sched.h>
#include <stdlib.h>

#include "core/base/fail.h"
#include "core/machine/measurement.h"
#include "probes/machine/ping_pong.h"
#include "probes/machine/place.h"
#include "probes/machine/rivals.h"

enum { PAGE = 4096, GAUGE_MS = 50, ALONE_MS = 10, FOUGHT_MS = 30 };

/* ---- the gauges ---- */

/* Two allowed CPUs of different cores; of one core where there is no other. */
static bool choose_cpus(const cck_machine *machine, int out_cpus[2])
{
    cpu_set_t allowed;
    int first = -1, other = -1;
    bool apart = false;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    for (int cpu = 0; cpu < CPU_SETSIZE && !apart; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        if (first < 0) {
            first = cpu;
            continue;
        }
        apart = !machine || cck_machine_core_of_cpu(machine, (unsigned)cpu) !=
                                cck_machine_core_of_cpu(machine, (unsigned)first);
        if (other < 0 || apart)
            other = cpu;
    }
    out_cpus[0] = first;
    out_cpus[1] = other;
    return other >= 0;
}

static int measure(const cck_machine *machine, double *out_value, cck_error *err)
{
    int cpus[2];
    cck_place place;
    cck_samples samples = {0};
    if (!choose_cpus(machine, cpus))
        return cck_fail(err, CCK_EUNSUPPORTED, "there is only one CPU for us");
    int code = cck_place_make(&place, PAGE, -1, false, err);
    if (code < 0)
        return code;
    code = cck_ping_pong(cpus, place.base, GAUGE_MS, &samples, err);
    if (code == 0)
        *out_value = cck_median(samples.values, samples.count);
    cck_samples_clear(&samples);
    cck_place_clear(&place);
    return code;
}

const cck_gauge cck_gauge_transfer = {
    .name = "transfer",
    .measure = measure,
    .kept = cck_measurement_transfer,
};

/* ns of an addition by the first of so many. */
static int time_addition(const cck_rival *rivals, size_t count, double ms, double *out_ns,
                         cck_error *err)
{
    cck_samples samples = {0};
    int code = cck_rivals_run(rivals, count, ms, &samples, err);
    if (code == 0)
        *out_ns = cck_median(samples.values, samples.count);
    cck_samples_clear(&samples);
    return code;
}

static int measure_undisputed(const cck_machine *machine, double *out_value, cck_error *err)
{
    int cpus[2];
    cck_place place;
    double alone = 0, fought = 0;
    if (!choose_cpus(machine, cpus))
        return cck_fail(err, CCK_EUNSUPPORTED, "there is only one CPU for us");
    int code = cck_place_make(&place, PAGE, -1, false, err);
    if (code < 0)
        return code;
    const cck_rival rivals[2] = {{cpus[0], CCK_OP_ADD, place.base},
                                 {cpus[1], CCK_OP_ADD, place.base}};
    code = time_addition(rivals, 1, ALONE_MS, &alone, err);
    if (code == 0)
        code = time_addition(rivals, 2, FOUGHT_MS, &fought, err);
    cck_place_clear(&place);
    if (code < 0)
        return code;
    if (alone <= 0 || alone > fought / 2)
        return cck_fail(err, CCK_EBUSY, "an addition took %.1f ns alone, %.1f ns fought over", alone,
                        fought);
    *out_value = alone / fought;
    return 0;
}

const cck_gauge cck_gauge_undisputed = {.name = "undisputed", .measure = measure_undisputed};

/* ---- the meter ---- */

enum { HANDED, CONTENDED };

typedef struct transfers {
    int grids[2];
    const char *proof; /* of the line's home; NULL: nothing was measured */
    bool bound;
} transfers;

static int take(void *tool, const cck_step *step, cck_samples *samples, cck_error *err)
{
    transfers *t = tool;
    cck_place place;
    int code = cck_place_make(&place, PAGE, step->node, false, err);
    if (code == CCK_EACCESS) /* then wherever the kernel puts it, and the report says so */
        code = cck_place_make(&place, PAGE, -1, false, err);
    if (code < 0)
        return code;
    t->bound |= place.proof != NULL;
    t->proof = place.proof ? place.proof : t->proof;
    if (step->variant == HANDED) {
        code = cck_ping_pong(step->cpus, place.base, step->ms, samples, err);
    } else {
        const cck_rival rivals[2] = {{step->cpus[0], CCK_OP_ADD, place.base},
                                     {step->cpus[1], CCK_OP_ADD, place.base}};
        code = cck_rivals_run(rivals, 2, step->ms, samples, err);
    }
    cck_place_clear(&place);
    return code;
}

/* The other way round is another number only if the line lives elsewhere then. */
static bool add_pair(cck_plan *plan, const transfers *t, size_t row, size_t column, unsigned kind)
{
    size_t count = plan->cpu_count;
    int cpus[2] = {plan->cpus[row], plan->cpus[column]};
    int node = cck_machine_node_of_cpu(plan->machine, (unsigned)cpus[0]);
    int other = cck_machine_node_of_cpu(plan->machine, (unsigned)cpus[1]);
    if (row > column && node == other) {
        cck_plan_twin(plan, t->grids[kind], row * count + column, column * count + row);
        return true;
    }
    const cck_step step = {
        .run = take,
        .grid = (size_t)t->grids[kind],
        .cell = row * count + column,
        .ms = plan->quick ? 30 : 60,
        .around = 1,
        .cpus = {cpus[0], cpus[1]},
        .node = plan->node_count > 1 ? node : -1,
        .variant = kind,
    };
    return cck_plan_step(plan, &step);
}

static bool add_grid(cck_plan *plan, transfers *t, unsigned kind)
{
    static const char *const names[] = {"transfer", "transfer-contended"};
    static const char *const titles[] = {
        "a line handed from core to core: time of a transfer",
        "a line that both cores add to all the time: time of an atomic addition"};
    size_t count = plan->cpu_count;
    const char *const *labels = cck_plan_labels(plan, plan->cpus, count);
    cck_grid head = {
        .name = names[kind],
        .title = titles[kind],
        .unit = "ns",
        .row_is = "CPU",
        .column_is = "CPU",
        .row_count = count,
        .column_count = count,
        .rows = labels,
        .columns = labels,
        .matrix = true,
    };
    t->grids[kind] = labels ? cck_plan_grid(plan, &head) : -1;
    bool ok = t->grids[kind] >= 0;
    for (size_t row = 0; ok && row < count; row++)
        for (size_t column = 0; ok && column < count; column++)
            if (row == column)
                cck_plan_unknown(plan, t->grids[kind], row * count + column,
                                 count > 1 ? "the same CPU" : "there is only one CPU for us");
            else
                ok = add_pair(plan, t, row, column, kind);
    return ok;
}

static int plan_transfers(cck_plan *plan, void **out_tool, cck_error *err)
{
    transfers *t = calloc(1, sizeof *t);
    *out_tool = t;
    bool ok = t && add_grid(plan, t, HANDED) && add_grid(plan, t, CONTENDED);
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static void finish(void *tool, cck_plan *plan)
{
    const transfers *t = tool;
    const char *home = "the machine has one node, so that every line's home is there";
    if (plan->node_count > 1 && !t->bound)
        home = "where its home is was left to the kernel: mbind is denied";
    else if (plan->node_count > 1 && t->proof && *t->proof)
        home = cck_arena_printf(plan->arena, "its home is the node of the row's CPU, verified by %s",
                                t->proof);
    else if (plan->node_count > 1)
        home = "its home was bound to the node of the row's CPU, but nobody lets us verify it";
    for (int kind = HANDED; kind <= CONTENDED; kind++)
        plan->drafts[t->grids[kind]].grid.method = cck_arena_printf(
            plan->arena, "one line on a fresh page for each pair and round; %s", home ? home : "");
}

const cck_meter cck_meter_transfer = {
    .name = "core to core",
    .plan = plan_transfers,
    .finish = finish,
    .clear = free,
};
