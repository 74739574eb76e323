/* SPDX-License-Identifier: MIT */
#include <atomic>
class Workers {
    alignas(64) std::atomic<bool> stopping_{false};
    alignas(64) std::atomic<unsigned long> completed_{0};
    alignas(64) void *threads_[16];
public:
    void run() { while (!stopping_) completed_++; }
};
void use(Workers &w) { w.run(); }
