/* SPDX-License-Identifier: MIT */
/* False: two plain fields of one struct, a thread each. */
#include "pattern.h"

struct stats {
    long hits;
    long misses;
    char name[32];
};

static struct stats stats __attribute__((aligned(64)));

static void count_hits(void)
{
    for (long i = 0; i < rounds; i++) {
        stats.hits++;
        keep();
    }
}

static void count_misses(void)
{
    for (long i = 0; i < rounds; i++) {
        stats.misses++;
        keep();
    }
}

static void work(int worker)
{
    if (worker == 0)
        count_hits();
    else
        count_misses();
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    same_line(&stats.hits, &stats.misses);
    run_workers(work);
    return stats.hits != rounds || stats.misses != rounds;
}
