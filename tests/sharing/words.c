/* SPDX-License-Identifier: MIT */
/* False: neighbouring ints of a global array, an element a thread. Feather's case 1. */
#include "pattern.h"

static int words[16] __attribute__((aligned(64)));

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        words[worker % 16]++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&words[0], &words[1]);
    run_workers(work);
    return words[0] != rounds && workers <= 16;
}
