/* SPDX-License-Identifier: MIT */
#include "probes/precise/precise.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/machine/gauge.h"
#include "probes/precise/folder.h"
#include "probes/precise/report.h"
#include "probes/precise/sampler.h"

enum { LOOK_NS = 100000000, LOOK_LATER_NS = 300000000, SOON_NS = 1000000000 };

static const double default_overhead = 0.02;
static const double sample_ns = 4000; /* a PMU interrupt, with the record; on bare metal */

typedef struct sampling {
    const cck_probe_request *request;
    cck_probe_facts *facts;
    cck_precise_plan plan;
    cck_precise_scene scene;
    cck_precise_sampler *sampler;
    cck_precise_folder *folder; /* where the run is recorded; NULL: nowhere */
    double transfer_ns;
    uint64_t began, closed, next_look;
} sampling;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- before ---- */

/* So many samples a second of a CPU take what looking may take, within what the kernel allows
 * without throttling. */
static double rate_of(const cck_probe_request *request)
{
    double overhead = request->overhead > 0 ? request->overhead : default_overhead;
    double rate = overhead * 1e9 / sample_ns;
    int64_t most;
    if (cck_root_read_number(request->root, "proc/sys/kernel/perf_event_max_sample_rate", &most) ==
            0 &&
        rate > (double)most / 2)
        rate = (double)most / 2;
    return rate;
}

static int check(const cck_probe_request *request, cck_error *err)
{
    cck_precise_plan plan;
    if (request->want != CCK_WANT_SHARING)
        return cck_fail(err, CCK_EUNSUPPORTED, "only lines that are shared can be sampled so");
    int code = cck_precise_plan_read(&plan, request->root, rate_of(request), request->arena, err);
    return code == 0 ? cck_precise_sampler_try(&plan, request->root, err) : code;
}

static void destroy(void *state)
{
    sampling *s = state;
    if (!s)
        return;
    cck_precise_sampler_free(s->sampler);
    cck_precise_folder_abandon(s->folder);
    cck_precise_scene_clear(&s->scene);
    free(s);
}

