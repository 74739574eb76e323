/* SPDX-License-Identifier: MIT */
#include "layouts/bulk_value.h"

#include <dwarf.h>
#include <string.h>

#include "core/debug/type_internal.h"

uint64_t cck_cursor_number(cck_cursor *cursor, unsigned size)
{
    uint64_t value = 0;
    if (!cursor->at || (size_t)(cursor->end - cursor->at) < size) {
        cursor->at = NULL;
        return 0;
    }
    for (unsigned i = 0; i < size && i < 8; i++)
        value |= (uint64_t)cursor->at[i] << 8 * (cursor->big_endian ? size - 1 - i : i);
    cursor->at += size;
    return value;
}

uint64_t cck_cursor_leb(cck_cursor *cursor)
{
    uint64_t value = 0;
    if (cursor->at && cursor->at < cursor->end && *cursor->at < 0x80)
        return *cursor->at++;
    for (unsigned shift = 0; cursor->at && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = *cursor->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    cursor->at = NULL;
    return 0;
}

int64_t cck_cursor_signed_leb(cck_cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; cursor->at && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = *cursor->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        if (byte & 0x40 && shift + 7 < 64)
            value |= UINT64_MAX << (shift + 7);
        return (int64_t)value;
    }
    cursor->at = NULL;
    return 0;
}

static void pass(cck_cursor *cursor, uint64_t size)
{
    if (cursor->at && (uint64_t)(cursor->end - cursor->at) >= size)
        cursor->at += size;
    else
        cursor->at = NULL;
}

static void pass_text(cck_cursor *cursor)
{
    const uint8_t *end =
        cursor->at ? memchr(cursor->at, 0, (size_t)(cursor->end - cursor->at)) : NULL;
    cursor->at = end ? end + 1 : NULL;
}

/* Past a value of a form without a fixed size. */
static void pass_value(cck_cursor *cursor, unsigned form)
{
    switch (form) {
    case DW_FORM_string:
        pass_text(cursor);
        break;
    case DW_FORM_sdata:
    case DW_FORM_udata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_loclistx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index:
        cck_cursor_leb(cursor);
        break;
    case DW_FORM_block:
    case DW_FORM_exprloc:
        pass(cursor, cck_cursor_leb(cursor));
        break;
    case DW_FORM_block1:
        pass(cursor, cck_cursor_number(cursor, 1));
        break;
    case DW_FORM_block2:
        pass(cursor, cck_cursor_number(cursor, 2));
        break;
    case DW_FORM_block4:
        pass(cursor, cck_cursor_number(cursor, 4));
        break;
    default: /* DW_FORM_indirect, which nobody writes, and what is newer than this */
        cursor->at = NULL;
    }
}

static void pass_attribute(cck_cursor *cursor, const cck_abbrev_attribute *attribute)
{
    if (attribute->size >= 0)
        pass(cursor, (uint64_t)attribute->size);
    else
        pass_value(cursor, attribute->form);
}

bool cck_form_is_block(unsigned form)
{
    return form == DW_FORM_exprloc || form == DW_FORM_block1 || form == DW_FORM_block ||
           form == DW_FORM_block2 || form == DW_FORM_block4;
}

/* A constant or reference; blocks count by their first bytes: DW_OP_plus_uconst, mostly. */
static uint64_t number_of(cck_cursor *cursor, const cck_abbrev_attribute *attribute)
{
    if (attribute->form == DW_FORM_implicit_const)
        return (uint64_t)attribute->constant;
    if (attribute->form == DW_FORM_flag_present)
        return 1;
    if (cck_form_is_block(attribute->form)) {
        const uint8_t *start = cursor->at;
        pass_value(cursor, attribute->form);
        return cursor->at ? cck_type_hash(CCK_HASH_START, start, (size_t)(cursor->at - start)) : 0;
    }
    if (attribute->size >= 0)
        return cck_cursor_number(cursor, (unsigned)attribute->size);
    if (attribute->form == DW_FORM_string) {
        pass_text(cursor);
        return 0;
    }
    return cck_cursor_leb(cursor);
}

static void take_name(cck_cursor *cursor, const cck_abbrev_attribute *attribute, cck_scan_die *die)
{
    const uint8_t *value = cursor->at;
    die->name_value = value;
    die->name_form = attribute->form;
    if (attribute->form != DW_FORM_string) {
        die->name = number_of(cursor, attribute) ^ (uint64_t)attribute->form << 48;
        return;
    }
    pass_text(cursor);
    if (cursor->at)
        die->name = cck_type_hash(CCK_HASH_START, value, (size_t)(cursor->at - value));
}

