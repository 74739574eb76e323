/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct io_rings_state {
    uint32_t cached_sq_head;
    void *sq_array;
    uint32_t cached_cq_tail __attribute__((aligned(64)));
};
