/* SPDX-License-Identifier: MIT */
/* False: objects of a monotonic arena of the standard library, a thread each. */
#include <memory_resource>
#include <new>
#include <thread>
#include <vector>

#include "pattern.h"

struct Worker {
    long jobs = 0;
    int id = 0;
};

int main(int argc, char **argv)
{
    arguments(argc, argv);
    auto &arena = *new std::pmr::monotonic_buffer_resource(65536); /* for good */
    std::pmr::polymorphic_allocator<Worker> allocator(&arena);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
        Worker *worker = new (allocator.allocate(1)) Worker{0, i};
        threads.emplace_back([worker] {
            for (long round = 0; round < rounds; round++) {
                worker->jobs++;
                keep();
            }
        });
    }
    for (auto &thread : threads)
        thread.join();
    return 0;
}