/* An address, plainly or by its index: all that a variable of fixed place has. */
static bool is_address(const uint8_t *value, const cck_cursor *after, unsigned form)
{
    static const uint8_t addresses[] = {DW_OP_addr, DW_OP_addrx, DW_OP_GNU_addr_index};
    if (!after->at || !cck_form_is_block(form))
        return false;
    cck_cursor block = {.at = value, .end = after->at};
    if (form == DW_FORM_exprloc || form == DW_FORM_block)
        cck_cursor_leb(&block);
    else
        pass(&block, form == DW_FORM_block1 ? 1 : form == DW_FORM_block2 ? 2 : 4);
    return block.at && block.at < block.end && memchr(addresses, *block.at, sizeof addresses);
}

static bool is_local(unsigned form)
{
    return form == DW_FORM_ref1 || form == DW_FORM_ref2 || form == DW_FORM_ref4 ||
           form == DW_FORM_ref8 || form == DW_FORM_ref_udata;
}

static const uint8_t *sibling_at(const cck_cursor *cursor, const uint8_t *base, uint64_t offset)
{
    bool within = cursor->at && offset <= (uint64_t)(cursor->end - base);
    return within && base + offset > cursor->at ? base + offset : NULL;
}

static void take(const cck_abbrev_attribute *attribute, cck_cursor *cursor, const uint8_t *base,
                 cck_scan_die *die)
{
    const uint8_t *value = cursor->at;
    uint64_t *number = NULL;
    switch (attribute->name) {
    case DW_AT_name:
        take_name(cursor, attribute, die);
        return;
    case DW_AT_byte_size:
        number = &die->size;
        break;
    case DW_AT_decl_line:
        number = &die->line;
        break;
    case DW_AT_decl_file:
        number = &die->file;
        break;
    case DW_AT_data_member_location:
        number = &die->location;
        break;
    case DW_AT_bit_size:
        number = &die->bit_size;
        break;
    case DW_AT_bit_offset:
    case DW_AT_data_bit_offset:
        number = &die->bit_offset;
        break;
    case DW_AT_alignment:
        number = &die->align;
        break;
    case DW_AT_type:
    case DW_AT_import:
        number = &die->type;
        die->type_here = is_local(attribute->form);
        break;
    case DW_AT_declaration:
        die->declaration = number_of(cursor, attribute) != 0;
        return;
    case DW_AT_signature:
        die->stand_in = true;
        break;
    case DW_AT_location:
        pass_attribute(cursor, attribute);
        die->placed = is_address(value, cursor, attribute->form);
        return;
    case DW_AT_sibling:
        die->sibling = sibling_at(cursor, base, number_of(cursor, attribute));
        return;
    default:
        break;
    }
    if (number)
        *number = number_of(cursor, attribute);
    else
        pass_attribute(cursor, attribute);
}

/* Mostly little-endian and not aligned. */
static inline uint64_t number_at(const cck_cursor *cursor, const uint8_t *at, unsigned size)
{
    if (cursor->big_endian) {
        cck_cursor rest = {.at = at, .end = at + size, .big_endian = true};
        return cck_cursor_number(&rest, size);
    }
    switch (size) {
    case 1:
        return *at;
    case 2:
        return (uint64_t)at[0] | (uint64_t)at[1] << 8;
    case 4:
        return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
               (uint64_t)at[3] << 24;
    default: {
        cck_cursor rest = {.at = at, .end = at + size};
        return cck_cursor_number(&rest, size);
    }
    }
}

static inline void step_stored(const cck_step *step, const cck_cursor *cursor, const uint8_t *at,
                               const uint8_t *base, cck_scan_die *die)
{
    uint64_t value = number_at(cursor, at, step->size);
    if (step->kind == CCK_STEP_NUMBER) {
        memcpy((char *)die + step->field, &value, sizeof value);
    } else if (step->kind == CCK_STEP_NAME) {
        die->name_value = at;
        die->name_form = step->form;
        die->name = value ^ (uint64_t)step->form << 48;
    } else {
        cck_cursor behind = {.at = at + step->size, .end = cursor->end};
        die->sibling = sibling_at(&behind, base, value);
    }
}

void cck_scan_die_read(const cck_abbrevs *abbrevs, const cck_steps *steps, cck_cursor *cursor,
                       const uint8_t *base, cck_scan_die *die)
{
    const cck_step *step = &abbrevs->steps[steps->first], *last = step + steps->count;
    for (; step < last && cursor->at; step++) {
        switch ((cck_step_kind)step->kind) {
        case CCK_STEP_PASS:
            pass(cursor, step->size);
            break;
        case CCK_STEP_VALUE:
            pass_value(cursor, step->form);
            break;
        case CCK_STEP_CONSTANT:
            memcpy((char *)die + step->field, &step->constant, sizeof step->constant);
            break;
        case CCK_STEP_OTHER:
            take(&abbrevs->attributes[step->attribute], cursor, base, die);
            break;
        case CCK_STEP_NUMBER:
        case CCK_STEP_NAME:
        case CCK_STEP_SIBLING: {
            const uint8_t *at = cursor->at;
            pass(cursor, step->size);
            if (cursor->at)
                step_stored(step, cursor, at, base, die);
        } break;
        }
    }
}
