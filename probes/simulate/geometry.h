/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_GEOMETRY_H
#define CCK_SIMULATE_GEOMETRY_H

#include <cachecheck/error.h>
#include <cachecheck/machine.h>

#include "core/base/arena.h"
#include "probes/simulate/model/hierarchy.h"

/** The caches to simulate, and what was assumed about them. */
typedef struct cck_geometry_choice {
    cck_geometry geometry;
    const char *text; /* "I1=32768,8,64 D1=... cores=4"; parses back to the same */
    const char *note; /* a sentence on what was assumed; "" nothing */
} cck_geometry_choice;

/**
 * What `--cache` says: entries NAME=SIZE,WAYS,LINE separated by blanks or ';',
 * named I1 (L1i), D1 (L1d), L2, LL (LLC, L3), in bytes or with K, M, G (times
 * 1024), and `cores=N`. NULL or "": all from the machine. What is missing comes
 * from the machine (NULL: from the defaults below), but an LL without an L2 means
 * two levels, as in cachegrind.
 *
 * Where the machine does not know its caches: I1 and D1 of 32 KiB, 8 ways; LL of
 * 8 MiB, 16 ways; lines of 64 bytes; one core. Unknown ways: 8 for I1, D1 and L2,
 * 16 for LL, or the next smaller number that divides the size.
 *
 * Strings come from the arena. CCK_EINVALID with the entry that is wrong, CCK_ENOMEM.
 */
int cck_geometry_choose(cck_geometry_choice *out_choice, const char *text,
                        const cck_machine *machine, cck_arena *arena, cck_error *err);

#endif
