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

/** What is to be done with one value or several that follow each other. */
typedef enum cck_step_kind {
    CCK_STEP_PASS,     /* `size` bytes that do not matter */
    CCK_STEP_VALUE,    /* past a value of `form`, whose length it tells itself */
    CCK_STEP_NUMBER,   /* `size` bytes (1, 2, 4, 8) into `field` */
    CCK_STEP_CONSTANT, /* `constant` into `field`: nothing is stored in the DIE */
    CCK_STEP_NAME,     /* the place of the text, `size` bytes */
    CCK_STEP_SIBLING,  /* likewise, of the DIE behind the children */
    CCK_STEP_OTHER     /* whatever `attribute` wants */
} cck_step_kind;

/** Of DIEs of an abbreviation; those that matter little are passed over together. */
typedef struct cck_step {
    uint8_t kind;
    uint8_t field; /* offset in cck_scan_die */
    uint16_t form;
    uint32_t size;
    union {
        int64_t constant;
        uint32_t attribute; /* index */
    };
} cck_step;

/** A stretch of steps. */
typedef struct cck_steps {
    uint32_t first, count;
} cck_steps;

typedef struct cck_abbrev {
    uint16_t tag;
    bool known, children;
    uint8_t interest;
    uint8_t scanned;       /* the same of a scan that wants no parents: fewer DIEs matter */
    uint8_t parental;      /* and of one that wants nothing else */
    bool declared;         /* all of these only declare: no types are in them */
    uint32_t first, count; /* attributes */
    uint32_t fixed;        /* bytes of all of them; UINT32_MAX if that varies */
    cck_steps read, pass;  /* with what matters to its interest; with the sibling only */
    uint32_t leap;         /* bytes to what follows; UINT32_MAX: see `pass` */
    uint32_t leap_sibling; /* what follows is told there, behind so many bytes; or UINT32_MAX */
} cck_abbrev;

/** The abbreviations of a unit, ready to walk by. */
typedef struct cck_abbrevs {
    Dwarf *dwarf;
    Dwarf_Off offset; /* in its section */
    Dwarf *section_dwarf;
    bool section_split;
    const uint8_t *section, *section_end; /* of that file; NULL none */
    uint8_t address_size, offset_size;
    uint16_t version;
    cck_abbrev *codes; /* by code */
    size_t code_count, code_capacity;
    cck_abbrev_attribute *attributes;
    size_t attribute_count, attribute_capacity;
    cck_step *steps;
    size_t step_count, step_capacity;
} cck_abbrevs;

/** Fill in those of a unit, anew unless they are the same. False: damaged, or memory is out. */
bool cck_abbrevs_read(cck_abbrevs *abbrevs, const cck_unit *unit);

/** Put down the steps of an abbreviation whose attributes are known. False: memory is out. */
bool cck_abbrevs_plan(cck_abbrevs *abbrevs, cck_abbrev *abbrev);

/** Room for `wanted` items in an array that doubles; what is new is 0. */
bool cck_abbrevs_reserve(void **items, size_t *capacity, size_t wanted, size_t size);

void cck_abbrevs_free(cck_abbrevs *abbrevs);

#endif
