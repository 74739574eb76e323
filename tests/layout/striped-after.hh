/* SPDX-License-Identifier: MIT */
#include <atomic>
#include <memory>
struct alignas(64) AdderCell { std::atomic<long> value{0}; };
class StripedAdder { std::unique_ptr<AdderCell[]> cells_; unsigned mask_ = 0; public: void add(unsigned t, long n) { cells_[t & mask_].value += n; } };
void use(StripedAdder &a) { a.add(1, 2); }
