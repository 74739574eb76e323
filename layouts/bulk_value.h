/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BULK_VALUE_H
#define CCK_LAYOUTS_BULK_VALUE_H

#include "layouts/bulk_abbrev.h"

/** A place in a unit's bytes; `at` NULL: damaged, or something that is not understood. */
typedef struct cck_cursor {
    const uint8_t *at, *end;
    bool big_endian;
} cck_cursor;

uint64_t cck_cursor_number(cck_cursor *cursor, unsigned size);
uint64_t cck_cursor_leb(cck_cursor *cursor);
int64_t cck_cursor_signed_leb(cck_cursor *cursor);

/** What a scan wants of a DIE. Numbers that are not there are 0. */
typedef struct cck_scan_die {
    const uint8_t *start;
    uint64_t name; /* a hash, or the place of the text: equal names of one file are equal */
    const uint8_t *name_value;
    unsigned name_form; /* 0: no name */
    uint64_t size, line, file, location, bit_size, bit_offset, align, type;
    bool type_here;             /* `type` counts from the start of the unit */
    bool declaration, stand_in; /* stand_in: the type is in a type unit */
    bool placed;                /* its location is an address */
    const uint8_t *sibling;     /* NULL: not told */
} cck_scan_die;

/** A DIE's attributes by its abbreviation's steps; `base` is where the unit's references count
 * from. */
void cck_scan_die_read(const cck_abbrevs *abbrevs, const cck_steps *steps, cck_cursor *cursor,
                       const uint8_t *base, cck_scan_die *die);

/** Whether values of a form are a number of bytes that they tell first. */
bool cck_form_is_block(unsigned form);

#endif
