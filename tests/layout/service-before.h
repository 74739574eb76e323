/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct service {
    uint64_t calls;
    uint8_t active_on_cpu[64];
};
