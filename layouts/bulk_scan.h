/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BULK_SCAN_H
#define CCK_LAYOUTS_BULK_SCAN_H

#include "core/debug/files.h"

/**
 * A quick walk over the bytes of a unit's DIEs. In a C program most record types are told again
 * in every unit that includes their header; loading each to find that out takes far longer than
 * hashing its name, size, place and members. The bytes are not trusted: whatever does not fit
 * ends the walk of the unit.
 */

/** A record, or a typedef of an unnamed one, as it stands in a unit. */
typedef struct cck_scan_record {
    uint32_t offset; /* of its DIE from the unit's first */
    uint32_t number; /* of the distinct record; UINT32_MAX: none that has a name */
} cck_scan_record;

/** A variable that has a fixed place. */
typedef struct cck_scan_variable {
    uint32_t offset, function; /* of DIEs; function 0: global */
} cck_scan_variable;

/** A record that differs from all others that this scan saw. */
typedef struct cck_scan_distinct {
    uint64_t key;
    uint64_t name; /* hash of the qualified name */
    uint32_t unit, offset;
    uint32_t seen; /* units that have it */
    uint32_t last; /* the latest of those */
    bool is_typedef;
} cck_scan_distinct;

/** What one unit had. */
typedef struct cck_scan_unit {
    cck_scan_record *records; /* by offset */
    size_t record_count;
    cck_scan_variable *variables;
    size_t variable_count;
    unsigned scan; /* who walked it: numbers are those of that scan */
    bool done;
    bool cut; /* not walked to its end: damaged, or of a form that is not known */
} cck_scan_unit;

/** State of a thread's scans. Zero-initialise all but module. */
typedef struct cck_scan {
    cck_debug_module *module;
    cck_map known; /* key to number + 1 */
    cck_scan_distinct *distinct;
    size_t distinct_count, distinct_capacity;
    struct cck_abbrevs *abbrevs;                    /* of the latest unit */
    struct cck_walk *at;                            /* of cck_scan_members() */
    const uint8_t *section, *section_end;           /* that the latest unit is in */
    bool full;                                      /* memory is out */
    void (*import)(void *context, Dwarf_Die *unit); /* a unit of a dwz file; may be NULL */
    void *context;
} cck_scan;

/** Walk unit `number`, whose first DIE is unit->die. */
void cck_scan_unit_read(cck_scan *scan, const cck_unit *unit, uint32_t number,
                        cck_scan_unit *out_unit);

/** Fill in the unit's parents, as cck_unit_read() does, but nothing else. */
void cck_scan_parents(cck_scan *scan, cck_unit *unit);

/** The members, bases and variant parts of a record: where their DIEs are, to be freed. Classes
 * have hundreds of functions between them. */
size_t cck_scan_members(cck_scan *scan, const cck_unit *unit, const void *record,
                        const void ***out_members);

void cck_scan_clear(cck_scan *scan);

#endif
