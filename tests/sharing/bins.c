/* SPDX-License-Identifier: MIT */
/* False: a histogram that is laid out bins by threads. */
#include "pattern.h"

enum { BINS = 8, THREADS = 4 };

static unsigned counts[BINS][THREADS] __attribute__((aligned(64)));

static void work(int worker)
{
    unsigned random = 12345 + (unsigned)worker;
    for (long i = 0; i < rounds; i++) {
        random = random * 1664525u + 1013904223u;
        counts[random >> 29][worker % THREADS]++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&counts[0][0], &counts[0][1]);
    run_workers(work);
    return counts[0][0] == 0;
}
