/* SPDX-License-Identifier: MIT */
#include <vector>
#include <cstdint>
struct CallStats { uint64_t calls = 0; uint64_t sum_usec = 0; };
class Command { std::vector<CallStats> per_thread_stats_; public: void note(unsigned t) { per_thread_stats_[t].calls++; } };
void use(Command &c) { c.note(3); }
