/* SPDX-License-Identifier: MIT */
/* False: a vector of structs, each of which a lambda in a thread counts in. */
#include <thread>
#include <vector>

#include "pattern.h"

namespace
{
struct Stats {
    long packets = 0;
    long bytes = 0;
    double load = 0;
};
} // namespace

int main(int argc, char **argv)
{
    arguments(argc, argv);
    std::vector<Stats> stats(static_cast<std::size_t>(workers) + 4);
    std::size_t first = 0;
    while (line_of(&stats[first]) != line_of(&stats[first + 1].bytes))
        first++;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < static_cast<std::size_t>(workers); i++)
        threads.emplace_back([&stats, i, first] {
            for (long round = 0; round < rounds; round++) {
                stats[first + i].packets++;
                stats[first + i].bytes += 64;
                keep();
            }
        });
    for (auto &thread : threads)
        thread.join();
    return stats[first].packets != rounds;
}