static uint32_t line_size(void)
{
    long line = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
    return line >= 16 && line <= 256 && !(line & (line - 1)) ? (uint32_t)line : 64;
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err)
{
    sampling *s = calloc(1, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *out_state = s;
    s->request = request;
    s->facts = facts;
    int code =
        cck_precise_plan_read(&s->plan, request->root, rate_of(request), request->arena, err);
    if (code < 0)
        return code;
    cck_precise_scene_init(&s->scene, request->root, true, &s->plan.format, line_size());
    if (cck_gauge_measure("transfer", request->machine, &s->transfer_ns, NULL) < 0)
        s->transfer_ns = 0;
    char percent[CCK_NUMBER_SIZE];
    cck_number_percent(percent,
                       100 * (request->overhead > 0 ? request->overhead : default_overhead));
    facts->slowdown =
        cck_arena_printf(request->arena, "%s %% at most, by the kernel's own limits", percent);
    facts->why = cck_arena_printf(request->arena, "%s samples addresses", s->plan.name);
    return facts->slowdown && facts->why ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* Allocations are recorded where that can be done; else types tell of them, as attached. */
static int environment(void *state, const char *const *before, const char *const **out_changes,
                       cck_error *err)
{
    sampling *s = state;
    *out_changes = NULL;
    if (cck_watch_heaps_new(&s->scene.heaps, NULL) < 0)
        return 0;
    *out_changes = cck_watch_heaps_environment(s->scene.heaps, before, s->request->arena);
    return *out_changes ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int open_target(void *state, pid_t pid, cck_error *err)
{
    sampling *s = state;
    int code = cck_precise_sampler_new(&s->sampler, &s->plan, s->request->root, pid,
                                       s->request->target->argv != NULL, err);
    if (code < 0)
        return code;
    cck_precise_head head = *cck_precise_sampler_head(s->sampler);
    head.line_size = s->scene.lines.line_size;
    s->scene.intake.format = head.format;
    code = cck_precise_folder_new(&s->folder, &head, s->request->root, err);
    if (code < 0)
        return code;
    cck_precise_sampler_tap(s->sampler, cck_precise_folder_writer(s->folder));
    cck_precise_scene_follow(&s->scene, pid);
    s->began = now_ns();
    return 0;
}

/* ---- meanwhile ---- */

static int poll_fds(void *state, struct pollfd *fds, int size)
{
    return cck_precise_sampler_poll_fds(((sampling *)state)->sampler, fds, size);
}

static int drain(void *state, cck_error *err)
{
    sampling *s = state;
    uint64_t now = now_ns();
    (void)err;
    cck_precise_sampler_drain(s->sampler, &s->scene.intake);
    cck_precise_scene_settle(&s->scene);
    if (now < s->next_look)
        return 0;
    cck_precise_scene_look(&s->scene);
    cck_precise_folder_look(s->folder, &s->scene);
    s->next_look = now + (now - s->began < SOON_NS ? LOOK_NS : LOOK_LATER_NS);
    return 0;
}

static bool progress(void *state, cck_progress *out_progress)
{
    const cck_precise_scene *scene = &((sampling *)state)->scene;
    const cck_precise_numbers *numbers = &scene->intake.numbers;
    out_progress->watched = true;
    out_progress->threads = (uint32_t)scene->threads.alive;
    out_progress->processes = (uint32_t)scene->space.current.count;
    out_progress->lines = (uint32_t)cck_precise_lines_shared(&scene->lines);
    out_progress->samples = numbers->samples;
    out_progress->decoded =
        numbers->samples ? (double)numbers->accesses / (double)numbers->samples : 0;
    return true;
}

/* ---- the end ---- */

static int close_target(void *state, cck_tally *tally, cck_error *err)
{
    sampling *s = state;
    s->closed = now_ns();
    cck_precise_sampler_drain(s->sampler, &s->scene.intake);
    cck_precise_scene_settle(&s->scene);
    cck_watch_heaps_scan(s->scene.heaps);
    s->scene.intake.numbers.damaged += cck_precise_sampler_damaged(s->sampler);
    cck_precise_folder *folder = s->folder;
    s->folder = NULL;
    int code = cck_precise_folder_end(folder, s->closed - s->began, err);
    if (code < 0)
        return code;
    return cck_precise_tell_threads(&s->scene, tally) ? 0
                                                      : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int observe(void *state, cck_observed *out_observed, cck_error *err)
{
    sampling *s = state;
    cck_precise_end end = {.seconds = (double)(s->closed - s->began) * 1e-9,
                           .hertz = s->plan.format.hertz,
                           .transfer_ns = s->transfer_ns,
                           .bounded =
                               s->plan.bounded || cck_precise_missed(&s->scene.intake.numbers)};
    int code = cck_precise_scene_observe(&s->scene, &end, out_observed, err);
    if (code == 0)
        cck_precise_tell_how(&s->scene, s->plan.name, s->plan.limit, s->request->arena, s->facts);
    if (code == 0 && s->request->target->argv && !cck_watch_heaps_any(s->scene.heaps))
        cck_precise_add_note(s->facts,
                             "no allocations were recorded (a static program, or the recorder is "
                             "not installed): heap objects are told by the types that code uses "
                             "them as");
    return code;
}

static void doctor(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    cck_arena arena = {0};
    cck_error err = {0};
    cck_precise_plan plan;
    cck_check line = {.backend = "precise", .part = "", .reason = "", .enable = ""};
    int code = cck_precise_plan_read(&plan, root, 1000, &arena, &err);
    if (code == 0)
        code = cck_precise_sampler_try(&plan, root, &err);
    if (code < 0) {
        line.state = CCK_CHECK_NO;
        line.reason = err.message;
        line.enable = err.hint;
    } else {
        line.state = *plan.limit ? CCK_CHECK_PARTLY : CCK_CHECK_YES;
        line.reason = *plan.limit ? plan.limit : plan.name;
    }
    sink(context, &line);
    cck_arena_clear(&arena);
}

const cck_probe cck_probe_precise = {
    .name = "precise",
    .backend = CCK_BACKEND_PRECISE,
    .evidence = CCK_MEASURED,
    .priority = 60, /* what the hardware says is better than a model, and slows less */
    .observes_only = true,
    .lines_only = true,
    .check = check,
    .create = create,
    .environment = environment,
    .open = open_target,
    .poll_fds = poll_fds,
    .drain = drain,
    .close = close_target,
    .observe = observe,
    .progress = progress,
    .destroy = destroy,
    .doctor = doctor,
};
