/* SPDX-License-Identifier: MIT */
/* Two pinned threads pass a line back and forth: each waits for the other's number and
 * answers with the next. A round trip is two transfers (and what spinning adds, which is
 * little beside them). The median passes over batches in which somebody else ran. */
#include "probes/latency/transfer.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/fail.h"

enum {
    ROUNDS = 200, /* of a batch: some 30 us */
    BATCHES_MOST = 2048,
    BATCHES_LEAST = 5,
    LENGTH_MS = 50,
    PATIENCE_MS = 300, /* a busy machine may leave one of the two without a CPU */
    SPINS = 1024       /* between looks at the clock */
};

typedef struct ping_pong {
    _Alignas(256) _Atomic uint64_t ball;
    _Alignas(256) atomic_bool stop;
    double times[BATCHES_MOST]; /* ns a transfer */
    size_t count;
} ping_pong;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Wait for a number; false when it is over. */
static bool await(ping_pong *game, uint64_t number, double deadline)
{
    for (unsigned spins = 0; atomic_load_explicit(&game->ball, memory_order_acquire) != number;
         spins++)
        if (spins % SPINS == SPINS - 1 && (atomic_load(&game->stop) || now_ns() > deadline))
            return false;
    return true;
}

static void *answer(void *context)
{
    ping_pong *game = context;
    double deadline = now_ns() + PATIENCE_MS * 1e6;
    for (uint64_t number = 1; await(game, number, deadline); number += 2)
        atomic_store_explicit(&game->ball, number + 1, memory_order_release);
    return NULL;
}

static void *serve(void *context)
{
    ping_pong *game = context;
    double started = now_ns(), deadline = started + PATIENCE_MS * 1e6;
    uint64_t number = 0;
    bool on = true;
    while (on && game->count < BATCHES_MOST && now_ns() < started + LENGTH_MS * 1e6) {
        double before = now_ns();
        for (int i = 0; i < ROUNDS && on; i++, number += 2) {
            atomic_store_explicit(&game->ball, number + 1, memory_order_release);
            on = await(game, number + 2, deadline);
        }
        if (on)
            game->times[game->count++] = (now_ns() - before) / (2.0 * ROUNDS);
    }
    atomic_store(&game->stop, true);
    return NULL;
}

/* Two allowed CPUs of different cores; of one core where there is no other. */
static bool choose_cpus(const cck_machine *machine, int out_cpus[2])
{
    cpu_set_t allowed;
    int first = -1, other = -1;
    bool apart = false;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    for (int cpu = 0; cpu < CPU_SETSIZE && !apart; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        if (first < 0) {
            first = cpu;
            continue;
        }
        apart = !machine || cck_machine_core_of_cpu(machine, (unsigned)cpu) !=
                                cck_machine_core_of_cpu(machine, (unsigned)first);
        if (other < 0 || apart)
            other = cpu;
    }
    out_cpus[0] = first;
    out_cpus[1] = other;
    return other >= 0;
}

static bool start_on(pthread_t *out_thread, int cpu, void *(*run)(void *), ping_pong *game)
{
    pthread_attr_t attributes;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (pthread_attr_init(&attributes) != 0)
        return false;
    bool started = pthread_attr_setaffinity_np(&attributes, sizeof one, &one) == 0 &&
                   pthread_create(out_thread, &attributes, run, game) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

static bool play(ping_pong *game, const int cpus[2])
{
    pthread_t server, answerer;
    if (!start_on(&answerer, cpus[1], answer, game))
        return false;
    bool started = start_on(&server, cpus[0], serve, game);
    if (started)
        pthread_join(server, NULL);
    atomic_store(&game->stop, true);
    pthread_join(answerer, NULL);
    return started;
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return one < other ? -1 : one > other;
}

static int measure(const cck_machine *machine, double *out_value, cck_error *err)
{
    int cpus[2];
    if (!choose_cpus(machine, cpus))
        return cck_fail(err, CCK_EUNSUPPORTED, "there is only one CPU for us");
    ping_pong *game = aligned_alloc(_Alignof(ping_pong), sizeof *game);
    if (!game)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    atomic_init(&game->ball, 0);
    atomic_init(&game->stop, false);
    game->count = 0;
    int code = 0;
    if (!play(game, cpus))
        code = cck_fail(err, CCK_ELIMIT, "cannot start two pinned threads");
    else if (game->count < BATCHES_LEAST)
        code = cck_fail(err, CCK_EBUSY, "the machine is too busy");
    if (code == 0) {
        qsort(game->times, game->count, sizeof *game->times, by_value);
        *out_value = game->times[game->count / 2];
    }
    free(game);
    return code;
}

const cck_gauge cck_gauge_transfer = {.name = "transfer", .measure = measure};
