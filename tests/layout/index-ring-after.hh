// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstddef>
template <typename T> class IndexRing {
  typedef std::size_t size_t_;
  static const int padding_size = 64 - sizeof(size_t_);
  std::atomic<size_t_> write_index_;
  char padding1[padding_size]; /* force read_index and write_index to different cache lines */
  std::atomic<size_t_> read_index_;
  char padding2[padding_size];
public:
  bool empty() { return write_index_.load() == read_index_.load(); }
};
inline bool use(IndexRing<int>& r) { return r.empty(); }
