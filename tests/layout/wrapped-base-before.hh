/* SPDX-License-Identifier: MIT */
#include <atomic>
struct Counted {
    std::atomic<long> retries{0};
};
struct Request : Counted {
    std::atomic<long> replies{0};
};
