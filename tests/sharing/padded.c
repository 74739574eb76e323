/* SPDX-License-Identifier: MIT */
/* Nothing: as struct_plain, with a line for each field. */
#include "pattern.h"

struct stats {
    long hits __attribute__((aligned(64)));
    long misses __attribute__((aligned(64)));
};

static struct stats stats;

static void work(int worker)
{
    long *own = worker % 2 == 0 ? &stats.hits : &stats.misses;
    for (long i = 0; i < rounds; i++) {
        (*own)++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    apart(&stats.hits, &stats.misses);
    run_workers(work);
    return stats.hits != rounds || stats.misses != rounds;
}
