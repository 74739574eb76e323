/* SPDX-License-Identifier: MIT */
#include <atomic>
struct PerCoreCounts {
    std::atomic<long> ticks[21];
    char padding[64 - 21 * 8 % 64];
};
PerCoreCounts *make(int n) { return new PerCoreCounts[n]; }
