/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/files.h"
#include "layouts/bulk_value.h"

/* Compilers count codes from 1; more than this is damage. */
enum { FEW_CODES = 1024, MOST_CODES = 1 << 20, MOST_ATTRIBUTES = 1 << 10 };

static const struct {
    uint16_t tag;
    uint8_t interest;
} interests[] = {
    {DW_TAG_structure_type, CCK_INTEREST_RECORD}, {DW_TAG_class_type, CCK_INTEREST_RECORD},
    {DW_TAG_interface_type, CCK_INTEREST_RECORD}, {DW_TAG_union_type, CCK_INTEREST_RECORD},
    {DW_TAG_member, CCK_INTEREST_MEMBER},         {DW_TAG_inheritance, CCK_INTEREST_MEMBER},
    {DW_TAG_typedef, CCK_INTEREST_TYPEDEF},       {DW_TAG_template_alias, CCK_INTEREST_TYPEDEF},
    {DW_TAG_enumeration_type, CCK_INTEREST_ENUM}, {DW_TAG_namespace, CCK_INTEREST_SPACE},
    {DW_TAG_module, CCK_INTEREST_SPACE},          {DW_TAG_subprogram, CCK_INTEREST_FUNCTION},
    {DW_TAG_lexical_block, CCK_INTEREST_BLOCK},   {DW_TAG_variant_part, CCK_INTEREST_PART},
    {DW_TAG_variant, CCK_INTEREST_PART},          {DW_TAG_variable, CCK_INTEREST_VARIABLE},
    {DW_TAG_imported_unit, CCK_INTEREST_IMPORT},
};

static uint8_t interest_of(unsigned tag)
{
    for (size_t i = 0; i < sizeof interests / sizeof *interests; i++)
        if (interests[i].tag == tag)
            return interests[i].interest;
    return CCK_INTEREST_NONE;
}

/* Bytes of a value; negative: it varies or is not known. */
static int size_of_form(const cck_abbrevs *abbrevs, unsigned form)
{
    switch (form) {
    case DW_FORM_flag_present:
    case DW_FORM_implicit_const:
        return 0;
    case DW_FORM_data1:
    case DW_FORM_ref1:
    case DW_FORM_flag:
    case DW_FORM_strx1:
    case DW_FORM_addrx1:
        return 1;
    case DW_FORM_data2:
    case DW_FORM_ref2:
    case DW_FORM_strx2:
    case DW_FORM_addrx2:
        return 2;
    case DW_FORM_strx3:
    case DW_FORM_addrx3:
        return 3;
    case DW_FORM_data4:
    case DW_FORM_ref4:
    case DW_FORM_strx4:
    case DW_FORM_addrx4:
    case DW_FORM_ref_sup4:
        return 4;
    case DW_FORM_data8:
    case DW_FORM_ref8:
    case DW_FORM_ref_sig8:
    case DW_FORM_ref_sup8:
        return 8;
    case DW_FORM_data16:
        return 16;
    case DW_FORM_addr:
        return abbrevs->address_size;
    case DW_FORM_ref_addr:
        return abbrevs->version <= 2 ? abbrevs->address_size : abbrevs->offset_size;
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_strp_sup:
    case DW_FORM_sec_offset:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        return abbrevs->offset_size;
    default:
        return -1;
    }
}

bool cck_abbrevs_reserve(void **items, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity)
        return true;
    size_t room = *capacity ? *capacity : 256;
    while (room < wanted)
        room *= 2;
    void *grown = reallocarray(*items, room, size);
    if (!grown)
        return false;
    memset((char *)grown + *capacity * size, 0, (room - *capacity) * size);
    *items = grown;
    *capacity = room;
    return true;
}

static bool attribute_add(cck_abbrevs *abbrevs, cck_abbrev *of, cck_abbrev_attribute attribute)
{
    if (!cck_abbrevs_reserve((void **)&abbrevs->attributes, &abbrevs->attribute_capacity,
                             abbrevs->attribute_count + 1, sizeof *abbrevs->attributes))
        return false;
    int size = size_of_form(abbrevs, attribute.form);
    attribute.size = (int8_t)size;
    of->fixed = size < 0 || of->fixed == UINT32_MAX ? UINT32_MAX : of->fixed + (uint32_t)size;
    abbrevs->attributes[abbrevs->attribute_count++] = attribute;
    of->count++;
    return true;
}

static cck_abbrev *code_new(cck_abbrevs *abbrevs, uint64_t code)
{
    if (code > MOST_CODES || !cck_abbrevs_reserve((void **)&abbrevs->codes, &abbrevs->code_capacity,
                                                  (size_t)code + 1, sizeof *abbrevs->codes))
        return NULL;
    if (code >= abbrevs->code_count) {
        memset(&abbrevs->codes[abbrevs->code_count], 0,
               (code + 1 - abbrevs->code_count) * sizeof *abbrevs->codes);
        abbrevs->code_count = (size_t)code + 1;
    }
    return &abbrevs->codes[code];
}

