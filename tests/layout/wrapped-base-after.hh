/* SPDX-License-Identifier: MIT */
#include <atomic>
struct Counted {
    std::atomic<long> retries{0};
};
struct Request : Counted {
    alignas(64) std::atomic<long> replies{0};
};
