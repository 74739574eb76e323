/* SPDX-License-Identifier: MIT */
/* False: a std::vector<std::atomic<int>> with an element a thread. */
#include <atomic>
#include <vector>

#include "pattern.h"

static std::vector<std::atomic<int>> *counts;

static void work(int worker)
{
    for (long i = 0; i < rounds; i++)
        (*counts)[worker]++;
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    std::vector<std::atomic<int>> all(static_cast<size_t>(workers));
    counts = &all;
    same_line(&all[0], &all[1]);
    run_workers(work);
    return all[0] != rounds;
}
