/* SPDX-License-Identifier: MIT */
#include <atomic>
template <class T> struct Pipe {
    T *slots;
    std::atomic<unsigned> producerIndex;
    std::atomic<unsigned> consumerIndex;
};
struct Uses { Pipe<int> pipe; };
