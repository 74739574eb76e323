/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stddef.h>

#include "layouts/bulk_value.h"

/*
 * Large files have tens of millions of DIEs and a few thousand abbreviations: what is to be done
 * with each attribute is found out once an abbreviation, and not again for every DIE.
 */

#define FIELD(name) offsetof(cck_scan_die, name)

enum { NO_FIELD = UINT8_MAX };

static const struct {
    uint16_t attribute;
    uint8_t field;
} fields[] = {
    {DW_AT_byte_size, FIELD(size)},
    {DW_AT_decl_line, FIELD(line)},
    {DW_AT_decl_file, FIELD(file)},
    {DW_AT_data_member_location, FIELD(location)},
    {DW_AT_bit_size, FIELD(bit_size)},
    {DW_AT_bit_offset, FIELD(bit_offset)},
    {DW_AT_data_bit_offset, FIELD(bit_offset)},
    {DW_AT_alignment, FIELD(align)},
};

static uint8_t field_of(unsigned attribute)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].attribute == attribute)
            return fields[i].field;
    return NO_FIELD;
}

/* Whether what a scan keeps of DIEs of an interest depends on the attribute. */
static bool matters(uint8_t interest, unsigned attribute)
{
    bool declared = attribute == DW_AT_decl_line || attribute == DW_AT_decl_file;
    bool name = attribute == DW_AT_name;
    switch ((cck_interest)interest) {
    case CCK_INTEREST_RECORD:
        return name || declared || attribute == DW_AT_byte_size || attribute == DW_AT_alignment ||
               attribute == DW_AT_declaration || attribute == DW_AT_signature;
    case CCK_INTEREST_MEMBER:
        return name || (field_of(attribute) != NO_FIELD && attribute != DW_AT_decl_file);
    case CCK_INTEREST_TYPEDEF:
        return name || declared || attribute == DW_AT_type;
    case CCK_INTEREST_SPACE:
    case CCK_INTEREST_FUNCTION:
        return name;
    case CCK_INTEREST_VARIABLE:
        return attribute == DW_AT_location;
    default:
        return false;
    }
}

