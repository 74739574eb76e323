/* SPDX-License-Identifier: MIT */
/* False: each thread pushes to a list head of its own by compare-and-swap; the heads
 * are neighbours. Feather's case 8. */
#include <stdatomic.h>

#include "pattern.h"

struct pools {
    _Atomic uintptr_t small;
    _Atomic uintptr_t large;
};

static struct pools pools __attribute__((aligned(64)));

static void push(_Atomic uintptr_t *head, uintptr_t node)
{
    uintptr_t old = atomic_load_explicit(head, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(head, &old, old ^ node))
        ;
}

static void work(int worker)
{
    for (long i = 0; i < rounds; i++)
        push(worker % 2 == 0 ? &pools.small : &pools.large, (uintptr_t)i << 4);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&pools.small, &pools.large);
    run_workers(work);
    return 0;
}