/* Up to a pair of zeros (DWARF 5, section 7.5.3). */
static bool take_attributes(cck_abbrevs *abbrevs, cck_abbrev *entry, cck_cursor *in)
{
    for (size_t i = 0; i < MOST_ATTRIBUTES; i++) {
        uint64_t name = cck_cursor_leb(in), form = cck_cursor_leb(in);
        int64_t constant = form == DW_FORM_implicit_const ? cck_cursor_signed_leb(in) : 0;
        if (!in->at || name > UINT16_MAX || form > UINT16_MAX)
            return false;
        if (!name && !form)
            return true;
        if (entry && !attribute_add(abbrevs, entry,
                                    (cck_abbrev_attribute){.name = (uint16_t)name,
                                                           .form = (uint16_t)form,
                                                           .constant = constant}))
            return false;
    }
    return false;
}

/* Of two with one code the first counts. */
static bool take(cck_abbrevs *abbrevs, uint64_t code, cck_cursor *in)
{
    uint64_t tag = cck_cursor_leb(in), children = cck_cursor_number(in, 1);
    cck_abbrev *entry = in->at ? code_new(abbrevs, code) : NULL;
    if (!entry || tag > UINT16_MAX)
        return false;
    if (entry->known)
        return take_attributes(abbrevs, NULL, in);
    *entry = (cck_abbrev){.tag = (uint16_t)tag,
                          .known = true,
                          .children = children == DW_CHILDREN_yes,
                          .first = (uint32_t)abbrevs->attribute_count};
    entry->interest = interest_of(entry->tag);
    return take_attributes(abbrevs, entry, in) && cck_abbrevs_plan(abbrevs, entry);
}

/* A file may have units of its own and split ones, with abbreviations each. */
static bool section_find(cck_abbrevs *abbrevs, Dwarf *dwarf, Dwarf_CU *cu)
{
    static const char *const names[] = {"debug_abbrev", "debug_abbrev.dwo"};
    uint8_t type = 0;
    dwarf_cu_info(cu, NULL, &type, NULL, NULL, NULL, NULL, NULL);
    bool split = type == DW_UT_split_compile || type == DW_UT_split_type;
    if (abbrevs->section_dwarf == dwarf && abbrevs->section_split == split)
        return abbrevs->section != NULL;
    abbrevs->section_dwarf = dwarf;
    abbrevs->section_split = split;
    return cck_debug_section(dwarf, names[split], &abbrevs->section, &abbrevs->section_end) ||
           cck_debug_section(dwarf, names[!split], &abbrevs->section, &abbrevs->section_end);
}

bool cck_abbrevs_read(cck_abbrevs *abbrevs, const cck_unit *unit)
{
    Dwarf_Die whole, first = unit->die;
    Dwarf_Half version;
    Dwarf_Off offset;
    uint8_t address_size, offset_size;
    if (!dwarf_cu_die(first.cu, &whole, &version, &offset, &address_size, &offset_size, NULL, NULL))
        return false;
    Dwarf *dwarf = dwarf_cu_getdwarf(first.cu);
    if (abbrevs->dwarf == dwarf && abbrevs->offset == offset && abbrevs->version == version &&
        abbrevs->address_size == address_size && abbrevs->offset_size == offset_size)
        return true;
    abbrevs->dwarf = NULL;
    abbrevs->offset = offset;
    abbrevs->version = version;
    abbrevs->address_size = address_size;
    abbrevs->offset_size = offset_size;
    abbrevs->code_count = abbrevs->attribute_count = abbrevs->step_count = 0;
    /* A unit of so many bytes has no more codes: a long list that many small units share must
     * not be read for each of them. */
    uint64_t left = FEW_CODES + cck_unit_size(&first), code;
    if (!section_find(abbrevs, dwarf, first.cu) ||
        offset > (uint64_t)(abbrevs->section_end - abbrevs->section))
        return false;
    cck_cursor in = {.at = abbrevs->section + offset, .end = abbrevs->section_end};
    for (; left > 0 && (code = cck_cursor_leb(&in)) != 0; left--)
        if (!take(abbrevs, code, &in))
            return false;
    if (!in.at)
        return false;
    abbrevs->dwarf = dwarf;
    return true;
}

void cck_abbrevs_free(cck_abbrevs *abbrevs)
{
    if (!abbrevs)
        return;
    free(abbrevs->codes);
    free(abbrevs->attributes);
    free(abbrevs->steps);
    free(abbrevs);
}