static bool is_plain(int size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static cck_step step_of(const cck_abbrevs *abbrevs, uint32_t index)
{
    const cck_abbrev_attribute *attribute = &abbrevs->attributes[index];
    cck_step step = {.kind = CCK_STEP_OTHER, .form = attribute->form, .attribute = index};
    uint8_t field = field_of(attribute->name);
    if (is_plain(attribute->size) && (field != NO_FIELD || attribute->name == DW_AT_name)) {
        step.kind = attribute->name == DW_AT_name ? CCK_STEP_NAME : CCK_STEP_NUMBER;
        step.field = field;
        step.size = (uint32_t)attribute->size;
    } else if (attribute->form == DW_FORM_implicit_const && field != NO_FIELD) {
        step.kind = CCK_STEP_CONSTANT;
        step.field = field;
        step.constant = attribute->constant;
    }
    return step;
}

static cck_step passing(const cck_abbrev_attribute *attribute)
{
    if (attribute->size < 0)
        return (cck_step){.kind = CCK_STEP_VALUE, .form = attribute->form};
    return (cck_step){.kind = CCK_STEP_PASS, .size = (uint32_t)attribute->size};
}

static bool add(cck_abbrevs *abbrevs, cck_steps *steps, cck_step step)
{
    cck_step *last = steps->count ? &abbrevs->steps[steps->first + steps->count - 1] : NULL;
    if (step.kind == CCK_STEP_PASS && step.size == 0)
        return true;
    if (step.kind == CCK_STEP_PASS && last && last->kind == CCK_STEP_PASS) {
        last->size += step.size;
        return true;
    }
    if (!cck_abbrevs_reserve((void **)&abbrevs->steps, &abbrevs->step_capacity,
                             abbrevs->step_count + 1, sizeof *abbrevs->steps))
        return false;
    abbrevs->steps[abbrevs->step_count++] = step;
    steps->count++;
    return true;
}

static bool plan(cck_abbrevs *abbrevs, const cck_abbrev *abbrev, uint8_t interest, cck_steps *steps)
{
    *steps = (cck_steps){.first = (uint32_t)abbrevs->step_count};
    for (uint32_t i = abbrev->first; i < abbrev->first + abbrev->count; i++) {
        const cck_abbrev_attribute *attribute = &abbrevs->attributes[i];
        cck_step step = passing(attribute);
        if (attribute->name == DW_AT_sibling && abbrev->children)
            step = attribute->size == 4 ? (cck_step){.kind = CCK_STEP_SIBLING, .size = 4}
                                        : (cck_step){.kind = CCK_STEP_OTHER, .attribute = i};
        else if (matters(interest, attribute->name))
            step = step_of(abbrevs, i);
        if (!add(abbrevs, steps, step))
            return false;
    }
    return true;
}

static bool may_be_placed(const cck_abbrevs *abbrevs, const cck_abbrev *abbrev)
{
    for (uint32_t i = abbrev->first; i < abbrev->first + abbrev->count; i++)
        if (abbrevs->attributes[i].name == DW_AT_location &&
            cck_form_is_block(abbrevs->attributes[i].form))
            return true;
    return false;
}

static bool has(const cck_abbrevs *abbrevs, const cck_abbrev *abbrev, unsigned attribute)
{
    for (uint32_t i = abbrev->first; i < abbrev->first + abbrev->count; i++)
        if (abbrevs->attributes[i].name == attribute)
            return true;
    return false;
}

/* Most functions of C++ units are declared in classes, and hold nothing but parameters. */
static bool declares(const cck_abbrevs *abbrevs, const cck_abbrev *abbrev)
{
    for (uint32_t i = abbrev->first; i < abbrev->first + abbrev->count; i++)
        if (abbrevs->attributes[i].name == DW_AT_declaration)
            return abbrevs->attributes[i].form == DW_FORM_flag_present;
    return false;
}

/* What only matters as something that has a parent, or may hold what matters, but does not. */
static uint8_t interest_scanned(const cck_abbrevs *abbrevs, const cck_abbrev *abbrev)
{
    switch ((cck_interest)abbrev->interest) {
    case CCK_INTEREST_ENUM:
        return CCK_INTEREST_NONE;
    case CCK_INTEREST_VARIABLE:
        return may_be_placed(abbrevs, abbrev) ? abbrev->interest : CCK_INTEREST_NONE;
    case CCK_INTEREST_FUNCTION:
        return abbrev->children && !abbrev->declared ? abbrev->interest : CCK_INTEREST_NONE;
    case CCK_INTEREST_SPACE:
    case CCK_INTEREST_BLOCK:
    case CCK_INTEREST_PART:
        return abbrev->children ? abbrev->interest : CCK_INTEREST_NONE;
    default:
        return abbrev->interest;
    }
}

/* What may be asked for its parent, or be one. Of members only those of classes are. */
static uint8_t interest_parental(const cck_abbrevs *abbrevs, const cck_abbrev *abbrev)
{
    switch ((cck_interest)abbrev->interest) {
    case CCK_INTEREST_MEMBER:
        return has(abbrevs, abbrev, DW_AT_declaration) || has(abbrevs, abbrev, DW_AT_external)
                   ? abbrev->interest
                   : CCK_INTEREST_NONE;
    case CCK_INTEREST_IMPORT:
        return CCK_INTEREST_NONE;
    case CCK_INTEREST_SPACE:
    case CCK_INTEREST_BLOCK:
    case CCK_INTEREST_PART:
        return abbrev->children ? abbrev->interest : CCK_INTEREST_NONE;
    default:
        return abbrev->interest;
    }
}

/* Most DIEs are of no interest, and most of those of a fixed size. */
static void leap_find(const cck_abbrevs *abbrevs, cck_abbrev *abbrev)
{
    uint32_t before = 0;
    abbrev->leap = abbrev->leap_sibling = UINT32_MAX;
    if (!abbrev->children) {
        abbrev->leap = abbrev->fixed;
        return;
    }
    for (uint32_t i = 0; i < abbrev->pass.count; i++) {
        const cck_step *step = &abbrevs->steps[abbrev->pass.first + i];
        if (step->kind == CCK_STEP_SIBLING)
            abbrev->leap_sibling = before;
        if (step->kind != CCK_STEP_PASS)
            return;
        before += step->size;
    }
}

bool cck_abbrevs_plan(cck_abbrevs *abbrevs, cck_abbrev *abbrev)
{
    abbrev->declared = abbrev->interest == CCK_INTEREST_FUNCTION && declares(abbrevs, abbrev);
    abbrev->scanned = interest_scanned(abbrevs, abbrev);
    abbrev->parental = interest_parental(abbrevs, abbrev);
    if (!plan(abbrevs, abbrev, CCK_INTEREST_NONE, &abbrev->pass) ||
        !plan(abbrevs, abbrev, abbrev->interest, &abbrev->read))
        return false;
    leap_find(abbrevs, abbrev);
    return true;
}
