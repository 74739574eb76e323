/* SPDX-License-Identifier: MIT */
/* True: a spinlock and the data it protects, on a line of their own. */
#include <sched.h>
#include <stdatomic.h>

#include "pattern.h"

struct account {
    atomic_flag lock;
    long balance;
    long changes;
};

static struct account account __attribute__((aligned(64))) = {.lock = ATOMIC_FLAG_INIT};

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        while (atomic_flag_test_and_set_explicit(&account.lock, memory_order_acquire))
            sched_yield();
        account.balance += worker;
        account.changes++;
        atomic_flag_clear_explicit(&account.lock, memory_order_release);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&account.lock, &account.changes);
    run_workers(work);
    return account.changes != workers * rounds;
}
