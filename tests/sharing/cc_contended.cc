/* SPDX-License-Identifier: MIT */
/* A contended std::mutex: held for some 50 us each time. */
#include <mutex>

#include "pattern.h"

namespace bank {
struct Journal {
    std::mutex lock;
    uint64_t entries = 0;
};
static Journal journal;
} // namespace bank

static void work(int worker)
{
    for (long i = 0; i < rounds; i++) {
        std::lock_guard<std::mutex> guard(bank::journal.lock);
        uint64_t x = static_cast<uint64_t>(worker);
        for (int j = 0; j < 30000; j++) {
            x = x * UINT64_C(6364136223846793005) + 1;
            __asm__ volatile("" : "+r"(x));
        }
        bank::journal.entries += x != 0;
    }
}

int main(int argc, char **argv)
{
    arguments(argc, argv);
    run_workers(work);
    return bank::journal.entries == 0;
}
