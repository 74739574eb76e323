/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_DECODE_H
#define CCK_WATCH_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/error.h>

#include "probes/watch/registers.h"
#include "probes/watch/text.h"

/**
 * What instructions near a sampled one access, from the registers of the sample. The
 * sampler's interface to an architecture: decode_x86.c implements it with Zydis,
 * decode_arm.c for arm64; tables per architecture are chosen by cck_decoder_new().
 *
 * An analysis depends on the code only; it is made once per instruction pointer and kept,
 * for the few thousand that were sampled last. Where instructions before the sampled one
 * start is voted for on x86-64 (decode_vote.c).
 *
 * Left out, since the registers do not tell what is touched: gathers and scatters, masked
 * loads and stores, GS-relative ones, bit tests by a register, repeated searches, scalable
 * vectors, and instructions before a call. Of saved processor states (xsave) only the part
 * that is always written is told. Prefetches and no-operations access nothing. On x86-64 the
 * direction flag is taken to be clear.
 */
enum { CCK_ACCESSES_NEAR = 24 };

typedef struct cck_near_access {
    uint64_t ip;      /* of the instruction */
    uint64_t address; /* of the first byte */
    uint32_t size;    /* bytes */
    bool reads, writes;
    bool atomic;     /* locked, or load-/store-exclusive */
    bool executed;   /* it lies before the sampled instruction on the only way there, or is the
                        sampled one: it was or will be executed. Else it only may be. No direct
                        jump in 32 KiB each way may lead in between, and no jump by a table of the
                        function; of code that changes at run time it is never said. */
    bool unplaced;   /* of the watched word, nobody knows which bytes: `address` is the word's */
    bool stack;      /* addressed by the stack or frame pointer, and on the stack */
    int8_t distance; /* instructions after the sampled one; < 0 before, 0 itself */
} cck_near_access;

typedef struct cck_decoder cck_decoder;

/**
 * One decoder serves one address space: processes that run the same code at other addresses, or
 * other code, need one each. `text` is copied, what it refers to borrowed.
 * CCK_EUNSUPPORTED for an architecture without a decoder (`machine`: e_machine of ELF).
 */
int cck_decoder_new(cck_decoder **out_decoder, int machine, const cck_text *text, cck_error *err);
void cck_decoder_free(cck_decoder *decoder);

/**
 * The code changed (a mapping went or came): forget what was analysed in or near [start, end).
 * Code that cck_text.fixed does not vouch for is looked at again without being told.
 */
void cck_decoder_forget(cck_decoder *decoder, uint64_t start, uint64_t end);

/**
 * Accesses at and around registers->ip whose address the registers tell, nearest first, at
 * most `room`. Register writes between there and the sampled instruction are undone or
 * replayed where they can be; operands that depend on anything else are left out.
 * `*out_known` (may be NULL): at least one memory access is near, with or without address.
 */
size_t cck_decoder_near(cck_decoder *decoder, const cck_registers *registers,
                        cck_near_access *out_accesses, size_t room, bool *out_known);

/**
 * The access that made a watchpoint on [word, word + size) fire: on x86-64 the trap comes
 * after the instruction, on arm64 before. False when the instruction there does not cover
 * that word, by its operands and registers: the hit is not verified. So it is after a jump,
 * call or return that itself accessed the word, as the thread is elsewhere then.
 *
 * A load over its own base or index (`mov (%rax),%rax`) left no trace of its address; it is taken to be
 * the one, since nothing else there accesses memory: unplaced if it loads fewer bytes than are
 * watched, not if it loads more.
 * Of a repeated string instruction the last element is told; when the processor did more
 * between two traps, the whole word. Its distance: 0 where the trap comes before or in it, -1
 * where it comes after, -2 when a branch ended together with it.
 */
bool cck_decoder_trapped(cck_decoder *decoder, const cck_registers *registers, uint64_t word,
                         uint32_t size, cck_near_access *out_access);

/**
 * Where the instruction at `ip` goes on for certain: the one behind it, or the one that it jumps
 * to. 0: that depends, or nobody knows.
 */
uint64_t cck_decoder_next(cck_decoder *decoder, uint64_t ip);

/** The same of code of ours: `size` bytes that are at `ip`. */
uint64_t cck_decode_next(int machine, const uint8_t *bytes, size_t size, uint64_t ip);

#endif
