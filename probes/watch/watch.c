/* SPDX-License-Identifier: MIT */
#include "probes/watch/watch.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/base/number.h"
#include "core/base/proc.h"
#include "core/machine/gauge.h"
#include "core/process/heap.h"
#include "core/process/space.h"
#include "core/process/stacks.h"
#include "core/process/thread_base.h"
#include "core/process/threads.h"
#include "core/sharing/line_verdict.h"
#include "probes/watch/callers.h"
#include "probes/watch/code.h"
#include "probes/watch/engine.h"
#include "probes/watch/may.h"
#include "probes/watch/notes.h"
#include "probes/watch/observe.h"
#include "probes/watch/own_time.h"
#include "probes/watch/prompt.h"
#include "probes/watch/waits.h"

#if defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#else
enum { MACHINE = EM_X86_64 };
#endif

enum {
    SCAN_NS = 20000000,  /* between two looks for new threads and sleeping ones, at first */
    SCAN_LATER_NS = 40000000,
    LOOK_NS = 100000000, /* and for new programs in the processes, at first */
    LOOK_LATER_NS = 300000000,
    SOON_NS = 1000000000,
    TOGETHER_NS = 2000000, /* what is due so soon is done now: a wake-up costs more than that */
    NAMES_AT_ONCE = 64,   /* threads whose names are read then */
    LINES_LOOKED_AT = 64, /* and lines that may be on stacks */
    USES_LOOKED_AT = 16,
    STEP_LEAST_NS = 200000
};

static const double default_overhead = 0.02;

typedef struct watching {
    cck_arena *arena; /* the session's */
    cck_probe_facts *facts;
    const cck_root *root;
    bool launched;
    double budget; /* share of the target's time */
    cck_watch_space space;
    cck_watch_threads threads;
    cck_watch_stacks stacks;
    cck_watch_heaps *heaps; /* of launched programs, else NULL */
    cck_watch_waits waits;
    cck_watch_callers callers;
    const cck_hit *hit; /* that the engine is being told of */
    cck_watch_codes codes;
    cck_sampler *sampler;
    cck_watch_engine *engine;
    uint32_t line_size;
    const cck_machine *machine;
    double transfer_ns, undisputed; /* as in cck_observed; 0 unknown */
    bool asked_later;               /* for `undisputed` */
    uint64_t period;                /* of the samples, ns */
    uint64_t next_scan, next_look, next_step, next_drain;
    cck_own_time own;
    unsigned cpus; /* of the machine */
    uint64_t began, closed;
    int timer;
} watching;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- what the engine does through us ---- */

static int arm(void *context, int32_t tid, unsigned slot, uint64_t word, cck_watch_kind kind,
               unsigned hits)
{
    return cck_sampler_arm(((watching *)context)->sampler, tid, slot, word, kind, hits, NULL);
}

static void disarm(void *context, int32_t tid)
{
    cck_sampler_disarm(((watching *)context)->sampler, tid);
}

static uint64_t exposure(void *context, int32_t tid, unsigned slot)
{
    return cck_sampler_exposure(((watching *)context)->sampler, tid, slot);
}

static uint64_t cpu_time(void *context, int32_t tid)
{
    return cck_sampler_cpu_time(((watching *)context)->sampler, tid);
}

static uint64_t clock_of(void *context)
{
    (void)context;
    return now_ns();
}

static bool key_of(void *context, int32_t pid, uint64_t address, uint64_t *out_key)
{
    watching *s = context;
    return cck_watch_space_key(&s->space, pid, address, s->line_size, out_key);
}

static cck_decoder *decoder_of(watching *s, int32_t pid)
{
    cck_watch_image *image = cck_watch_space_image(&s->space, pid);
    return image ? cck_watch_codes_get(&s->codes, image) : NULL;
}

static size_t near(void *context, int32_t pid, const cck_registers *registers,
                   cck_near_access *out_accesses, size_t room, bool *out_known)
{
    cck_decoder *decoder = decoder_of(context, pid);
    if (out_known)
        *out_known = false;
    return decoder ? cck_decoder_near(decoder, registers, out_accesses, room, out_known) : 0;
}

