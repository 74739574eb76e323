/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct port_ring {
    uint32_t flags;
    struct { uint32_t watermark, size, mask; volatile uint32_t head, tail; } prod __attribute__((aligned(64)));
    struct { uint32_t size, mask; volatile uint32_t head, tail; } cons __attribute__((aligned(64)));
    void *slots[] __attribute__((aligned(64)));
};
