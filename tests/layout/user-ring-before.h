/* SPDX-License-Identifier: MIT */
#include <stdint.h>
struct user_uring { uint32_t head; uint32_t tail; };