static bool trapped(void *context, int32_t pid, const cck_registers *registers, uint64_t word,
                    uint32_t size, cck_near_access *out_access)
{
    watching *s = context;
    cck_watch_image *image = cck_watch_space_image(&s->space, pid);
    cck_decoder *decoder = image ? cck_watch_codes_get(&s->codes, image) : NULL;
    cck_text text;
    if (!decoder || !cck_decoder_trapped(decoder, registers, word, size, out_access))
        return false;
    if (s->hit && cck_watch_codes_text(&s->codes, image, &text))
        cck_watch_callers_note(&s->callers, &s->stacks, image, &text, s->hit, out_access->ip,
                               now_ns());
    return true;
}

static uint64_t next(void *context, int32_t pid, uint64_t ip)
{
    cck_decoder *decoder = decoder_of(context, pid);
    return decoder ? cck_decoder_next(decoder, ip) : 0;
}

/* ---- what the sampler hands over ---- */

/* Code at an unknown address is what an exec leaves behind, or a library that was loaded. */
static cck_watch_image *image_at(watching *s, int32_t pid, uint64_t ip)
{
    cck_watch_image *image = cck_watch_space_image(&s->space, pid);
    if (image && !cck_watch_image_known(image, ip) && cck_watch_space_look(&s->space, pid))
        image = cck_watch_space_image(&s->space, pid);
    if (image)
        cck_watch_image_find(&s->space, image, ip);
    return image;
}

static unsigned stack_register(void)
{
    return MACHINE == EM_X86_64 ? CCK_REGISTER_STACK_X86 : CCK_REGISTER_STACK_ARM;
}

static unsigned frame_register(void)
{
    return MACHINE == EM_X86_64 ? CCK_REGISTER_FRAME_X86 : CCK_REGISTER_FRAME_ARM;
}

static void on_sample(void *context, const cck_sample *sample)
{
    watching *s = context;
    const cck_watch_image *image = image_at(s, sample->pid, sample->registers.ip);
    cck_watch_thread *thread = cck_watch_threads_get(&s->threads, sample->pid, sample->tid);
    if (thread) {
        thread->samples++;
        thread->stack = sample->registers.value[stack_register()];
        thread->frame = sample->registers.value[frame_register()];
        thread->code = sample->registers.ip;
        if (sample->registers.thread_base)
            thread->base = sample->registers.thread_base;
        if (image)
            thread->image = image->number;
    }
    cck_watch_engine_sample(s->engine, sample);
}

static void on_hit(void *context, const cck_hit *hit)
{
    watching *s = context;
    image_at(s, hit->pid, hit->registers.ip);
    s->hit = hit;
    cck_watch_engine_hit(s->engine, hit);
    s->hit = NULL;
}

static void on_thread(void *context, int32_t pid, int32_t tid, bool alive)
{
    watching *s = context;
    cck_watch_threads_note(&s->threads, s->root, pid, tid, alive);
    cck_watch_engine_thread(s->engine, pid, tid, alive);
}

static bool on_rests(void *context, int32_t pid, int32_t tid, bool resting)
{
    watching *s = context;
    if (!resting)
        s->next_step = 0; /* its turn is short */
    return cck_watch_engine_rests(s->engine, pid, tid, resting);
}

static void on_looked(void *context, const cck_watch_image *image)
{
    cck_watch_codes_update(&((watching *)context)->codes, image);
}

/* ---- the life of a run ---- */

static double budget_of(const cck_probe_request *request)
{
    return request->overhead > 0 ? request->overhead : default_overhead;
}

