/* SPDX-License-Identifier: MIT */
/* False: an array of main's thread-local storage, an element handed to each thread. */
#include "pattern.h"

static __thread long per_thread[8] __attribute__((aligned(64)));
static long *handed;

static void work(int worker)
{
    long *own = &handed[worker % 8];
    for (long i = 0; i < rounds; i++) {
        (*own)++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&per_thread[0], &per_thread[1]);
    handed = per_thread;
    run_workers(work);
    return per_thread[0] + per_thread[1] != workers * rounds && workers == 2;
}
