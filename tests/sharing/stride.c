/* SPDX-License-Identifier: MIT */
/* False on many lines: thread k owns every word k of an array, modulo the number of
 * threads. Feather's case 4. */
#include "pattern.h"

enum { WORDS = 512 };

static long stride[WORDS] __attribute__((aligned(64)));

static void work(int worker)
{
    long place = worker;
    for (long i = 0; i < rounds; i++) {
        stride[place]++;
        place += workers;
        if (place >= WORDS)
            place = worker;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&stride[0], &stride[1]);
    run_workers(work);
    return stride[0] == 0;
}