static int check(const cck_probe_request *request, cck_error *err)
{
    if (request->want != CCK_WANT_SHARING)
        return cck_fail(err, CCK_EUNSUPPORTED, "only lines that are shared can be watched");
    int code = cck_watch_may(request->target, request->root, MACHINE, err);
    if (code < 0)
        return code;
    cck_sampler *sampler;
    cck_sampler_sink sink = {0};
    code = cck_sampler_new(&sampler, request->root, budget_of(request), &sink, err);
    if (code < 0)
        return code;
    cck_sampler_free(sampler);
    return 0;
}

static int start_watching(watching *s, const cck_probe_request *request, cck_error *err)
{
    const cck_sampler_sink sink = {on_sample, on_hit, on_thread, s, on_rests};
    const cck_watch_hands hands = {.arm = arm,
                                   .disarm = disarm,
                                   .exposure = exposure,
                                   .cpu_time = cpu_time,
                                   .clock = clock_of,
                                   .key_of = key_of,
                                   .near = near,
                                   .trapped = trapped,
                                   .next = next,
                                   .context = s};
    const cck_watch_plan plan = {
        .line_size = s->line_size,
        .budget = budget_of(request),
        .least = request->least_rate > 0 ? request->least_rate : cck_line_default_limits.rate,
        .transfer_ns = s->transfer_ns,
        .seed = now_ns(),
    };
    int code = cck_sampler_new(&s->sampler, request->root, plan.budget, &sink, err);
    return code == 0 ? cck_watch_engine_new(&s->engine, &plan, cck_sampler_costs_of(s->sampler),
                                            &hands, err)
                     : code;
}

static void destroy(void *state)
{
    watching *s = state;
    if (!s)
        return;
    cck_sampler_free(s->sampler); /* first: nothing stays armed, whatever is yet to be freed */
    cck_watch_engine_free(s->engine);
    cck_watch_codes_clear(&s->codes);
    cck_watch_heaps_free(s->heaps);
    cck_watch_waits_clear(&s->waits);
    cck_watch_callers_clear(&s->callers);
    cck_watch_stacks_clear(&s->stacks);
    cck_watch_space_clear(&s->space);
    cck_watch_threads_clear(&s->threads);
    if (s->timer >= 0)
        close(s->timer);
    free(s);
}

/* 0: unknown. */
static double gauged(const watching *s, const char *name)
{
    cck_gauge_reading reading = {0};
    return cck_gauge_read(name, s->machine, &reading, NULL) == 0 ? reading.value : 0;
}

