/* SPDX-License-Identifier: MIT */
/* Nothing: all threads read one table that nobody writes. Feather's case 5. */
#include "pattern.h"

static long table[64] __attribute__((aligned(64))) = {1, 2, 3};
static long sums[WORKERS_MOST][8] __attribute__((aligned(64)));

static void work(int worker)
{
    long sum = 0;
    for (long i = 0; i < rounds; i++) {
        sum += table[i % 64];
        keep();
    }
    sums[worker][0] = sum;
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    apart(&sums[0], &sums[1]);
    run_workers(work);
    return sums[0][0] != sums[workers - 1][0];
}
