/* SPDX-License-Identifier: MIT */
#include "probes/watch/sampler_trial.h"

#include <elf.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/perf/ring.h"
#include "probes/watch/decode.h"
#include "probes/watch/sampler_event.h"
#include "probes/watch/sampler_thread.h"
#include "probes/watch/spinner.h"

enum {
    PERIOD_NS = 200000, /* of the trial's samples: dense, so that a few ms suffice */
    WINDOW_US = 10000,
    ROUNDS = 2000,         /* of the spinner: it did run meanwhile */
    MOST_ROUNDS = 4000000, /* in which a clock that ticks brings its samples, by far */
    SAMPLES = 10,
    LEAST_NS = 200, /* an interruption costs that much on any machine, seen or not */
    HITS = 16,
    ARMS = 30,
    ARMS_A_TRY = 5,
    ARM_TRIES = 40,
    ARM_PAUSE_US = 300,
    STACK_NEAR = 65536,
};

typedef struct trial {
    const cck_perf_calls *calls;
    const cck_root *root;
    cck_spinner spinner;
    cck_sampler_thread thread;
    cck_sampler_queue queue;
    cck_sampler_numbers numbers;
    cck_sampler_reading reading;
    cck_sampler_costs costs;
    size_t samples, good_samples, hits, good_hits;
    uint64_t gaps[HITS]; /* ns of CPU time between two hits */
    size_t gap_count;
    uint64_t ip;          /* the instruction behind the one that hits */
    uint64_t last_time;   /* ns: of the last hit of all, */
    unsigned last_slot;   /* and its slot */
    uint64_t lead;        /* ns from a hit to the one behind it; 0 none */
    int64_t echoes[HITS]; /* ns by which it then took longer to the next hit */
    size_t echo_count;
} trial;

static void nothing_forked(void *context, const cck_sampler_thread *thread, int32_t pid,
                           int32_t tid)
{
    (void)context;
    (void)thread;
    (void)pid;
    (void)tid;
}

static void nothing_missed(void *context, const cck_sampler_thread *thread)
{
    (void)context;
    (void)thread;
}

#if defined(__x86_64__)
enum { STACK_POINTER = CCK_REGISTER_STACK_X86 };
#else
enum { STACK_POINTER = CCK_REGISTER_STACK_ARM };
#endif

static bool registers_are_right(const trial *t, const cck_registers *registers)
{
    uint64_t stack = registers->value[STACK_POINTER], known = atomic_load(&t->spinner.stack);
    return registers->ip && stack <= known + STACK_NEAR && known <= stack + STACK_NEAR;
}

/* Slot 0 watches the word, slot 1 the instruction behind. */
static void note_echo(trial *t, const cck_hit *hit)
{
    uint64_t passed = hit->time - t->last_time;
    bool turn = t->last_slot != hit->slot;
    if (hit->slot == 1) {
        t->lead = turn && hit->number < HITS ? passed : 0;
    } else {
        if (turn && t->lead && hit->number < HITS && t->echo_count < HITS)
            t->echoes[t->echo_count++] = (int64_t)passed - (int64_t)t->lead;
        t->lead = 0;
    }
    t->last_slot = hit->slot;
    t->last_time = hit->time;
}

static void look_at(void *context, const cck_sampler_news *news)
{
    trial *t = context;
    if (news->kind == CCK_NEWS_SAMPLE) {
        t->samples++;
        t->good_samples += registers_are_right(t, &news->sample.registers);
    } else if (news->kind == CCK_NEWS_HIT) {
        t->hits++;
        note_echo(t, &news->hit);
        if (news->hit.slot == 0)
            t->ip = news->hit.registers.ip;
        /* The first wait is no gap, and of the last hit the clock is read too late. */
        if (news->hit.number > 1 && news->hit.number < HITS && t->gap_count < HITS)
            t->gaps[t->gap_count++] = news->hit.exposure;
        t->good_hits += registers_are_right(t, &news->hit.registers) &&
                        news->hit.word == (uint64_t)(uintptr_t)&t->spinner.words[0];
    }
}

static void read_ring(trial *t)
{
    cck_sampler_thread_read(&t->thread, &t->reading);
    cck_sampler_queue_hand_over(&t->queue, UINT64_MAX, look_at, t);
}

/* Let the spinner run, reading what it brings. */
static int run(trial *t, unsigned us, cck_error *err)
{
    if (!cck_spinner_wait(&t->spinner, us, ROUNDS))
        return cck_fail(err, CCK_EBUSY, "the machine is too busy to try out its debug registers");
    read_ring(t);
    return 0;
}

/* ---- samples ---------------------------------------------------------------- */

static int open_clock(trial *t, uint64_t period, cck_error *err)
{
    cck_sampler_thread_close(&t->thread);
    return cck_sampler_thread_open(&t->thread, t->calls, t->root, (int32_t)getpid(),
                                   atomic_load(&t->spinner.tid), period, false, err);
}

