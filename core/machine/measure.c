/* SPDX-License-Identifier: MIT */
/* The engine: plans what all meters can measure, takes their steps round after round, and
 * judges what disturbed. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/fail.h"
#include "core/machine/curve.h"
#include "core/machine/measurement.h"
#include "core/machine/meter.h"
#include "core/machine/noise.h"

enum { ROUNDS_QUICK = 3, ROUNDS_FULL = 7, SPINS_MOST = 64, METERS_MOST = 16 };

/* On a busy machine every step waits. A quick run stays quick, and leaves out what it must. */
static const double limit_quick_s = 17, limit_full_factor = 4, limit_full_least_s = 120;

typedef struct engine {
    cck_plan plan;
    cck_measure_options options;
    cck_measurement *measurement;
    void *tools[METERS_MOST];
    unsigned rounds;
    double done_ms, whole_ms;
    double spins[SPINS_MOST];
    size_t spin_count;
    cck_cpu_time before;
    double started, limit; /* s */
} engine;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void calibrate(engine *e)
{
    if (e->spin_count < SPINS_MOST)
        e->spins[e->spin_count++] = cck_spin_calibrate();
}

static int make_plan(engine *e, cck_error *err)
{
    cck_plan *plan = &e->plan;
    int code = cck_plan_choose(plan, err);
    for (size_t i = 0; code == 0 && i < METERS_MOST && cck_meters[i]; i++) {
        plan->meter = i;
        code = cck_meters[i]->plan(plan, &e->tools[i], err);
    }
    for (size_t i = 0; i < plan->step_count; i++)
        e->whole_ms += e->rounds * (plan->steps[i].step.ms + plan->steps[i].step.around);
    e->limit = limit_quick_s;
    if (!plan->quick) {
        e->limit = limit_full_factor * e->whole_ms / 1e3;
        e->limit = e->limit > limit_full_least_s ? e->limit : limit_full_least_s;
    }
    return code;
}

/* In the first round each meter has its share of the time, so that a busy machine shows a bit of
 * everything: as much as it planned, and the same for all besides. */
static double deadline_of(const engine *e, size_t meter, unsigned round)
{
    double upto = 0, whole = 0, same = 0.15 * e->whole_ms / e->rounds;
    size_t last = METERS_MOST;
    for (size_t i = 0; i < e->plan.step_count; i++) {
        const cck_planned *planned = &e->plan.steps[i];
        double ms = planned->step.ms + planned->step.around + (planned->meter != last ? same : 0);
        last = planned->meter;
        whole += ms;
        upto += planned->meter <= meter ? ms : 0;
    }
    return e->started + (round ? e->limit : e->limit * upto / whole);
}

/* A step without any number is told why it has none. */
static void pass_over(engine *e, const cck_planned *planned)
{
    const char **why = &e->plan.drafts[planned->step.grid].why[planned->step.cell];
    if (!*why)
        *why = "the time was up: the machine is too busy";
}

static void tell(engine *e, const cck_planned *planned)
{
    if (e->options.on_progress)
        e->options.on_progress(e->options.context, e->whole_ms > 0 ? e->done_ms / e->whole_ms : 1,
                               cck_meters[planned->meter]->name);
    e->done_ms += planned->step.ms + planned->step.around;
}

static void take_step(engine *e, cck_planned *planned)
{
    const cck_step *step = &planned->step;
    cck_draft *draft = &e->plan.drafts[step->grid];
    cck_error err = {0};
    tell(e, planned);
    if (planned->given_up)
        return;
    cck_samples_round(&draft->samples[step->cell]);
    int code = step->run(e->tools[planned->meter], step, &draft->samples[step->cell], &err);
    if (code == 0)
        return;
    planned->given_up = code != CCK_EBUSY;
    draft->why[step->cell] = cck_arena_strdup(e->plan.arena, err.message);
}

/* One round; how many of its steps there was time for. */
static size_t take_round(engine *e, unsigned round)
{
    size_t taken = 0, meter = METERS_MOST;
    double deadline = 0;
    for (size_t i = 0; i < e->plan.step_count; i++) {
        cck_planned *planned = &e->plan.steps[i];
        if (planned->meter != meter) {
            calibrate(e);
            meter = planned->meter;
            deadline = deadline_of(e, meter, round);
        }
        if (now_s() < deadline) {
            take_step(e, planned);
            taken++;
        } else {
            pass_over(e, planned);
        }
    }
    return taken;
}

/* The share of all steps that there was time for. */
static double take_steps(engine *e)
{
    size_t taken = 0;
    for (unsigned round = 0; round < e->rounds; round++)
        taken += take_round(e, round);
    calibrate(e);
    return (double)taken / ((double)e->rounds * (double)e->plan.step_count);
}

static void take_rounds(engine *e)
{
    double share = take_steps(e);
    if (share < 1)
        cck_plan_remark(&e->plan,
                        cck_arena_printf(e->plan.arena,
                                         "the machine was too busy for all repetitions: %.0f %% of "
                                         "them were made in %.0f s",
                                         100 * share, e->limit));
    for (size_t i = 0; i < METERS_MOST && cck_meters[i]; i++)
        if (cck_meters[i]->finish)
            cck_meters[i]->finish(e->tools[i], &e->plan);
}

static bool finish_grid(engine *e, cck_draft *draft, cck_grid *grid)
{
    size_t cells = draft->grid.row_count * draft->grid.column_count;
    cck_figure *figures = cck_arena_array(e->plan.arena, cells, sizeof *figures);
    if (!figures)
        return false;
    for (size_t i = 0; i < cells; i++) {
        size_t twin = draft->twin[i];
        figures[i] = cck_samples_figure(&draft->samples[twin], draft->why[twin]);
    }
    *grid = draft->grid;
    grid->cells = figures;
    return true;
}

