/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_DECODE_X86_H
#define CCK_WATCH_DECODE_X86_H

#include "probes/watch/decode_internal.h"

/** A part of cck_decode_x86. */
void cck_x86_jumps(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out);

#endif
