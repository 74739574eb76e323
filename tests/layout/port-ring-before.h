/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct port_ring {
    uint32_t flags;
    struct { uint32_t watermark, size, mask; volatile uint32_t head, tail; } prod;
    struct { uint32_t size, mask; volatile uint32_t head, tail; } cons;
    void *slots[];
};
