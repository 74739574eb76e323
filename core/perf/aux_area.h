/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_AUX_AREA_H
#define CCK_CORE_PERF_AUX_AREA_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A reader of a ring's AUX area, where a trace unit (Arm SPE) writes for itself; AUX records
 * in the ring tell which bytes it wrote. It works on any memory laid out like the kernel's.
 * Offsets count all bytes ever written; their place is the rest modulo the size.
 */
typedef struct cck_aux_area {
    struct perf_event_mmap_page *page; /* of the ring; NULL: an empty area */
    const uint8_t *data;
    uint64_t size; /* bytes, a power of two */
} cck_aux_area;

/** Read from `data`; a `size` that is no power of two gives an empty area. */
void cck_aux_area_init(cck_aux_area *area, struct perf_event_mmap_page *page, const void *data,
                       uint64_t size);

/**
 * Copy `size` bytes that an AUX record names. False when they cannot be there: more than the
 * area holds, or overwritten since.
 */
bool cck_aux_area_copy(const cck_aux_area *area, uint64_t offset, uint64_t size, void *to);

/** Give what lies before `offset` back to the kernel. */
void cck_aux_area_release(cck_aux_area *area, uint64_t offset);

#endif
