/* SPDX-License-Identifier: MIT */
/* True: all threads add to one counter. Feather's case 7. */
#include <stdatomic.h>

#include "pattern.h"

static _Atomic long total __attribute__((aligned(64)));

static void work(int worker)
{
    (void)worker;
    for (long i = 0; i < rounds; i++)
        atomic_fetch_add(&total, 1);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    run_workers(work);
    return total != workers * rounds;
}
