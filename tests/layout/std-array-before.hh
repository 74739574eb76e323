// SPDX-License-Identifier: MIT
#include <array>
#include <cstdint>
struct LocalCounts {
  std::array<uint64_t, 32> thread_hits;
};
