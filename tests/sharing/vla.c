/* SPDX-License-Identifier: MIT */
/* False: an array of variable length on main's stack, of which debug information tells no
 * fixed place. */
#include "pattern.h"

static double *handed;

static void work(int worker)
{
    double *own = &handed[worker];
    for (long i = 0; i < rounds; i++) {
        *own += 1;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    double results[workers] __attribute__((aligned(64)));
    same_line(&results[0], &results[1]);
    for (int i = 0; i < workers; i++)
        results[i] = 0;
    handed = results;
    run_workers(work);
    double sum = 0;
    for (int i = 0; i < workers; i++)
        sum += results[i];
    return (long)sum != workers * rounds;
}
