/* SPDX-License-Identifier: MIT */
/* Nothing: each thread allocates lines of its own. */
#include "pattern.h"

static long *own[WORKERS_MOST];

static void work(int worker)
{
    long *counts = aligned_alloc(LINE, LINE);
    if (!counts)
        exit(2);
    counts[0] = 0;
    for (long i = 0; i < rounds; i++) {
        counts[0]++;
        keep();
    }
    own[worker] = counts;
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    run_workers(work);
    if (workers > 1)
        apart(own[0], own[1]);
    return own[0][0] != rounds;
}
