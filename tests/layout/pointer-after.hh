/* SPDX-License-Identifier: MIT */
#include <atomic>
struct Shard {
    std::atomic<long> *total;
    long size;
};
