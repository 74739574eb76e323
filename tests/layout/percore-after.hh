/* SPDX-License-Identifier: MIT */
#include <atomic>
struct alignas(64) PerCoreCounts {
    std::atomic<long> ticks[21];
};
PerCoreCounts *make(int n) { return new PerCoreCounts[n]; }
