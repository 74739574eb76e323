/* SPDX-License-Identifier: MIT */
/* False: elements of an array of numbers that make_shared() made. */
#include <memory>
#include <thread>
#include <vector>

#include "pattern.h"

int main(int argc, char **argv)
{
    arguments(argc, argv);
    static auto counts = std::make_shared<long[]>(16);
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; i++)
        threads.emplace_back([i] {
            for (long round = 0; round < rounds; round++) {
                counts[i]++;
                keep();
            }
        });
    for (auto &thread : threads)
        thread.join();
    return counts[0] != rounds;
}
