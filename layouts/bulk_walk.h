/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BULK_WALK_H
#define CCK_LAYOUTS_BULK_WALK_H

#include "core/debug/type_internal.h"
#include "layouts/bulk_scan.h"
#include "layouts/bulk_value.h"

/** The walk behind bulk_scan.h: from DIE to DIE (bulk_walk.c), and what is seen (bulk_see.c). */

enum { CCK_WALK_DEEPEST = 256 };

/** A DIE whose children are being walked. */
typedef struct cck_level {
    uint8_t interest; /* CCK_INTEREST_NONE: nothing in here matters */
    uint32_t offset;
    uint32_t slot;    /* of the record among the unit's */
    uint64_t key;     /* of the record so far; of others what qualifies names in them */
    cck_scan_die die; /* of records and spaces: they have a name */
} cck_level;

typedef struct cck_walk {
    cck_scan *scan;
    const cck_unit *unit;
    uint32_t number;
    const uint8_t *first, *base;
    cck_cursor cursor;
    cck_files *files;
    cck_scan_unit *out;
    cck_unit *parents;         /* to fill in the parents of; NULL: find records */
    struct cck_alias *aliases; /* typedefs of unnamed records, until these are known */
    uint64_t *keys;            /* of out->records */
    size_t alias_count;
    cck_level levels[CCK_WALK_DEEPEST + 1]; /* the last: of what has no children */
    unsigned depth;
    bool ended; /* by the list of children that the unit itself has */
} cck_walk;

/** Stand at a unit's first DIE. False: it is of a form that is not known. */
bool cck_walk_begin(cck_walk *at, const cck_unit *unit);

/** True if it came to the end of the unit. */
bool cck_walk_all(cck_walk *at);

/** Past a DIE, whose code was read, and all that is in it. False: the walk is over. */
bool cck_walk_pass(cck_walk *at, const cck_abbrev *abbrev);

/** Room for one more in an array that doubles; else the scan is full. */
bool cck_walk_grow(cck_walk *at, void **items, size_t count, size_t size);

/** Take in a DIE that matters; the end of a record; at the end of the unit, typedefs. */
void cck_walk_see(cck_walk *at, const cck_abbrev *abbrev, const cck_scan_die *die,
                  cck_level *inside);
void cck_walk_see_end(cck_walk *at, const cck_level *inside);
void cck_walk_see_aliases(cck_walk *at);

/** Note in what a DIE is, if the walk is for that. */
void cck_walk_see_parent(cck_walk *at, const uint8_t *start);

#endif
