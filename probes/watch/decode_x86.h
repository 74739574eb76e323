/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_DECODE_X86_H
#define CCK_WATCH_DECODE_X86_H

#include "probes/watch/decode_internal.h"

/** The parts of cck_decode_x86. */
unsigned cck_x86_length(const uint8_t *bytes, size_t size);
void cck_x86_jumps(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out);

#endif
