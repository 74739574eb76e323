// SPDX-License-Identifier: MIT
#include <array>
#include <shared_mutex>
class LockStripes {
  struct alignas(64) Stripe { std::shared_mutex m; };
  std::array<Stripe, 64> stripes_;
  unsigned long mask_;
};
struct lock_stripes { LockStripes s; };
