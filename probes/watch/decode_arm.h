/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_DECODE_ARM_H
#define CCK_WATCH_DECODE_ARM_H

#include "probes/watch/decode_internal.h"

/** The part of cck_decode_arm for loads and stores. False: not allocated. */
bool cck_arm_memory(uint32_t word, cck_instruction *out);

/** `count` bits from bit `from` on. */
static inline uint32_t cck_arm_bits(uint32_t word, unsigned from, unsigned count)
{
    return word >> from & ((1U << count) - 1);
}

static inline int64_t cck_arm_signed(uint32_t word, unsigned from, unsigned count)
{
    int64_t sign = (int64_t)1 << (count - 1);
    return ((int64_t)cck_arm_bits(word, from, count) ^ sign) - sign;
}

#endif
