/* SPDX-License-Identifier: MIT */
/* False: main's own array, an element of which is handed to each thread. */
#include "pattern.h"

static long *handed;

static void work(int worker)
{
    long *own = &handed[worker];
    for (long i = 0; i < rounds; i++) {
        (*own)++;
        keep();
    }
}

int main(int argc, char **argv)
{
    long results[WORKERS_MOST] __attribute__((aligned(64))) = {0};
    arguments(argc, argv);
    same_line(&results[0], &results[1]);
    handed = results;
    run_workers(work);
    long sum = 0;
    for (int i = 0; i < workers; i++)
        sum += results[i];
    return sum != workers * rounds;
}
