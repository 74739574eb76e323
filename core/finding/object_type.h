/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_OBJECT_TYPE_H
#define CCK_CORE_OBJECT_TYPE_H

#include "core/finding/object_name.h"

/**
 * The type of a place: of memory that nobody declared, by what made it and by the instructions that
 * use it. Memory that is handed out in parts (pools, arenas) has no one type: there each thing that
 * was seen is a place of its own.
 */

/** Say that the place is of a type from `base` bytes on, or holds as many of it as it has room for.
 * `from`: how that is known. */
void cck_place_set_type(cck_object_names *names, cck_place *place, const cck_type *type,
                        uint64_t base, const char *from);

/** Find the type at an address of a place, of which the observed object, start, size and kin are
 * known; what is found in a part of it makes the place that part. */
void cck_place_elect(cck_object_names *names, cck_place *place, const cck_line *line,
                     uint64_t address);

/** Whether it is single bytes, or an array of them. */
bool cck_type_is_bytes(const cck_type *type);

/** Kin of a kind and a value. */
static inline uint64_t cck_kin_mix(uint64_t kin, uint64_t value)
{
    kin = (kin ^ value) * 0x9e3779b97f4a7c15u;
    return kin ^ kin >> 32;
}

#endif
