/* SPDX-License-Identifier: MIT */
#include <atomic>
struct Shard {
    alignas(64) std::atomic<long> *total;
    long size;
};
