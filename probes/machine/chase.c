/* SPDX-License-Identifier: MIT */
/* Pointer chasing: each load's address is the value of the one before, so that nothing overlaps,
 * and the order is random, so that no prefetcher knows it. */
#include "probes/machine/chase.h"

#include "core/base/fail.h"
#include "probes/machine/crew.h"

enum { LEAST = 3, LOADS_LEAST = 512, SAMPLE_NS = 100000, PATIENCE = 4 };

static uint64_t next_random(uint64_t *state)
{
    /* xorshift64*: Vigna, An experimental exploration of Marsaglia's xorshift generators (2016). */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u;
}

static void **slot(void *base, uint64_t index, unsigned line)
{
    return (void **)(void *)((char *)base + index * line);
}

/* S. Sattolo, An algorithm to generate a random cyclic permutation, Inf. Proc. Letters 22 (1986):
 * as a shuffle, but never with itself, so that it is one cycle over all. */
void cck_chase_link(void *base, uint64_t bytes, unsigned line, uint64_t seed)
{
    uint64_t count = bytes / line, state = seed | 1;
    for (uint64_t i = 0; i < count; i++)
        *slot(base, i, line) = slot(base, i, line);
    for (uint64_t i = count; i-- > 1;) {
        void **one = slot(base, i, line);
        void **other = slot(base, (uint64_t)(((__uint128_t)next_random(&state) * i) >> 64), line);
        void *kept = *one;
        *one = *other;
        *other = kept;
    }
}

typedef struct walk {
    void *at;
    uint64_t steps; /* of the cycle */
    double ms;
    cck_samples *samples;
    size_t before;
} walk;

static void *follow(void *at, uint64_t steps)
{
    for (; steps >= 8; steps -= 8) {
        void **p = at;
        p = *p;
        p = *p;
        p = *p;
        p = *p;
        p = *p;
        p = *p;
        p = *p;
        at = *p;
    }
    __asm__ volatile("" : "+r"(at));
    return at;
}

static double time_of(walk *w, uint64_t loads)
{
    double before = cck_now_ns();
    w->at = follow(w->at, loads);
    return (cck_now_ns() - before) / (double)loads;
}

static void chase(const cck_crew_member *self)
{
    walk *w = self->context;
    time_of(w, (w->steps + 7) & ~7ull);
    double first = time_of(w, LOADS_LEAST);
    uint64_t loads = first > 0 ? (uint64_t)(SAMPLE_NS / first) & ~7ull : LOADS_LEAST;
    loads = loads < LOADS_LEAST ? LOADS_LEAST : loads;
    double deadline = cck_now_ns() + w->ms * 1e6, end = deadline + (PATIENCE - 1) * w->ms * 1e6;
    for (double now = 0;
         now < deadline || (now < end && w->samples->count - w->before < LEAST);
         now = cck_now_ns()) {
        cck_guard guard;
        cck_guard_begin(&guard);
        double took = time_of(w, loads);
        if (cck_guard_held(&guard, self->cpu))
            cck_samples_add(w->samples, took);
        else
            cck_samples_drop(w->samples);
    }
}

int cck_chase_run(int cpu, void *base, uint64_t bytes, unsigned line, double ms,
                  cck_samples *samples, cck_error *err)
{
    walk w = {base, bytes / line, ms, samples, samples->count};
    int code = cck_crew_run(&cpu, 1, chase, &w, err);
    if (code == 0 && samples->count - w.before < LEAST)
        code = cck_fail(err, CCK_EBUSY, "the CPU was too busy");
    return code;
}
