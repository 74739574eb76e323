/* SPDX-License-Identifier: MIT */
/* A round trip is two transfers (and what spinning adds, which is little beside them). */
#include "probes/machine/ping_pong.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/fail.h"
#include "probes/machine/crew.h"

enum {
    ROUNDS = 200, /* of a sample: some 30 us */
    LEAST = 5,
    PATIENCE = 6, /* times the length; a busy machine may leave one of the two without a CPU */
    SPINS = 1024, /* between looks at the clock */
    ODD = 8       /* times the median: the other one was not running */
};

typedef struct ping_pong {
    _Atomic uint64_t *ball;
    double ms;
    cck_samples *samples;
    size_t before; /* samples of earlier rounds */
    _Alignas(CCK_APART) atomic_bool stop;
} ping_pong;

/* Wait for a number; false when it is over. */
static bool await(ping_pong *game, uint64_t number, double deadline)
{
    for (unsigned spins = 0; atomic_load_explicit(game->ball, memory_order_acquire) != number;
         spins++)
        if (spins % SPINS == SPINS - 1 && (atomic_load(&game->stop) || cck_now_ns() > deadline))
            return false;
    return true;
}

static void answer(ping_pong *game, double deadline)
{
    for (uint64_t number = 1; await(game, number, deadline); number += 2)
        atomic_store_explicit(game->ball, number + 1, memory_order_release);
}

static void serve(ping_pong *game, int cpu, double started, double deadline)
{
    uint64_t number = 0;
    bool on = true;
    while (on && cck_now_ns() < started + game->ms * 1e6) {
        cck_guard guard;
        cck_guard_begin(&guard);
        double before = cck_now_ns();
        for (int i = 0; i < ROUNDS && on; i++, number += 2) {
            atomic_store_explicit(game->ball, number + 1, memory_order_release);
            on = await(game, number + 2, deadline);
        }
        double took = cck_now_ns() - before;
        if (on && cck_guard_held(&guard, cpu))
            cck_samples_add(game->samples, took / (2.0 * ROUNDS));
        else
            cck_samples_drop(game->samples);
    }
    atomic_store(&game->stop, true);
}

static void play(const cck_crew_member *self)
{
    ping_pong *game = self->context;
    double started = cck_now_ns(), deadline = started + PATIENCE * game->ms * 1e6;
    if (self->index == 0)
        serve(game, self->cpu, started, deadline);
    else
        answer(game, deadline);
}

/* The server sees only its own interruptions. Where the answer took many times the usual, the
 * other thread was not running: that is no transfer. */
static void drop_odd(ping_pong *game)
{
    cck_samples *all = game->samples;
    size_t count = all->count - game->before, kept = game->before;
    double *sorted = count ? reallocarray(NULL, count, sizeof *sorted) : NULL;
    if (!sorted)
        return;
    for (size_t i = 0; i < count; i++)
        sorted[i] = all->values[game->before + i];
    double most = ODD * cck_median(sorted, count);
    for (size_t i = game->before; i < game->before + count; i++)
        if (all->values[i] <= most)
            all->values[kept++] = all->values[i];
        else
            all->dropped++;
    all->count = kept;
    free(sorted);
}

int cck_ping_pong(const int cpus[2], void *ball, double ms, cck_samples *samples, cck_error *err)
{
    ping_pong *game = aligned_alloc(_Alignof(ping_pong), sizeof *game);
    if (!game)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    *game = (ping_pong){.ball = ball, .ms = ms, .samples = samples, .before = samples->count};
    atomic_store(game->ball, 0);
    int code = cck_crew_run(cpus, 2, play, game, err);
    drop_odd(game);
    if (code == 0 && samples->count - game->before < LEAST)
        code = cck_fail(err, CCK_EBUSY, "the machine is too busy");
    free(game);
    return code;
}
