/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_BULK_ABBREV_H
#define CCK_LAYOUTS_BULK_ABBREV_H

#include "core/debug/internal.h"

/** What a scan does with DIEs of a tag. */
typedef enum cck_interest {
    CCK_INTEREST_NONE,
    CCK_INTEREST_RECORD,
    CCK_INTEREST_MEMBER,
    CCK_INTEREST_TYPEDEF,
    CCK_INTEREST_ENUM,
    CCK_INTEREST_SPACE,    /* namespaces, modules */
    CCK_INTEREST_FUNCTION, /* may hold types and static variables */
    CCK_INTEREST_BLOCK,    /* likewise, without a name */
    CCK_INTEREST_PART,     /* variant parts: what they hold are members */
    CCK_INTEREST_VARIABLE,
    CCK_INTEREST_IMPORT
} cck_interest;

typedef struct cck_abbrev_attribute {
    uint16_t name, form;
    int8_t size;      /* bytes; negative: it varies */
    int64_t constant; /* of DW_FORM_implicit_const */
} cck_abbrev_attribute;

typedef struct cck_abbrev {
    uint16_t tag;
    bool known, children;
    uint8_t interest;
    uint32_t first, count; /* attributes */
    uint32_t fixed;        /* bytes of all of them; UINT32_MAX if that varies */
} cck_abbrev;

/** The abbreviations of a unit, ready to walk by. */
typedef struct cck_abbrevs {
    Dwarf *dwarf;
    Dwarf_Off offset; /* in its section */
    uint8_t address_size, offset_size;
    uint16_t version;
    cck_abbrev *codes; /* by code */
    size_t code_count, code_capacity;
    cck_abbrev_attribute *attributes;
    size_t attribute_count, attribute_capacity;
} cck_abbrevs;

/** Fill in those of a unit, anew unless they are the same. False: damaged, or memory is out. */
bool cck_abbrevs_read(cck_abbrevs *abbrevs, const cck_unit *unit);

/** Bytes of a value; negative: it varies (see cck_abbrevs_skip()) or is not known. */
int cck_abbrevs_size(const cck_abbrevs *abbrevs, unsigned form);

void cck_abbrevs_free(cck_abbrevs *abbrevs);

#endif
