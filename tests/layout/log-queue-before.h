/* SPDX-License-Identifier: MIT */
#include <stdint.h>
/* Padded to 64 bytes a side, but the object begins at any multiple of eight. */
struct log_queue {
    struct {
        volatile uint64_t tail;
        uint64_t head_seen;
        char padding[64 - 2 * sizeof(uint64_t)];
    } producer;
    struct {
        volatile uint64_t head;
        char padding[64 - sizeof(uint64_t)];
    } consumer;
    void **slots;
};