static int create(void **out_state, const cck_probe_request *request, cck_probe_facts *facts,
                  cck_error *err)
{
    watching *s = calloc(1, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *out_state = s;
    s->arena = request->arena;
    s->facts = facts;
    s->root = request->root;
    s->launched = request->target->argv != NULL;
    s->budget = budget_of(request);
    s->codes = (cck_watch_codes){.root = request->root, .machine = MACHINE};
    long line = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
    s->line_size = line >= 16 && line <= 256 && !(line & (line - 1)) ? (uint32_t)line : 64;
    s->machine = request->machine;
    s->transfer_ns = gauged(s, "transfer");
    s->undisputed = s->launched ? gauged(s, "undisputed") : 0;
    cck_watch_space_init(&s->space, request->root);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    s->cpus = cpus > 0 ? (unsigned)cpus : 1;
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->timer < 0)
        return cck_fail_os(err, cck_code_of_errno(errno), errno, "cannot make a timer");
    int code = start_watching(s, request, err);
    if (code < 0)
        return code;
    s->space.looked = on_looked;
    s->space.context = s;
    char percent[CCK_NUMBER_SIZE];
    cck_number_percent(percent, 100 * budget_of(request));
    facts->why = "";
    facts->slowdown = cck_arena_printf(s->arena, "%s %% aimed at", percent);
    return facts->slowdown ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* Allocations are recorded where that can be done; else types tell of them, as attached. */
static int environment(void *state, const char *const *before, const char *const **out_changes,
                       cck_error *err)
{
    watching *s = state;
    *out_changes = NULL;
    if (cck_watch_heaps_new(&s->heaps, NULL) < 0)
        return 0;
    cck_watch_heaps_set_share(s->heaps, s->budget);
    *out_changes = cck_watch_heaps_environment(s->heaps, before, s->arena);
    return *out_changes ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static void set_timer(watching *s)
{
    uint64_t next = s->next_scan < s->next_step ? s->next_scan : s->next_step;
    next = s->next_drain < next ? s->next_drain : next;
    struct itimerspec when = {
        .it_value = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)}};
    if (!next)
        when.it_value.tv_nsec = 1;
    timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static int open_target(void *state, pid_t pid, cck_error *err)
{
    watching *s = state;
    s->began = now_ns();
    int code = cck_sampler_follow(s->sampler, pid, true, err);
    cck_watch_be_prompt(); /* the target is there: it does not inherit that */
    if (code == 0)
        set_timer(s);
    return code;
}

static int poll_fds(void *state, struct pollfd *fds, int size)
{
    watching *s = state;
    if (size < 1)
        return 0;
    fds[0] = (struct pollfd){.fd = s->timer, .events = POLLIN};
    return 1;
}

/* Variables on stacks are told by the frames that they are in, which end with their threads. */
static void find_frames(watching *s)
{
    cck_watch_summary summary;
    cck_watch_frame frame;
    if (cck_watch_engine_summary(s->engine, &summary, NULL) < 0)
        return;
    for (size_t i = 0; i < summary.line_count && i < LINES_LOOKED_AT; i++) {
        const cck_watch_line *line = &summary.lines[i];
        for (size_t j = 0; j < line->use_count && j < USES_LOOKED_AT && line->side_count; j++) {
            cck_watch_image *image = cck_watch_space_image(&s->space, line->sides[0].pid);
            uint64_t address = line->sides[0].address + line->uses[j].offset;
            uint32_t owner =
                image ? cck_watch_stack_owner(&s->threads, s->root, image, address) : CCK_NONE;
            if (owner != CCK_NONE && line->uses[j].hits)
                cck_watch_stacks_find(&s->stacks, s->root, image, s->threads.list[owner], address,
                                      &frame);
        }
    }
}

/* A first thread that waits for others is never sampled, but they may use its variables. */
static void find_base(watching *s, cck_watch_thread *thread)
{
    cck_thread_base_search search = {.tid = thread->tid, .stack = thread->stack};
    if (thread->base || thread->sought)
        return;
    thread->sought = true;
    if (cck_thread_base_find(s->root, thread->pid, &search, 1) == 0)
        thread->base = search.base;
}

/* Each process once: the leaders of those that were seen. */
static void look_at_processes(watching *s)
{
    for (size_t i = 0; i < s->threads.count; i++) {
        cck_watch_thread *thread = s->threads.list[i];
        if (!thread->alive || thread->tid != thread->pid ||
            !cck_map_get(&s->space.current, (uint32_t)thread->pid))
            continue;
        cck_watch_space_look(&s->space, thread->pid);
        find_base(s, thread);
    }
    cck_watch_threads_name(&s->threads, s->root, NAMES_AT_ONCE);
    find_frames(s);
}

static bool is_due(uint64_t mark, uint64_t now)
{
    return now + TOGETHER_NS >= mark;
}

static int scan(watching *s, uint64_t now, cck_error *err)
{
    int code = cck_sampler_scan(s->sampler, err);
    cck_watch_waits_look(&s->waits, &s->stacks, s->root, &s->space, &s->threads, now);
    bool soon = now - s->began < SOON_NS || cck_sampler_rested_of(s->sampler).now;
    s->next_scan = now + (soon ? SCAN_NS : SCAN_LATER_NS);
    return code;
}

static void look_around(watching *s, uint64_t now)
{
    cck_watch_heaps_scan(s->heaps);
    look_at_processes(s);
    s->next_look = now + (now - s->began < SOON_NS ? LOOK_NS : LOOK_LATER_NS);
}

static void step(watching *s, uint64_t now)
{
    uint64_t next = cck_watch_engine_step(s->engine, now);
    s->next_step = next > now + STEP_LEAST_NS ? next : now + STEP_LEAST_NS;
    uint64_t period = cck_watch_engine_period(s->engine);
    if (period != s->period)
        cck_sampler_period(s->sampler, s->period = period);
}

static void let_rest(watching *s)
{
    double cost = cck_sampler_rest(s->sampler);
    cck_watch_engine_turns(s->engine, cost, cck_sampler_rested_of(s->sampler).awake);
}

static int drain(void *state, cck_error *err)
{
    watching *s = state;
    uint64_t expirations, now = now_ns();
    int code = 0;
    while (read(s->timer, &expirations, sizeof expirations) > 0)
        ;
    uint64_t used = cck_own_time_used(&s->own, s->root, now, s->cpus);
    cck_watch_engine_own(s->engine, used, s->own.taken, s->own.busy);
    bool scans = is_due(s->next_scan, now);
    if (scans)
        code = scan(s, now, err);
    if (code == 0)
        code = cck_sampler_drain(s->sampler, err);
    if (code < 0)
        return code;
    if (scans)
        let_rest(s);
    s->next_drain = now + cck_sampler_drain_every(s->sampler);
    if (is_due(s->next_look, now))
        look_around(s, now);
    if (is_due(s->next_step, now))
        step(s, now);
    set_timer(s);
    return 0;
}

static bool progress(void *state, cck_progress *out_progress)
{
    watching *s = state;
    cck_watch_summary summary;
    if (cck_watch_engine_summary(s->engine, &summary, NULL) < 0)
        return false;
    out_progress->watched = true;
    out_progress->threads = (uint32_t)s->threads.alive;
    out_progress->processes = (uint32_t)s->space.current.count;
    out_progress->lines = (uint32_t)summary.suspects;
    out_progress->samples = summary.samples;
    out_progress->decoded = summary.samples ? (double)summary.decoded / (double)summary.samples : 0;
    return true;
}

/* ---- the end ---- */

static bool tell_thread(const watching *s, const cck_watch_thread *thread, cck_tally *tally)
{
    cck_tally_thread *row = cck_tally_add(tally, thread->pid, thread->tid);
    if (!row)
        return false;
    strcpy(row->name, thread->name);
    if (thread->image < s->space.count)
        strcpy(row->process, s->space.images[thread->image]->program);
    row->ended = !thread->alive;
    return true;
}

static int tell_threads(watching *s, cck_tally *tally, cck_error *err)
{
    cck_map processes = {0};
    cck_watch_threads_name(&s->threads, s->root, s->threads.count);
    bool good = true;
    for (size_t i = 0; i < s->threads.count && good; i++)
        good = tell_thread(s, s->threads.list[i], tally) &&
               cck_map_put(&processes, (uint32_t)s->threads.list[i]->pid, s);
    tally->processes = (uint32_t)processes.count;
    tally->residency_unknown = "not looked at by the watch backend";
    tally->lost_records = cck_sampler_numbers_of(s->sampler).lost;
    cck_map_clear(&processes);
    return good ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int close_target(void *state, cck_tally *tally, cck_error *err)
{
    watching *s = state;
    int code = cck_sampler_drain(s->sampler, err);
    if (code < 0)
        return code;
    s->closed = now_ns();
    cck_watch_heaps_scan(s->heaps);
    return tell_threads(s, tally, err);
}

/* Measured before a program starts. Of one that runs already it takes 80 ms of CPU time: only for
 * a line whose cost wants it. On a busy machine it may have failed: asked for once more. */
static void ask_for_undisputed(watching *s, const cck_watch_summary *summary)
{
    bool wanted = false;
    for (size_t i = 0; i < summary->line_count && !wanted; i++)
        for (size_t j = 0; j < summary->lines[i].side_count && !wanted; j++)
            wanted = summary->lines[i].confirmed && summary->lines[i].sides[j].atomics;
    if (!wanted || s->undisputed > 0 || s->asked_later)
        return;
    s->asked_later = true;
    s->undisputed = gauged(s, "undisputed");
}

static int observe_until(watching *s, uint64_t until, const cck_watch_summary *summary,
                         cck_observed *out_observed, cck_error *err)
{
    /* Gaps far shorter than a hit takes are not told well: how far, see pace.c. */
    const cck_sampler_costs *costs = cck_sampler_costs_of(s->sampler);
    ask_for_undisputed(s, summary);
    double shortest_ns = costs->hit_ns * (costs->echoes ? 0.08 : 1.2);
    cck_watch_seen seen = {
        .summary = summary,
        .space = &s->space,
        .threads = &s->threads,
        .heaps = s->heaps,
        .stacks = &s->stacks,
        .waits = &s->waits,
        .callers = &s->callers,
        .root = s->root,
        .line_size = s->line_size,
        .transfer_ns = s->transfer_ns,
        .undisputed = s->undisputed,
        .most_rate = shortest_ns > 0 ? 1e9 / shortest_ns : 0,
        .began = s->began,
        .seconds = (double)(until - s->began) * 1e-9,
    };
    return cck_watch_observe(&seen, out_observed, err);
}

/* A process that is stopped as a whole; 0: none. */
static int32_t find_stopped(const watching *s)
{
    for (size_t i = 0; i < s->threads.count; i++) {
        const cck_watch_thread *thread = s->threads.list[i];
        if (thread->alive && thread->tid == thread->pid &&
            cck_proc_is_stopped(s->root, thread->pid) == 1)
            return thread->pid;
    }
    return 0;
}

static int observe(void *state, cck_observed *out_observed, cck_error *err)
{
    watching *s = state;
    cck_watch_summary summary;
    int code = cck_watch_engine_summary(s->engine, &summary, err);
    if (code == 0)
        code = observe_until(s, s->closed, &summary, out_observed, err);
    if (code == 0)
        cck_watch_notes(s->facts, s->arena, s->sampler, &summary, find_stopped(s),
                        s->launched, s->heaps);
    return code;
}

static int look(void *state, cck_tally *tally, cck_observed *out_observed, cck_error *err)
{
    watching *s = state;
    cck_watch_summary summary;
    int code = tell_threads(s, tally, err);
    if (code == 0)
        code = cck_watch_engine_summary(s->engine, &summary, err);
    return code == 0 ? observe_until(s, now_ns(), &summary, out_observed, err) : code;
}

static void doctor(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    cck_error err = {0};
    cck_sampler *sampler = NULL;
    const cck_sampler_sink nobody = {0};
    cck_check line = {.backend = "watch", .part = "", .reason = "", .enable = ""};
    char reason[160];
    if (cck_sampler_new(&sampler, root, default_overhead, &nobody, &err) < 0) {
        line.state = CCK_CHECK_NO;
        line.reason = err.message;
        line.enable = err.hint;
        sink(context, &line);
        return;
    }
    const cck_sampler_costs *costs = cck_sampler_costs_of(sampler);
    line.state = costs->slots == CCK_WATCH_SLOTS ? CCK_CHECK_YES
                 : costs->slots                  ? CCK_CHECK_PARTLY
                                                 : CCK_CHECK_NO;
    snprintf(reason, sizeof reason,
             "shared lines of running programs; %u debug registers; a sample costs %.0f us, a hit "
             "%.0f us",
             costs->slots, costs->sample_ns * 1e-3, costs->hit_ns * 1e-3);
    line.reason = reason;
    line.enable = costs->slots == CCK_WATCH_SLOTS ? "" : "end the debugger that uses the others";
    sink(context, &line);
    cck_sampler_free(sampler);
}

const cck_probe cck_probe_watch = {
    .name = "watch",
    .backend = CCK_BACKEND_WATCH,
    .evidence = CCK_WATCHED,
    .priority = 55, /* the program as it is, rather than a model of it */
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
    .look = look,
    .destroy = destroy,
    .doctor = doctor,
};
