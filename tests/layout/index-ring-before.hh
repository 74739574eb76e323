// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstddef>
template <typename T> class IndexRing {
  typedef std::size_t size_t_;
  std::atomic<size_t_> write_index_;
  std::atomic<size_t_> read_index_;
public:
  bool empty() { return write_index_.load() == read_index_.load(); }
};
inline bool use(IndexRing<int>& r) { return r.empty(); }
