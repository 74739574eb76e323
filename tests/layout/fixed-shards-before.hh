/* SPDX-License-Identifier: MIT */
#include <array>
#include <atomic>
#include <cstdint>
class HitCounter { std::array<std::atomic<uint64_t>, 32> shards_{}; public: void hit(unsigned t) { shards_[t & 31]++; } };
void use(HitCounter &c) { c.hit(1); }
