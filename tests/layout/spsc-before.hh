/* SPDX-License-Identifier: MIT */
#include <atomic>
#include <cstddef>
template <class T> class SpscBuffer {
    T *slots_ = nullptr;
    size_t capacity_ = 0;
    std::atomic<size_t> write_pos_{0};
    size_t read_pos_cached_ = 0;
    std::atomic<size_t> read_pos_{0};
    size_t write_pos_cached_ = 0;
public:
    bool full() { return write_pos_.load() - read_pos_.load() + read_pos_cached_ + write_pos_cached_ == capacity_ && slots_; }
};
bool use(SpscBuffer<int> &b) { return b.full(); }
