/* SPDX-License-Identifier: MIT */
/* Low: neighbours on a line, but each thread writes its own only once in a long while.
 * Feather's case 9. */
#include "pattern.h"

enum { PRIVATE_WORK = 200000 };

static long slow[2] __attribute__((aligned(64)));

static void work(int worker)
{
    volatile long busy = 0;
    for (long i = 0; i < rounds; i++) {
        for (int k = 0; k < PRIVATE_WORK; k++)
            busy += k;
        slow[worker % 2]++;
        keep();
    }
}

int main(int argc, char **argv)
{
    rounds = 20;
    arguments(argc, argv);
    same_line(&slow[0], &slow[1]);
    run_workers(work);
    return slow[0] == 0;
}
