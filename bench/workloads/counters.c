/* SPDX-License-Identifier: MIT */
/* Two threads count what is theirs alone, in fields that share a cache line.
 *   counters [ROUNDS] */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct stats {
    atomic_long hits;
    atomic_long misses;
};

static struct stats *stats;
static long rounds = 200000;

static void *count_hits(void *unused)
{
    for (long i = 0; i < rounds; i++)
        atomic_fetch_add_explicit(&stats->hits, 1, memory_order_relaxed);
    return unused;
}

static void *count_misses(void *unused)
{
    for (long i = 0; i < rounds; i++)
        atomic_fetch_add_explicit(&stats->misses, 1, memory_order_relaxed);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];
    if (argc > 1)
        rounds = atol(argv[1]);
    stats = calloc(1, sizeof *stats);
    if (!stats || pthread_create(&threads[0], NULL, count_hits, NULL) ||
        pthread_create(&threads[1], NULL, count_misses, NULL))
        return 1;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("%ld hits, %ld misses\n", stats->hits, stats->misses);
    free(stats);
    return 0;
}
