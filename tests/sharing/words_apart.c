/* SPDX-License-Identifier: MIT */
/* Nothing: an element of a global array for each thread, a line apart. Feather's case 2. */
#include "pattern.h"

static int words[16 * WORKERS_MOST] __attribute__((aligned(64)));

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        words[worker * 16]++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    apart(&words[0], &words[16]);
    run_workers(work);
    return words[0] != rounds;
}
