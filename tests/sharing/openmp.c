/* SPDX-License-Identifier: MIT */
/* False: sums of an OpenMP team in an array of main's, which works along with the others. */
#include <omp.h>

#include "pattern.h"

int main(int argc, char **argv)
{
    arguments(argc, argv);
    double partial[WORKERS_MOST] __attribute__((aligned(64))) = {0};
    double sum = 0;
    same_line(&partial[0], &partial[1]);
#pragma omp parallel num_threads(workers)
    {
        int own = omp_get_thread_num();
        for (long i = 0; i < rounds; i++) {
            partial[own] += (double)i;
            keep();
        }
    }
    for (int i = 0; i < workers; i++)
        sum += partial[i];
    return !(sum >= 0);
}
