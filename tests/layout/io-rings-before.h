/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct io_rings_state {
    uint32_t cached_sq_head;
    uint32_t cached_cq_tail;
    void *sq_array;
};
