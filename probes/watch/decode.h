/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_DECODE_H
#define CCK_WATCH_DECODE_H

#include <stdbool.h>

#include <cachecheck/error.h>

#include "probes/watch/registers.h"
#include "probes/watch/text.h"

/**
 * What instructions near a sampled one access, from the registers of the sample. The
 * sampler's interface to an architecture: decode_x86.c implements it with Zydis,
 * decode_arm.c for arm64; tables per architecture are chosen by cck_decoder_new().
 *
 * An analysis depends on the code only; it is made once per instruction pointer and kept.
 */
enum { CCK_ACCESSES_NEAR = 24 };

typedef struct cck_near_access {
    uint64_t ip;      /* of the instruction */
    uint64_t address; /* of the first byte */
    uint32_t size;    /* bytes */
    bool reads, writes;
    bool atomic;   /* locked, or load-/store-exclusive */
    bool executed; /* it lies before the sampled instruction on the only way there, or is the
                      sampled one: it was or will be executed. Else it only may be. */
    bool stack;    /* addressed by the stack or frame pointer */
    int8_t distance; /* instructions after the sampled one; < 0 before, 0 itself */
} cck_near_access;

typedef struct cck_decoder cck_decoder;

/** CCK_EUNSUPPORTED for an architecture without a decoder (`machine`: e_machine of ELF). */
int cck_decoder_new(cck_decoder **out_decoder, int machine, const cck_text *text, cck_error *err);
void cck_decoder_free(cck_decoder *decoder);

/** The code changed (a mapping went or came): forget what was analysed in [start, end). */
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
 * that word, by its operands and registers: the hit is not verified.
 */
bool cck_decoder_trapped(cck_decoder *decoder, const cck_registers *registers, uint64_t word,
                         uint32_t size, cck_near_access *out_access);

#endif