static int try_samples(trial *t, cck_error *err)
{
    uint64_t least = cck_sampler_least_period(t->root);
    int code = open_clock(t, least > PERIOD_NS ? least : PERIOD_NS, err);
    uint64_t from = atomic_load(&t->spinner.gap_count), began = atomic_load(&t->spinner.rounds);
    /* By its own work, not by the clock: on a busy machine it may not run for long. */
    while (code == 0 && t->samples < SAMPLES &&
           atomic_load(&t->spinner.rounds) - began < MOST_ROUNDS)
        code = run(t, WINDOW_US, err);
    if (code < 0)
        return code;
    t->costs.sample_ns = cck_spinner_gaps_since(&t->spinner, from, t->samples).median_ns;
    if (t->good_samples && 2 * t->good_samples >= t->samples)
        return 0;
    cck_fail(err, CCK_EUNSUPPORTED,
             t->samples ? "samples of the software clock come without a thread's registers"
                        : "the software clock brings no samples");
    cck_hint(err, "a kernel of its own is needed, 4.17 or later (gVisor and user-mode Linux have "
                  "none); cachecheck simulates meanwhile");
    return CCK_EUNSUPPORTED;
}

/* ---- watchpoints ------------------------------------------------------------ */

static int arm(trial *t, unsigned slot, unsigned word, unsigned hits, bool rearms, cck_error *err)
{
    return cck_sampler_thread_arm(&t->thread, &t->reading, t->calls, rearms, slot,
                                  (uint64_t)(uintptr_t)&t->spinner.words[word], false, hits, err);
}

