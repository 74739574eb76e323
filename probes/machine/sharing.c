/* SPDX-License-Identifier: MIT */
/* False sharing: two threads, each at its own word, so far apart or so near. */
#include "probes/machine/sharing.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/machine/place.h"
#include "probes/machine/rivals.h"

enum { BYTES = 8192, MIDDLE = 4096, FAR_OFF = 2048 };

/* Where the first's word is, and the second's; what each does. */
typedef struct scene {
    const char *row, *column;
    unsigned first, second; /* offsets on the page */
    cck_operation_kind does, rival;
} scene;

/* Penalty: the same work on one line and far apart. */
static const scene penalty[] = {
    {"write, while the other writes", "same line", 0, 8, CCK_OP_BUMP, CCK_OP_BUMP},
    {"write, while the other writes", "padded", 0, FAR_OFF, CCK_OP_BUMP, CCK_OP_BUMP},
    {"read, while the other writes", "same line", 0, 8, CCK_OP_LOAD, CCK_OP_BUMP},
    {"read, while the other writes", "padded", 0, FAR_OFF, CCK_OP_LOAD, CCK_OP_BUMP},
    {"read, while the other reads", "same line", 0, 8, CCK_OP_LOAD, CCK_OP_LOAD},
    {"read, while the other reads", "padded", 0, FAR_OFF, CCK_OP_LOAD, CCK_OP_LOAD},
};
enum { PENALTY_ROWS = 3, PENALTY_COLUMNS = 2 };

/* By distance, from a word that begins a block of 4 KiB: the line ends where the cost does. The
 * last two tell whether lines come in pairs: as far apart, within a pair and across. */
static const scene distances[] = {
    {"8", "write", 0, 8, CCK_OP_BUMP, CCK_OP_BUMP},
    {"16", "write", 0, 16, CCK_OP_BUMP, CCK_OP_BUMP},
    {"32", "write", 0, 32, CCK_OP_BUMP, CCK_OP_BUMP},
    {"64", "write", 0, 64, CCK_OP_BUMP, CCK_OP_BUMP},
    {"128", "write", 0, 128, CCK_OP_BUMP, CCK_OP_BUMP},
    {"256", "write", 0, 256, CCK_OP_BUMP, CCK_OP_BUMP},
    {"512", "write", 0, 512, CCK_OP_BUMP, CCK_OP_BUMP},
    {"1024", "write", 0, 1024, CCK_OP_BUMP, CCK_OP_BUMP},
};
enum { DISTANCES = sizeof distances / sizeof *distances };

/* "near" are neighbouring lines of one aligned pair, "apart" neighbours across two pairs. */
enum { NEAR, APART };

typedef struct tool {
    int cpus[2];
    int penalty, distance, pair;
} tool;

static int take_scene(const scene *s, const cck_step *step, unsigned shift, cck_samples *samples,
                      cck_error *err)
{
    cck_place place;
    int code = cck_place_make(&place, BYTES, -1, false, err);
    if (code < 0)
        return code;
    char *base = (char *)place.base + MIDDLE + shift;
    const cck_rival rivals[2] = {
        {step->cpus[0], s->does, (_Atomic uint64_t *)(void *)(base + s->first)},
        {step->cpus[1], s->rival, (_Atomic uint64_t *)(void *)(base + s->second)},
    };
    code = cck_rivals_run(rivals, 2, step->ms, samples, err);
    cck_place_clear(&place);
    return code;
}

static int take_penalty(void *context, const cck_step *step, cck_samples *samples, cck_error *err)
{
    (void)context;
    return take_scene(&penalty[step->variant], step, 0, samples, err);
}

static int take_distance(void *context, const cck_step *step, cck_samples *samples, cck_error *err)
{
    (void)context;
    return take_scene(&distances[step->variant], step, 0, samples, err);
}

static int take_pair(void *context, const cck_step *step, cck_samples *samples, cck_error *err)
{
    unsigned line = (unsigned)step->bytes;
    const scene neighbours = {NULL, NULL, 0, line, CCK_OP_BUMP, CCK_OP_BUMP};
    (void)context;
    return take_scene(&neighbours, step, step->variant == APART ? line : 0, samples, err);
}

static bool add_steps(cck_plan *plan, const tool *t, int grid, cck_step_run *run, unsigned count)
{
    bool ok = grid >= 0;
    for (unsigned i = 0; ok && i < count; i++) {
        const cck_step step = {
            .run = run,
            .grid = (size_t)grid,
            .cell = i,
            .ms = plan->quick ? 40 : 80,
            .around = 1,
            .cpus = {t->cpus[0], t->cpus[1]},
            .bytes = cck_machine_get_info(plan->machine)->line_size,
            .variant = i,
        };
        if (t->cpus[1] >= 0)
            ok = cck_plan_step(plan, &step);
        else
            cck_plan_unknown(plan, grid, i, "there is only one CPU for us");
    }
    return ok;
}

static bool add_grids(cck_plan *plan, tool *t)
{
    const char *rows[DISTANCES], *columns[] = {"same line", "padded"};
    const char *const where = cck_arena_printf(plan->arena, "two threads, on CPU %d and CPU %d",
                                               t->cpus[0], t->cpus[1]);
    for (size_t i = 0; i < PENALTY_ROWS; i++)
        rows[i] = penalty[i * PENALTY_COLUMNS].row;
    cck_grid head = {"false-sharing", "what false sharing costs: time of an access", "ns", "thread",
                     "words",         where, PENALTY_ROWS, PENALTY_COLUMNS, rows, columns,
                     NULL,            false, false};
    t->penalty = cck_plan_grid(plan, &head);
    for (size_t i = 0; i < DISTANCES; i++)
        rows[i] = distances[i].row;
    cck_grid far = {"distance", "two threads write words so many bytes apart: time of a write",
                    "ns", "bytes", "", where, DISTANCES, 1, rows, (const char *[]){"write"}, NULL,
                    false, false};
    t->distance = cck_plan_grid(plan, &far);
    cck_grid pair = {"adjacent", "two threads write neighbouring lines: time of a write", "ns",
                     "lines", "", where, 2, 1,
                     (const char *[]){"of one aligned pair", "of two pairs"},
                     (const char *[]){"write"}, NULL, false, false};
    t->pair = cck_plan_grid(plan, &pair);
    return where && add_steps(plan, t, t->penalty, take_penalty, PENALTY_ROWS * PENALTY_COLUMNS) &&
           add_steps(plan, t, t->distance, take_distance, DISTANCES) &&
           add_steps(plan, t, t->pair, take_pair, 2);
}

static int plan_sharing(cck_plan *plan, void **out_tool, cck_error *err)
{
    tool *t = calloc(1, sizeof *t);
    *out_tool = t;
    if (!t)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (!cck_plan_pair(plan, false, t->cpus))
        t->cpus[1] = -1;
    return add_grids(plan, t) ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

const cck_meter cck_meter_sharing = {
    .name = "false sharing",
    .plan = plan_sharing,
    .clear = free,
};
