/* SPDX-License-Identifier: MIT */
/* False: two std::atomic members of an object made by `new`, a thread each. */
#include <atomic>

#include "pattern.h"

namespace cache
{
struct Stats {
    std::atomic<long> hits{0};
    std::atomic<long> misses{0};
};
} // namespace cache

static cache::Stats *stats;

static void work(int worker)
{
    std::atomic<long> &own = worker % 2 == 0 ? stats->hits : stats->misses;
    for (long i = 0; i < rounds; i++)
        own.fetch_add(1, std::memory_order_relaxed);
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    stats = new cache::Stats;
    same_line(&stats->hits, &stats->misses);
    run_workers(work);
    long sum = stats->hits + stats->misses;
    delete stats;
    return sum != workers * rounds;
}