static int by_length(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* As rates will be measured: the spinner writes that word all the time, so that a gap is a trap. */
static double median_gap(trial *t)
{
    qsort(t->gaps, t->gap_count, sizeof *t->gaps, by_length);
    uint64_t median = t->gaps[t->gap_count / 2];
    return (double)median;
}

static int try_hits(trial *t, cck_error *err)
{
    uint64_t from = atomic_load(&t->spinner.gap_count);
    int code = arm(t, 0, 0, HITS, true, err);
    if (code == 0)
        code = run(t, 1000, err);
    if (code < 0)
        return code;
    cck_sampler_thread_disarm(&t->thread, &t->reading, false);
    read_ring(t);
    t->costs.hit_ns = t->gap_count > HITS / 2
                          ? median_gap(t)
                          : cck_spinner_gaps_since(&t->spinner, from, HITS).median_ns;
    if (t->good_hits == HITS)
        return 0;
    cck_fail(err, CCK_EUNSUPPORTED, "a watchpoint fired %zu times, not %d", t->good_hits, HITS);
    cck_hint(err, "the hypervisor does not pass debug registers through; cachecheck simulates "
                  "meanwhile");
    return CCK_EUNSUPPORTED;
}

static int by_difference(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int time_echoes(trial *t, uint64_t at, cck_error *err)
{
    enum { LEAST = 6, MOST_SHARE = 4 };
    cck_error reason = {0};
    t->echo_count = 0;
    t->last_slot = UINT_MAX;
    if (cck_sampler_thread_arm(&t->thread, &t->reading, t->calls, t->costs.rearms, 1, at,
                               CCK_WATCH_CODE, HITS, &reason))
        return 0;
    int code = arm(t, 0, 0, HITS, t->costs.rearms, err);
    if (code == 0)
        code = run(t, 1000, err);
    cck_sampler_thread_disarm(&t->thread, &t->reading, true);
    read_ring(t);
    if (code < 0 || t->echo_count < LEAST)
        return code;
    qsort(t->echoes, t->echo_count, sizeof *t->echoes, by_difference);
    int64_t median = t->echoes[t->echo_count / 2];
    t->costs.echo_ns = (double)median;
    t->costs.echoes = t->costs.echo_ns * MOST_SHARE < t->costs.hit_ns &&
                      -t->costs.echo_ns * MOST_SHARE < t->costs.hit_ns;
    return 0;
}

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#else
enum { MACHINE = EM_AARCH64 };
#endif

/*
 * Does the trap behind a trap take as long as the way to the next? If not, or if there is none,
 * rates are told without: no failure. Some processors report the breakpoint at the instruction
 * behind an access together with that access, in one trap; there it takes the one behind that.
 */
static int try_echoes(trial *t, cck_error *err)
{
    enum { LONGEST = 15 };
    if (t->costs.slots < 2 || !t->ip)
        return 0;
    int code = time_echoes(t, t->ip, err);
    if (code < 0 || t->costs.echoes)
        return code;
    uint64_t next = cck_decode_next(MACHINE, (const uint8_t *)(uintptr_t)t->ip, LONGEST, t->ip);
    code = next ? time_echoes(t, next, err) : 0;
    t->costs.echoes_apart = t->costs.echoes;
    return code;
}

/* Slot 0 has reached its limit: does it fire again? */
static int try_again(trial *t, cck_error *err)
{
    size_t before = t->good_hits;
    int code = arm(t, 0, 0, 1, true, err);
    if (code == 0)
        code = run(t, 1000, err);
    t->costs.rearms = t->good_hits > before;
    cck_sampler_thread_disarm(&t->thread, &t->reading, true);
    return code;
}

static int count_slots(trial *t, cck_error *err)
{
    for (unsigned slot = 0; slot < CCK_WATCH_SLOTS; slot++) {
        cck_error reason = {0};
        int code = arm(t, slot, slot, 1, t->costs.rearms, &reason);
        if (code == CCK_EBUSY && slot > 0)
            break;
        if (code < 0)
            return cck_error_move(err, &reason);
        t->costs.slots++;
    }
    cck_sampler_thread_disarm(&t->thread, &t->reading, true);
    return 0;
}

/* Of our thread: what others do on our CPU meanwhile is none of its cost. */
static uint64_t own_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * A running thread that gets a watchpoint which is then taken away is interrupted twice. One
 * that waits for our CPU is not: such tries tell nothing. Where there are no others (one CPU,
 * or all busy), an arm is taken to cost what two samples do.
 */
static int time_arms(trial *t, cck_error *err)
{
    double sum = 0, own = 0;
    int counted = 0;
    int code = arm(t, 0, 1, 1, t->costs.rearms, err);
    cck_sampler_thread_disarm(&t->thread, &t->reading, false);
    for (int try = 0; code == 0 && try < ARM_TRIES && counted < ARMS; try++) {
        if (!cck_spinner_wait(&t->spinner, ARM_PAUSE_US, 0))
            break;
        uint64_t from = atomic_load(&t->spinner.gap_count), began = own_time();
        for (int i = 0; code == 0 && i < ARMS_A_TRY; i++) {
            code = arm(t, 0, 1 + i % 3, 1, t->costs.rearms, err);
            cck_sampler_thread_disarm(&t->thread, &t->reading, false);
        }
        double took = (double)(own_time() - began);
        cck_spinner_gaps gaps = cck_spinner_gaps_since(&t->spinner, from, UINT64_MAX);
        if (own == 0)
            own = took / ARMS_A_TRY;
        if (gaps.count < ARMS_A_TRY)
            continue;
        own = counted ? own : 0;
        own = (own * counted + took) / (counted + ARMS_A_TRY);
        sum += gaps.sum_ns;
        counted += ARMS_A_TRY;
    }
    t->costs.arm_own_ns = own;
    t->costs.arm_ns = counted ? sum / counted : 2 * t->costs.sample_ns;
    return code;
}

static double at_least(double value, double least)
{
    return value > least ? value : least;
}

static int run_trial(trial *t, cck_error *err)
{
    int code = try_samples(t, err);
    if (code == 0) /* a clock that brings nothing more */
        code = open_clock(t, 1000000000000ull, err);
    if (code == 0)
        code = try_hits(t, err);
    if (code == 0)
        code = try_again(t, err);
    if (code == 0)
        code = count_slots(t, err);
    if (code == 0)
        code = try_echoes(t, err);
    if (code == 0)
        code = time_arms(t, err);
    return code;
}

int cck_sampler_trial(const cck_perf_calls *calls, const cck_root *root,
                      cck_sampler_costs *out_costs, cck_error *err)
{
    if (!cck_sampler_architecture()) {
        cck_fail(err, CCK_EUNSUPPORTED, "threads are not watched on this architecture");
        cck_hint(err, "x86-64 and arm64 are; cachecheck simulates meanwhile");
        return CCK_EUNSUPPORTED;
    }
    trial *t = calloc(1, sizeof *t);
    void *scratch = malloc(CCK_RECORD_MAX);
    int code = t && scratch ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
    if (code == 0) {
        t->calls = calls;
        t->root = root;
        t->thread.fd = -1;
        for (unsigned i = 0; i < CCK_WATCH_SLOTS; i++)
            t->thread.slots[i] = CCK_WATCHPOINT_CLOSED;
        t->reading = (cck_sampler_reading){.queue = &t->queue,
                                           .numbers = &t->numbers,
                                           .scratch = scratch,
                                           .forked = nothing_forked,
                                           .missed = nothing_missed};
        code = cck_spinner_start(&t->spinner, err);
    }
    if (code == 0) {
        code = run_trial(t, err);
        cck_sampler_thread_close(&t->thread);
        cck_spinner_stop(&t->spinner);
        cck_sampler_queue_clear(&t->queue);
    }
    if (code == 0) {
        *out_costs = t->costs;
        out_costs->sample_ns = at_least(out_costs->sample_ns, LEAST_NS);
        out_costs->hit_ns = at_least(out_costs->hit_ns, LEAST_NS);
        out_costs->arm_ns = at_least(out_costs->arm_ns, out_costs->sample_ns);
    }
    free(scratch);
    free(t);
    return code;
}
