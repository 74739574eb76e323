/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_OPERAND_H
#define CCK_PRECISE_OPERAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/map.h"
#include "core/process/space.h"

/** What an instruction does to the memory that it accesses. */
typedef struct cck_operand {
    uint16_t size; /* bytes; 0: it accesses none, or of no fixed size */
    bool writes;   /* x86: where a load is sampled, too (add to memory, exchange) */
    bool atomic;   /* x86: locked */
} cck_operand;

/** Operands of instructions, of PMUs that tell the address only; remembered. */
typedef struct cck_operands {
    const cck_root *root;
    cck_map known; /* of code -> operand, packed */
} cck_operands;

/** Of an instruction of an image; all 0 when it cannot be read. */
cck_operand cck_operand_of(cck_operands *operands, const cck_watch_image *image, uint64_t ip);

/** Of an instruction's bytes. `machine`: EM_X86_64 or EM_AARCH64. */
cck_operand cck_operand_decode(int machine, const uint8_t *bytes, size_t size);

void cck_operands_clear(cck_operands *operands);

#endif
