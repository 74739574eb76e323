/* SPDX-License-Identifier: MIT */
/* Two threads at words of one line, or of two, with some work of their own between accesses: what
 * the fight costs them is how many rounds less they make together than apart.
 *   fight atomic|update|store together|apart [WORK [SECONDS]]
 * WORK: multiplications between two accesses, each of which waits for the one before. Prints the
 * rounds a second of each thread. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE = 64 };

static struct {
    _Alignas(LINE) _Atomic uint64_t words[2 * LINE / 8];
} shared;
static _Alignas(LINE) pthread_barrier_t start;
static _Alignas(LINE) unsigned long work_between;
static double span = 1; /* seconds */
static char kind;

typedef struct worker {
    _Alignas(LINE) _Atomic uint64_t *word;
    double rate;
    uint64_t value;
} worker;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline uint64_t think(uint64_t value)
{
    for (unsigned long i = 0; i < work_between; i++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(value));
    }
    return value;
}

/* One loop a kind: a choice between accesses would be work, too. Each thread ends by its own clock:
 * at a real-time priority nobody else could end it. */
#define ROUNDS(ACCESS)                                                                             \
    while (seconds() < began + span)                                                               \
        for (int i = 0; i < 256; i++, rounds++) {                                                  \
            ACCESS;                                                                                \
            value = think(value);                                                                  \
        }

static void *work(void *argument)
{
    worker *own = argument;
    _Atomic uint64_t *word = own->word;
    volatile uint64_t *plain = (volatile uint64_t *)word;
    uint64_t rounds = 0, value = 1;
    pthread_barrier_wait(&start);
    double began = seconds();
    if (kind == 'a')
        ROUNDS(atomic_fetch_add_explicit(word, 1, memory_order_relaxed))
    else if (kind == 'u')
        ROUNDS(*plain = *plain + 1)
    else
        ROUNDS(*plain = rounds)
    own->rate = (double)rounds / (seconds() - began);
    own->value = value;
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc > 4)
        span = atof(argv[4]);
    if (argc < 3 || !strchr("aus", *argv[1]) || !strchr("ta", *argv[2]) || span <= 0) {
        fprintf(stderr, "usage: %s atomic|update|store together|apart [WORK [SECONDS]]\n", argv[0]);
        return 2;
    }
    kind = *argv[1];
    work_between = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    static worker workers[2];
    pthread_t threads[2];
    pthread_barrier_init(&start, NULL, 2);
    for (size_t i = 0; i < 2; i++) {
        workers[i].word = &shared.words[i * (*argv[2] == 't' ? 1 : LINE / 8)];
        if (pthread_create(&threads[i], NULL, work, &workers[i]))
            return 1;
    }
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 2; i++)
        printf("%.0f\n", workers[i].rate);
    return 0;
}
