// SPDX-License-Identifier: MIT
#include <array>
#include <shared_mutex>
class LockStripes {
  std::array<std::shared_mutex, 64> stripes_;
  unsigned long mask_;
};
struct lock_stripes { LockStripes s; };
