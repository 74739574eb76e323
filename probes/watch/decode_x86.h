/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_DECODE_X86_H
#define CCK_WATCH_DECODE_X86_H

#include "probes/watch/decode_internal.h"

/** A part of cck_decode_x86. */
void cck_x86_jumps(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out);

/** Whether a `jmp *%reg` (where its opcode is) comes behind the addition of a table's entry to the
 * table's address. */
bool cck_x86_is_relative_jump(const cck_code *code, const uint8_t *jump);

/** Add where the tables lead that the function names. False: it names none that can be read. */
bool cck_x86_tables(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out);

#endif
