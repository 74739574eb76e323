/* SPDX-License-Identifier: MIT */
/* True, or nothing where threads wait more than they hand over: a mutex and its data. */
#include "pattern.h"

struct account {
    pthread_mutex_t lock;
    long balance;
    long changes;
};

static struct account account __attribute__((aligned(64))) = {PTHREAD_MUTEX_INITIALIZER, 0, 0};

static void work(int worker)
{
    for (long i = 0; i < rounds / 4; i++) {
        pthread_mutex_lock(&account.lock);
        account.balance += worker;
        account.changes++;
        pthread_mutex_unlock(&account.lock);
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    run_workers(work);
    return account.changes != workers * (rounds / 4);
}
