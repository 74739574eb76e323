/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_OBJECT_NAME_H
#define CCK_CORE_OBJECT_NAME_H

#include "core/base/map.h"
#include "core/finding/code_name.h"

/**
 * What lies at an address, for people: joins what was observed (heap blocks, stacks, modules)
 * with debug information (variables, types).
 */

/** A variable, or a block of memory that has no name. */
typedef struct cck_place {
    cck_finding_object object;
    const cck_type *type;  /* of it, or of its elements if `object.stride`; NULL unknown */
    uint64_t base;         /* bytes from its start to the (first) thing of that type */
    uint64_t start, size;  /* in memory; size 0 unknown */
    uint32_t observed;     /* index into the observed objects; CCK_NONE */
    cck_location declared; /* of a variable; file "" unknown */
    uint64_t kin;          /* equal for objects that one change of the source changes alike */
    bool within;           /* a part of what is observed, which holds other things besides: a pool,
                              an arena. `start` and `size` are those of the part */
} cck_place;

/** What part of a place is used. */
typedef struct cck_place_part {
    const char *name; /* "hits", "[1].hits"; "" has no name */
    const char *bare; /* the same without the index of the element */
    const char *type;
    uint64_t offset, size; /* from the start of the place */
    uint64_t element;      /* which one, if the place has a stride */
    bool lock;             /* it is of a type that is a lock */
    const char *file;      /* where the member is declared; "" unknown */
    uint32_t line;
} cck_place_part;

typedef struct cck_object_names {
    cck_code_names code;
    const char *const *hints; /* "ADDRESS_OR_SYMBOL=TYPE", NULL-ended, or NULL */
    cck_map elected; /* allocation path and size, or object -> cck_elected, so that lines agree */
} cck_object_names;

int cck_object_names_init(cck_object_names *names, const cck_observed *observed, cck_debug *debug,
                          const char *const *hints, cck_arena *arena, cck_error *err);
void cck_object_names_clear(cck_object_names *names);

/** The place at an address of a line. */
cck_place cck_object_place(cck_object_names *names, const cck_line *line, uint64_t address);

/** The first field in [address, address + size) of a place, or these bytes. */
cck_place_part cck_object_part(cck_object_names *names, const cck_place *place, uint64_t address,
                               uint64_t size);

#endif
