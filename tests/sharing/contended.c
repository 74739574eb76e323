/* SPDX-License-Identifier: MIT */
/* A contended lock: it is held for some 50 us each time, and the threads sleep until it is free. */
#include "pattern.h"

static struct journal {
    pthread_mutex_t lock;
    uint64_t entries;
} journal __attribute__((aligned(64))) = {PTHREAD_MUTEX_INITIALIZER, 0};

static uint64_t compute(uint64_t x, int count)
{
    for (int i = 0; i < count; i++) {
        x = x * UINT64_C(6364136223846793005) + 1;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}

static void append(uint64_t x)
{
    pthread_mutex_lock(&journal.lock);
    journal.entries += compute(x, 30000) != 0;
    pthread_mutex_unlock(&journal.lock);
}

static void work(int worker)
{
    for (long i = 0; i < rounds; i++)
        append((uint64_t)worker);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    run_workers(work);
    return journal.entries == 0;
}