/* The latency curve is a grid like the others: a row a size. */
static bool find_caches(engine *e, cck_measurement_info *info)
{
    const cck_grid *curve = cck_measurement_grid(e->measurement, "curve");
    if (!curve)
        return true;
    cck_curve_point *points = calloc(curve->row_count + 1, sizeof *points);
    cck_measured_cache *levels = cck_arena_array(e->plan.arena, CCK_CURVE_LEVELS, sizeof *levels);
    if (points && levels) {
        for (size_t i = 0; i < curve->row_count; i++) {
            points[i].bytes = strtoull(curve->rows[i], NULL, 10);
            points[i].latency = curve->cells[i * curve->column_count];
        }
        info->cache_count = cck_curve_levels(points, curve->row_count, levels);
        info->caches = levels;
        cck_curve_compare(levels, info->cache_count, cck_machine_get_info(e->plan.machine));
    }
    free(points);
    return levels != NULL;
}

static bool gather_figures(const cck_measurement_info *info, cck_figure **out, size_t *out_count)
{
    size_t count = 0;
    for (size_t i = 0; i < info->grid_count; i++)
        count += info->grids[i].row_count * info->grids[i].column_count;
    cck_figure *all = calloc(count + 1, sizeof *all);
    *out = all;
    *out_count = count;
    for (size_t i = 0; all && i < info->grid_count; i++) {
        size_t cells = info->grids[i].row_count * info->grids[i].column_count;
        memcpy(all, info->grids[i].cells, cells * sizeof *all);
        all += cells;
    }
    return *out != NULL;
}

static bool judge_noise(engine *e, cck_measurement_info *info)
{
    cck_figure *figures;
    cck_noise_evidence evidence = {
        .before = e->before, .spins = e->spins, .spin_count = e->spin_count};
    cck_cpu_time_look(e->plan.root, &evidence.after);
    const char **remarks = cck_arena_array(e->plan.arena,
                                           CCK_NOISE_REMARKS + e->plan.remark_count + 1,
                                           sizeof *remarks);
    if (!remarks || !gather_figures(info, &figures, &evidence.figure_count))
        return false;
    evidence.figures = figures;
    info->noise = cck_noise_judge(&evidence);
    free(figures);
    info->remark_count = cck_noise_explain(&info->noise, e->plan.arena, remarks);
    for (size_t i = 0; i < e->plan.remark_count; i++)
        remarks[info->remark_count++] = e->plan.remarks[i];
    info->remarks = remarks;
    return true;
}

static int finish(engine *e, cck_error *err)
{
    cck_measurement_info *info = &e->measurement->info;
    char identity[17];
    cck_machine_identity(e->plan.machine, identity);
    cck_grid *grids = cck_arena_array(e->plan.arena, e->plan.draft_count, sizeof *grids);
    bool ok = grids && (info->identity = cck_arena_strdup(e->plan.arena, identity)) != NULL;
    for (size_t i = 0; ok && i < e->plan.draft_count; i++)
        ok = finish_grid(e, &e->plan.drafts[i], &grids[i]);
    info->grids = grids;
    info->grid_count = ok ? e->plan.draft_count : 0;
    info->quick = e->plan.quick;
    info->when = (int64_t)time(NULL);
    info->seconds = now_s() - e->started;
    info->pages = e->plan.pages ? e->plan.pages : "";
    ok = ok && find_caches(e, info) && judge_noise(e, info) &&
         cck_measurement_conclude(e->measurement, cck_machine_get_info(e->plan.machine));
    return ok ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static void clear(engine *e)
{
    for (size_t i = 0; i < METERS_MOST && cck_meters[i]; i++)
        if (e->tools[i])
            cck_meters[i]->clear(e->tools[i]);
    for (size_t i = 0; i < e->plan.draft_count; i++) {
        cck_draft *draft = &e->plan.drafts[i];
        for (size_t cell = 0; cell < draft->grid.row_count * draft->grid.column_count; cell++)
            cck_samples_clear(&draft->samples[cell]);
        free(draft->samples);
    }
    free(e->plan.drafts);
    free(e->plan.steps);
}

static int run(engine *e, cck_error *err)
{
    cck_root root;
    int code = cck_root_open(&root, "/", err);
    if (code < 0)
        return code;
    e->plan.root = &root;
    e->started = now_s();
    cck_cpu_time_look(&root, &e->before);
    code = make_plan(e, err);
    if (code == 0) {
        take_rounds(e);
        code = finish(e, err);
    }
    clear(e);
    cck_root_close(&root);
    return code;
}

int cck_measure_run(cck_measurement **out_measurement, const cck_machine *machine,
                    const cck_measure_options *options, cck_error *err)
{
    if (!cck_machine_get_info(machine)->is_thissystem)
        return cck_fail(err, CCK_EUNSUPPORTED, "a model of a machine cannot be measured");
    engine e = {.measurement = calloc(1, sizeof(cck_measurement))};
    if (!e.measurement)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (options)
        memcpy(&e.options, options,
               options->size < sizeof e.options ? options->size : sizeof e.options);
    e.plan.machine = machine;
    e.plan.arena = &e.measurement->arena;
    e.plan.quick = e.options.quick;
    e.rounds = e.options.quick ? ROUNDS_QUICK : ROUNDS_FULL;
    int code = run(&e, err);
    if (code < 0)
        cck_measurement_free(e.measurement);
    else
        *out_measurement = e.measurement;
    return code;
}
