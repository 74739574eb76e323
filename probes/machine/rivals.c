/* SPDX-License-Identifier: MIT */
#include "probes/machine/rivals.h"

#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/machine/crew.h"

enum {
    CHUNK = 8, /* operations between two signs of life */
    QUARTER_NS = 6000,
    LEAST = 3,
    PATIENCE = 4 /* times the length that was asked for, on a busy machine */
};

typedef struct progress {
    _Alignas(CCK_APART) _Atomic uint64_t chunks;
} progress;

typedef struct contest {
    progress done[CCK_CREW_MOST];
    _Alignas(CCK_APART) atomic_bool stop;
    const cck_rival *rivals;
    size_t count;
    double ms;
    cck_samples *samples;
    size_t before; /* samples of earlier rounds */
} contest;

/* How many operations take a quarter of a sample. Others run meanwhile, as they will. */
static uint32_t find_length(const cck_rival *self)
{
    for (uint32_t length = 16;; length *= 2) {
        double before = cck_now_ns();
        cck_operations[self->does].run(self->word, length);
        if (cck_now_ns() - before >= QUARTER_NS / 2.0 || length >= 1u << 20)
            return length;
    }
}

static bool all_moved(contest *c, uint64_t *seen)
{
    bool moved = true;
    for (size_t i = 1; i < c->count; i++) {
        uint64_t now = atomic_load_explicit(&c->done[i].chunks, memory_order_relaxed);
        moved &= now != seen[i];
        seen[i] = now;
    }
    return moved;
}

static void take_sample(contest *c, const cck_crew_member *self, uint32_t length)
{
    const cck_rival *rival = &c->rivals[0];
    uint64_t seen[CCK_CREW_MOST] = {0};
    cck_guard guard;
    bool together = true;
    double took = 0;
    cck_guard_begin(&guard);
    all_moved(c, seen);
    for (int quarter = 0; quarter < 4; quarter++) {
        double before = cck_now_ns();
        cck_operations[rival->does].run(rival->word, length);
        took += cck_now_ns() - before;
        together &= all_moved(c, seen);
    }
    if (together && cck_guard_held(&guard, self->cpu))
        cck_samples_add(c->samples, took / (4.0 * length));
    else
        cck_samples_drop(c->samples);
}

static void compete(const cck_crew_member *self)
{
    contest *c = self->context;
    const cck_rival *rival = &c->rivals[self->index];
    double deadline = cck_now_ns() + c->ms * 1e6, end = deadline + (PATIENCE - 1) * c->ms * 1e6;
    if (self->index > 0) {
        /* Whoever takes the samples may be gone: then the clock ends it. */
        for (uint64_t chunk = 1; !atomic_load_explicit(&c->stop, memory_order_relaxed); chunk++) {
            cck_operations[rival->does].run(rival->word, CHUNK);
            atomic_store_explicit(&c->done[self->index].chunks, chunk, memory_order_relaxed);
            if (chunk % 1024 == 0 && cck_now_ns() > 2 * end - deadline)
                break;
        }
        return;
    }
    uint32_t length = find_length(rival);
    for (double now = 0; now < deadline ||
                         (now < end && c->samples->count - c->before < LEAST);
         now = cck_now_ns())
        take_sample(c, self, length);
    atomic_store(&c->stop, true);
}

int cck_rivals_run(const cck_rival *rivals, size_t count, double ms, cck_samples *samples,
                   cck_error *err)
{
    int cpus[CCK_CREW_MOST];
    contest *c = aligned_alloc(CCK_APART, sizeof *c);
    if (!c || count > CCK_CREW_MOST) {
        free(c);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *c = (contest){
        .rivals = rivals, .count = count, .ms = ms, .samples = samples, .before = samples->count};
    for (size_t i = 0; i < count; i++)
        cpus[i] = rivals[i].cpu;
    int code = cck_crew_run(cpus, count, compete, c, err);
    if (code == 0 && samples->count - c->before < LEAST)
        code = cck_fail(err, CCK_EBUSY, "the CPUs were too busy: the threads never ran together");
    free(c);
    return code;
}
