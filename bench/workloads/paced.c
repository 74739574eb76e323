/* SPDX-License-Identifier: MIT */
/*
 * Threads that each use a word of their own on one line, so often a second: what a rate that
 * is told can be compared with. Prints, for each thread, accesses a second as they were.
 *
 *   paced store|update|atomic RATE SECONDS [regular|random] [THREADS]
 *
 * RATE 0: as often as it goes. Between two accesses a thread computes for as long as it takes,
 * however long the access, or whoever interrupts it there, took: as programs do.
 */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { THREADS_MOST = 8, TABLE = 4096 };

typedef void access_fn(volatile uint64_t *word, uint64_t round);

static _Alignas(64) volatile uint64_t line[THREADS_MOST];
static _Alignas(64) atomic_bool stop;
static _Alignas(64) uint32_t steps[TABLE]; /* of computing between accesses, in turn */
static pthread_barrier_t start;

typedef struct worker {
    _Alignas(64) int number;
    double rate;
    pthread_t thread;
} worker;

static void store(volatile uint64_t *word, uint64_t round)
{
    *word = round;
}

static void update(volatile uint64_t *word, uint64_t round)
{
    (void)round;
    ++*word;
}

static void add(volatile uint64_t *word, uint64_t round)
{
    (void)round;
    atomic_fetch_add_explicit((volatile _Atomic uint64_t *)word, 1, memory_order_relaxed);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A chain of multiplications, which no processor does ahead of time. */
static uint64_t compute(uint64_t x, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        x = x * UINT64_C(6364136223846793005) + 1;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}

/* In line, as counters mostly are. */
static inline __attribute__((always_inline)) void *work(worker *w, access_fn *access)
{
    volatile uint64_t *word = &line[w->number];
    uint64_t rounds = 0, x = 1;
    pthread_barrier_wait(&start);
    double began = seconds();
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        access(word, rounds);
        x = compute(x, steps[rounds++ % TABLE]);
    }
    w->rate = (double)rounds / (seconds() - began);
    return NULL;
}

static void *work_store(void *w)
{
    return work(w, store);
}

static void *work_update(void *w)
{
    return work(w, update);
}

static void *work_add(void *w)
{
    return work(w, add);
}

static const struct {
    const char *name;
    void *(*work)(void *worker);
} kinds[] = {{"store", work_store}, {"update", work_update}, {"atomic", work_add}};

/* Seconds that a step takes: the least of some tries, for others may run meanwhile. */
static double step_length(void)
{
    double least = 1;
    for (int i = 0; i < 20; i++) {
        double began = seconds();
        compute(1, 100000);
        double took = (seconds() - began) / 100000;
        least = took < least ? took : least;
    }
    return least;
}

static double next_uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* Exponential times by their quantiles, in an order that is no order. */
static void plan(double rate, bool random)
{
    uint64_t state = 1;
    double mean = rate > 0 ? 1 / (rate * step_length()) : 0;
    for (int i = 0; i < TABLE; i++) {
        double share = random ? -log(next_uniform(&state)) : 1;
        steps[i] = (uint32_t)(mean * share + 0.5);
    }
}

static void on_alarm(int signal)
{
    (void)signal;
    atomic_store(&stop, true);
}

/* In the threads that work: at a raised priority nobody else may come to it. */
static void stop_after(double length)
{
    sigset_t alarm;
    struct itimerval when = {
        .it_value = {(time_t)length, (suseconds_t)((length - (time_t)length) * 1e6)}};
    signal(SIGALRM, on_alarm);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    setitimer(ITIMER_REAL, &when, NULL);
}

int main(int argc, char **argv)
{
    static worker workers[THREADS_MOST];
    void *(*work_of)(void *worker) = NULL;
    int count = argc > 5 ? atoi(argv[5]) : 2;
    for (size_t i = 0; argc > 3 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            work_of = kinds[i].work;
    if (!work_of || count < 1 || count > THREADS_MOST || atof(argv[2]) < 0 || atof(argv[3]) <= 0) {
        fprintf(stderr,
                "usage: paced store|update|atomic RATE SECONDS [regular|random] [THREADS]\n");
        return 2;
    }
    plan(atof(argv[2]), argc > 4 && strcmp(argv[4], "random") == 0);
    pthread_barrier_init(&start, NULL, (unsigned)count + 1);
    for (int i = 0; i < count; i++) {
        workers[i].number = i;
        if (pthread_create(&workers[i].thread, NULL, work_of, &workers[i]) != 0)
            return 2;
    }
    stop_after(atof(argv[3]));
    pthread_barrier_wait(&start);
    for (int i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
        printf("%.0f\n", workers[i].rate);
    }
    return 0;
}
