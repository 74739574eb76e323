/* SPDX-License-Identifier: MIT */
/* False: two globals that the linker made neighbours, a thread each. */
#include "pattern.h"

static long requests, errors;

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        if (worker % 2 == 0)
            requests++;
        else
            errors++;
        keep();
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&requests, &errors);
    run_workers(work);
    return requests + errors != workers * rounds && workers == 2;
}
