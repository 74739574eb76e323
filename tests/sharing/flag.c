/* SPDX-License-Identifier: MIT */
/* False: a flag that one thread polls, beside counters of the other, who sets it in the end. */
#include <stdatomic.h>

#include "pattern.h"

static struct server {
    atomic_int stop;
    int port;
    atomic_ulong requests;
} server __attribute__((aligned(64)));

static long polls[WORKERS_MOST * 8] __attribute__((aligned(64)));

static void work(int worker)
{
    if (worker == 0) {
        for (long i = 0; i < rounds; i++)
            atomic_fetch_add_explicit(&server.requests, 1, memory_order_relaxed);
        atomic_store(&server.stop, 1);
        return;
    }
    long seen = 0;
    while (!atomic_load_explicit(&server.stop, memory_order_relaxed))
        seen++;
    polls[worker * 8] = seen;
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    same_line(&server.stop, &server.requests);
    run_workers(work);
    return server.requests != (unsigned long)rounds;
}
