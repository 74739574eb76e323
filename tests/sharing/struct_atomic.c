/* SPDX-License-Identifier: MIT */
/* False: two C11 atomic fields of a struct on the heap, a thread each. */
#include <stdatomic.h>

#include "pattern.h"

struct stats {
    _Atomic long hits;
    _Atomic long misses;
};

static struct stats *stats;

static void work(int worker)
{
    _Atomic long *counter = worker % 2 == 0 ? &stats->hits : &stats->misses;
    for (long i = 0; i < rounds; i++)
        atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    stats = calloc(1, sizeof *stats);
    if (!stats)
        return 2;
    same_line(&stats->hits, &stats->misses);
    run_workers(work);
    long sum = stats->hits + stats->misses;
    free(stats);
    return sum != workers * rounds;
}
