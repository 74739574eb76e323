/* SPDX-License-Identifier: MIT */
/* False: counters that are static in two functions. */
#include "pattern.h"

static long *parse(void)
{
    static long parsed;
    parsed++;
    keep();
    return &parsed;
}

static long *emit(void)
{
    static long emitted;
    emitted++;
    keep();
    return &emitted;
}

static void work(int worker)
{
    for (long i = 0; i < rounds; i++)
        worker == 0 ? parse() : emit();
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    workers = 2;
    same_line(parse(), emit());
    run_workers(work);
    return *parse() != *emit();
}
