/* SPDX-License-Identifier: MIT */
/* False: two members of what make_shared() made, behind its counts. */
#include <atomic>
#include <memory>
#include <thread>

#include "pattern.h"

struct Stats {
    std::atomic<long> hits{0}, misses{0};
};

int main(int argc, char **argv)
{
    arguments(argc, argv);
    std::shared_ptr<Stats> kept[4], stats;
    for (auto &one : kept) { /* neighbours: one of them is not cut by a line's end */
        one = std::make_shared<Stats>();
        if (line_of(&one->hits) == line_of(&one->misses))
            stats = one;
    }
    if (!stats)
        misplaced(&kept[0]->hits, &kept[0]->misses);
    std::thread hitting([stats] {
        for (long i = 0; i < rounds; i++)
            stats->hits++;
    });
    std::thread missing([stats] {
        for (long i = 0; i < rounds; i++)
            stats->misses++;
    });
    hitting.join();
    missing.join();
    return stats->hits != rounds;
}
