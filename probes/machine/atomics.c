/* SPDX-License-Identifier: MIT */
/* What atomic operations cost: one thread on a line of its own, and two at one word. */
#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/machine/place.h"
#include "probes/machine/rivals.h"
#include "probes/machine/sharing.h" // IWYU pragma: keep (declares what this defines)

enum { BYTES = 4096, COLUMNS = 2 };

typedef struct tool {
    int cpus[2];
    int grid;
} tool;

static int take(void *context, const cck_step *step, cck_samples *samples, cck_error *err)
{
    cck_place place;
    cck_operation_kind does = (cck_operation_kind)(step->variant / COLUMNS);
    size_t count = 1 + step->variant % COLUMNS;
    (void)context;
    int code = cck_place_make(&place, BYTES, -1, false, err);
    if (code < 0)
        return code;
    /* Who only loads shares in peace: the rival of a load stores. */
    cck_operation_kind other = does == CCK_OP_LOAD ? CCK_OP_STORE : does;
    const cck_rival rivals[2] = {{step->cpus[0], does, place.base},
                                 {step->cpus[1], other, place.base}};
    code = cck_rivals_run(rivals, count, step->ms, samples, err);
    cck_place_clear(&place);
    return code;
}

static bool add_steps(cck_plan *plan, const tool *t)
{
    bool ok = true;
    for (unsigned i = 0; ok && i < CCK_OP_COUNT * COLUMNS; i++) {
        const cck_step step = {
            .run = take,
            .grid = (size_t)t->grid,
            .cell = i,
            .ms = plan->quick ? 25 : 60,
            .around = 1,
            .cpus = {t->cpus[0], t->cpus[1]},
            .node = -1,
            .variant = i,
        };
        if (i % COLUMNS && t->cpus[1] < 0)
            cck_plan_unknown(plan, t->grid, i, "there is only one CPU for us");
        else
            ok = cck_plan_step(plan, &step);
    }
    return ok;
}

static int plan_atomics(cck_plan *plan, void **out_tool, cck_error *err)
{
    static const char *const columns[COLUMNS] = {"alone", "contended"};
    const char *rows[CCK_OP_COUNT];
    tool *t = calloc(1, sizeof *t);
    *out_tool = t;
    if (!t)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (!cck_plan_pair(plan, false, t->cpus))
        t->cpus[1] = -1;
    for (size_t i = 0; i < CCK_OP_COUNT; i++)
        rows[i] = cck_operations[i].name;
    cck_grid head = {
        .name = "atomics",
        .title = "atomic operations in a loop: time of one",
        .unit = "ns",
        .row_is = "operation",
        .column_is = "",
        .method = t->cpus[1] < 0 ? cck_arena_printf(plan->arena, "on CPU %d", t->cpus[0])
                                 : cck_arena_printf(plan->arena,
                                                    "alone on CPU %d; contended: CPU %d at the "
                                                    "same word (of a load: storing)",
                                                    t->cpus[0], t->cpus[1]),
        .row_count = CCK_OP_COUNT,
        .column_count = COLUMNS,
        .rows = rows,
        .columns = columns,
    };
    t->grid = head.method ? cck_plan_grid(plan, &head) : -1;
    return t->grid >= 0 && add_steps(plan, t) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

const cck_meter cck_meter_atomics = {
    .name = "atomic operations",
    .plan = plan_atomics,
    .clear = free,
};
