// SPDX-License-Identifier: MIT
#include <array>
#include <cstdint>
struct LocalCounts {
  struct alignas(64) Cell { uint64_t n; };
  std::array<Cell, 32> thread_hits;
};
