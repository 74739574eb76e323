/* SPDX-License-Identifier: MIT */
#include <array>
#include <atomic>
#include <cstdint>
struct alignas(64) Shard { std::atomic<uint64_t> value{0}; };
class HitCounter { std::array<Shard, 32> shards_{}; public: void hit(unsigned t) { shards_[t & 31].value++; } };
void use(HitCounter &c) { c.hit(1); }
