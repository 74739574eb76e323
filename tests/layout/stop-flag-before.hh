/* SPDX-License-Identifier: MIT */
#include <atomic>
/* Workers look at the flag between tasks, and count them. */
class Workers {
    std::atomic<bool> stopping_{false};
    std::atomic<unsigned long> completed_{0};
    void *threads_[16];
public:
    void run() { while (!stopping_) completed_++; }
};
void use(Workers &w) { w.run(); }
