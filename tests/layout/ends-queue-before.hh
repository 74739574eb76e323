// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstdint>
template <typename T> class EndsQueue {
  struct Segment;
  struct Consumer { std::atomic<Segment*> head; std::atomic<uint64_t> ticket; };
  struct Producer { std::atomic<Segment*> tail; std::atomic<uint64_t> ticket; };
  Consumer c_;
  Producer p_;
  void* obj;
};
typedef EndsQueue<int> iq;
struct holder { iq q; };
