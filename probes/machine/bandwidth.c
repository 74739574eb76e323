/* SPDX-License-Identifier: MIT */
#include "probes/machine/bandwidth.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/machine/crew.h"

enum { LEAST = 3, PASS_MOST = 16 << 20, PATIENCE = 8, SPINS = 2000 };

typedef uint64_t wide __attribute__((vector_size(32)));

typedef struct stream {
    size_t count;
    const char *base;
    uint64_t part; /* bytes of one reader's */
    double ms;
    cck_samples *samples;
    size_t before;
    _Alignas(CCK_APART) atomic_size_t arrived; /* grows by `count` with each meeting */
    _Alignas(CCK_APART) atomic_size_t disturbed; /* readers, in this pass */
    _Alignas(CCK_APART) atomic_bool stop;
    _Alignas(CCK_APART) _Atomic uint64_t sink;
} stream;

/* Everybody waits until all have come. Who waits long lets others have the CPU. */
static void meet(stream *s, size_t *meetings)
{
    size_t all = ++*meetings * s->count;
    atomic_fetch_add(&s->arrived, 1);
    for (unsigned spins = 0; atomic_load_explicit(&s->arrived, memory_order_acquire) < all; spins++)
        if (spins > SPINS)
            sched_yield();
        else
            cck_relax();
}

static uint64_t read_all(const char *from, uint64_t bytes)
{
    wide sums[4] = {{0}};
    const wide *at = (const wide *)(const void *)from, *end = at + bytes / sizeof *at;
    for (; at + 4 <= end; at += 4)
        for (int i = 0; i < 4; i++)
            sums[i] += at[i];
    sums[0] += sums[1] + sums[2] + sums[3];
    return sums[0][0] + sums[0][1] + sums[0][2] + sums[0][3];
}

static void take_pass(stream *s, const char *from, uint64_t bytes, int cpu)
{
    cck_guard guard;
    cck_guard_begin(&guard);
    atomic_fetch_add_explicit(&s->sink, read_all(from, bytes), memory_order_relaxed);
    if (!cck_guard_held(&guard, cpu))
        atomic_fetch_add(&s->disturbed, 1);
}

static bool wants_more(const stream *s, double now, double started)
{
    double length = s->ms * 1e6;
    bool few = s->samples->count - s->before < LEAST;
    return now < started + length || (few && now < started + PATIENCE * length);
}

/* Waiting at the end of a pass may be a switch: only reading is guarded. */
static void read_on(const cck_crew_member *self)
{
    stream *s = self->context;
    uint64_t pass = s->part < PASS_MOST ? s->part : PASS_MOST, offset = 0;
    const char *mine = s->base + self->index * s->part;
    size_t meetings = 0;
    double started = cck_now_ns();
    for (;; offset = offset + 2 * pass <= s->part ? offset + pass : 0) {
        meet(s, &meetings);
        if (atomic_load(&s->stop))
            return;
        double before = cck_now_ns();
        take_pass(s, mine + offset, pass, self->cpu);
        meet(s, &meetings);
        double now = cck_now_ns();
        if (self->index > 0)
            continue;
        if (atomic_exchange(&s->disturbed, 0))
            cck_samples_drop(s->samples);
        else
            cck_samples_add(s->samples, (double)(pass * s->count) / (now - before));
        atomic_store(&s->stop, !wants_more(s, now, started));
    }
}

int cck_bandwidth_run(const int *cpus, size_t count, const void *base, uint64_t bytes, double ms,
                      cck_samples *samples, cck_error *err)
{
    stream *s = aligned_alloc(CCK_APART, sizeof *s);
    if (!s)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *s = (stream){
        .count = count,
        .base = base,
        .part = bytes / count & ~(uint64_t)4095,
        .ms = ms,
        .samples = samples,
        .before = samples->count,
    };
    int code = cck_crew_run(cpus, count, read_on, s, err);
    if (code == 0 && samples->count - s->before < LEAST)
        code = cck_fail(err, CCK_EBUSY, "the CPUs were too busy");
    free(s);
    return code;
}
