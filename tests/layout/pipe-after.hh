/* SPDX-License-Identifier: MIT */
#include <atomic>
template <class T> struct Pipe {
    T *slots;
    alignas(64) std::atomic<unsigned> producerIndex;
    alignas(64) std::atomic<unsigned> consumerIndex;
};
struct Uses { Pipe<int> pipe; };
