/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct log_queue {
    char before[64];
    struct {
        volatile uint64_t tail;
        uint64_t head_seen;
        char padding[128 - 2 * sizeof(uint64_t)];
    } producer;
    struct {
        volatile uint64_t head;
        char padding[64 - sizeof(uint64_t)];
    } consumer;
    void **slots;
};
