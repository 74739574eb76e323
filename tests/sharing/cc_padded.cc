/* SPDX-License-Identifier: MIT */
/* Nothing: as cc_atomic, with alignas(64). */
#include <atomic>

#include "pattern.h"

struct Stats {
    alignas(64) std::atomic<long> hits{0};
    alignas(64) std::atomic<long> misses{0};
};

static Stats stats;

static void work(int worker)
{
    std::atomic<long> &own = worker % 2 == 0 ? stats.hits : stats.misses;
    for (long i = 0; i < rounds; i++)
        own.fetch_add(1, std::memory_order_relaxed);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    apart(&stats.hits, &stats.misses);
    run_workers(work);
    return stats.hits + stats.misses != workers * rounds;
}
