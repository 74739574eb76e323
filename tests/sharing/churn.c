/* SPDX-License-Identifier: MIT */
/* Nothing: each thread allocates, fills and frees small blocks of its own. */
#include "pattern.h"

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        long *block = malloc(24 + (size_t)(i % 5) * 16);
        if (!block)
            exit(2);
        block[0] = worker;
        block[1] = i;
        __asm__ volatile("" : : "r"(block) : "memory"); /* else compilers leave both calls out */
        free(block);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    run_workers(work);
    return 0;
}
