/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct service {
    uint64_t calls;
};
struct cpu_state {
    uint8_t service_active_on_cpu[64];
    uint64_t loops;
} __attribute__((aligned(64)));
