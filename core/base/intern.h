/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_INTERN_H
#define CCK_CORE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A numbered set: equal records get one number, counted from 0 in the order of arrival.
 * Records are compared byte by byte, so they must be zeroed before they are filled in;
 * or they are pointers to text, which is compared. Zero-initialise all but the first two.
 */
typedef struct cck_intern {
    size_t record_size;
    bool texts; /* records are `const char *`, which must outlive the set */
    unsigned char *records;
    size_t count, capacity;
    uint32_t *slots;   /* number + 1; 0 free */
    size_t slot_count; /* a power of two, or 0 */
} cck_intern;

/** The number of an equal record, added if it is new. UINT32_MAX when memory is out. */
uint32_t cck_intern_put(cck_intern *set, const void *record);

/** The record of a number; valid until the next put. */
const void *cck_intern_get(const cck_intern *set, uint32_t number);

void cck_intern_clear(cck_intern *set);

#endif
