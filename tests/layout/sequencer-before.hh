/* SPDX-License-Identifier: MIT */
#include <atomic>
#include <cstdint>
class Sequencer {
    int64_t next_value_ = -1;
    std::atomic<int64_t> published_{-1};
    std::atomic<int64_t> consumed_{-1};
    int64_t cached_gating_ = -1;
public:
    bool step() { return published_.fetch_add(1) > consumed_.load() + next_value_ + cached_gating_; }
};
bool use(Sequencer &s) { return s.step(); }
