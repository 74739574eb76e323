/* SPDX-License-Identifier: MIT */
#ifndef CCK_DEBUG_TYPE_INTERNAL_H
#define CCK_DEBUG_TYPE_INTERNAL_H

#include "core/debug/internal.h"

/**
 * What the files that make types out of DIEs share. Pointers are what makes types
 * circular, so their targets are left open at first and filled in when the type that was
 * asked for is complete; whatever is met again while it is still being made is therefore
 * part of itself, which no compiler writes, and is taken for opaque.
 */

enum {
    CCK_TYPE_DEPTH = 48,     /* types within types; deeper is not believed */
    CCK_TYPE_MEMBERS = 65536 /* of one type; what is beyond is left out */
};

/** Larger than any object can be; what claims more is damaged. */
#define CCK_TYPE_SIZE_MOST (UINT64_C(1) << 47)

/** Work that waits until the types being made are complete. */
typedef struct cck_type_pending {
    cck_type *type;
    const cck_type *like; /* take its target; NULL: `die` is the target */
    Dwarf_Die die;
    const void *record; /* of cck_type_share.find(): the target is that, once it is loaded */
} cck_type_pending;

typedef struct cck_type_list {
    cck_type_pending *items; /* malloc'ed */
    size_t count, capacity;
} cck_type_list;

/**
 * Modules of one file that are read at the same time, each by a thread of its own, load each
 * record once: whoever reads all types of a file tells which are loaded elsewhere. Pointers
 * to those stay open until all are loaded.
 */
typedef struct cck_type_share {
    void *context;
    /** The record that `die` is, or, unless `exactly`, that it is a typedef or qualified form
     * of; NULL: load it. */
    const void *(*find)(void *context, Dwarf_Die *die, bool exactly);
    /** Its type; NULL: not loaded yet, or not at all. */
    const cck_type *(*type)(const void *record);
    /** Its members, bases and variant parts: addresses of their DIEs, malloc'ed. */
    size_t (*members)(void *context, Dwarf_Die *record, const void ***out_members);
    /** Where it is defined. False: nowhere that is known. */
    bool (*definition)(void *context, const void *record, Dwarf_Die *out_die);
} cck_type_share;

struct cck_type_state {
    cck_map alike;      /* fingerprint to the type loaded first */
    cck_map full, base; /* type_names.c: hashed names to entries */
    bool scanned;
    unsigned depth; /* of the loader's recursion */
    cck_type_list targets, copies, unnamed, later;
    const cck_type_share *share; /* NULL: the module is read alone */
};

/** From now on ask `share`, which must outlive the module's reading. False: memory is out. */
bool cck_types_share(cck_debug_module *module, const cck_type_share *share);

/** Fill in what waited for all records to be loaded; ends the sharing. */
void cck_types_finish(cck_debug_module *module);

/** The module's state, made at the first call; NULL when memory is out. */
struct cck_type_state *cck_type_state(cck_debug_module *module);

/** As cck_type_of_die(), for parts of a type: leaves pointers open. Never NULL: opaque. */
const cck_type *cck_type_part(cck_debug_module *module, Dwarf_Die *die);

/** The type that the DIE's DW_AT_type refers to. False: it has none (void). */
bool cck_type_die_of(Dwarf_Die *die, Dwarf_Die *out_type);

/** An unsigned attribute; false if there is none or it is no constant. */
bool cck_die_number(Dwarf_Die *die, unsigned attribute, uint64_t *out_number);

/** Fill in what a type leads to once the types being made are complete. */
void cck_type_target_later(cck_debug_module *module, cck_type *type, const Dwarf_Die *target);

/** Fill in members, size and alignment of a struct, class or union. */
void cck_type_load_members(cck_debug_module *module, Dwarf_Die *die, cck_type *type);

/** Fill in an array of any number of dimensions. */
void cck_type_load_array(cck_debug_module *module, Dwarf_Die *die, cck_type *type);

/** What members tell of themselves, read in one go: each dwarf_attr() walks the list anew. */
typedef enum cck_fact {
    CCK_FACT_NAME,
    CCK_FACT_TYPE,
    CCK_FACT_LOCATION,
    CCK_FACT_FILE,
    CCK_FACT_LINE,
    CCK_FACT_BYTE_SIZE,
    CCK_FACT_BIT_SIZE,
    CCK_FACT_BIT_OFFSET,
    CCK_FACT_DATA_BIT_OFFSET,
    CCK_FACT_ALIGNMENT,
    CCK_FACT_ARTIFICIAL,
    CCK_FACT_DECLARATION,
    CCK_FACT_EXTERNAL,
    CCK_FACTS
} cck_fact;

typedef struct cck_die_facts {
    Dwarf_Attribute at[CCK_FACTS];
    uint32_t have; /* a bit for each that is there */
} cck_die_facts;

void cck_die_facts_read(Dwarf_Die *die, cck_die_facts *out_facts);

/** The attribute; NULL: there is none. */
static inline Dwarf_Attribute *cck_die_fact(cck_die_facts *facts, cck_fact fact)
{
    return facts->have >> fact & 1 ? &facts->at[fact] : NULL;
}

/** An unsigned one; false if there is none or it is no constant. */
bool cck_die_fact_number(cck_die_facts *facts, cck_fact fact, uint64_t *out_number);

/** The first child, and the next sibling, of a DIE: always further on, whatever the bytes
 * say, so that walks end. False: no more. */
bool cck_die_first(Dwarf_Die *die, Dwarf_Die *out_child);
bool cck_die_next(Dwarf_Die *die, Dwarf_Die *out_next);

/** How things of a type of that name synchronise, as core/debug/sync.names has it, which is
 * compiled in; `name` as qualified, tag words are skipped. */
cck_sync cck_sync_of_name(const char *name);

/** The same, or atomic: a number whose type's name says so. */
cck_sync cck_sync_of(const char *name, const cck_type *type);

/** A wrapper with a single member of its own size synchronises as that member does. */
void cck_sync_inherit(cck_type *type);

/** The definition of the type that `declaration` only declares, in any unit. */
bool cck_type_definition(cck_debug_module *module, Dwarf_Die *declaration, Dwarf_Die *out_die);

/** FNV-1a, continued from `hash`. */
#define CCK_HASH_START UINT64_C(0xcbf29ce484222325)
uint64_t cck_type_hash(uint64_t hash, const void *bytes, size_t size);
uint64_t cck_type_hash_text(uint64_t hash, const char *text);

#endif
