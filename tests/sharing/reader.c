/* SPDX-License-Identifier: MIT */
/* False: a pointer that all but one only read, beside a counter that one writes. */
#include "pattern.h"

struct cache {
    const long *table;
    long lookups;
};

static const long squares[8] = {0, 1, 4, 9, 16, 25, 36, 49};
static struct cache cache __attribute__((aligned(64))) = {squares, 0};

static long read_table(void)
{
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        sum += cache.table[i % 8];
        keep();
    }
    return sum;
}

static void count(void)
{
    for (long i = 0; i < rounds; i++) {
        cache.lookups++;
        keep();
    }
}

static void work(int worker)
{
    if (worker == 0)
        count();
    else if (read_table() < 0)
        exit(1);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&cache.table, &cache.lookups);
    run_workers(work);
    return cache.lookups != rounds;
}
