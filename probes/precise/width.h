/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_WIDTH_H
#define CCK_PRECISE_WIDTH_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/map.h"
#include "core/process/space.h"

/** Bytes that instructions access, of PMUs that tell the address only; remembered. */
typedef struct cck_widths {
    const cck_root *root;
    cck_map known; /* of code -> bytes + 1 */
} cck_widths;

/** Of an instruction of an image; 0: it cannot be read, or accesses no memory of a fixed size. */
uint16_t cck_width_of(cck_widths *widths, const cck_watch_image *image, uint64_t ip);

/** Of an instruction's bytes. `machine`: EM_X86_64 or EM_AARCH64. */
uint16_t cck_width_decode(int machine, const uint8_t *bytes, size_t size);

void cck_widths_clear(cck_widths *widths);

#endif
