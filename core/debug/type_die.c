/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <string.h>

#include "core/debug/type_internal.h"

bool cck_die_number(Dwarf_Die *die, unsigned attribute, uint64_t *out_number)
{
    Dwarf_Attribute memory;
    Dwarf_Word number;
    Dwarf_Attribute *found = dwarf_attr_integrate(die, attribute, &memory);
    if (!found || dwarf_formudata(found, &number) != 0)
        return false;
    *out_number = number;
    return true;
}

static int fact_of(unsigned attribute)
{
    switch (attribute) {
    case DW_AT_name:
        return CCK_FACT_NAME;
    case DW_AT_type:
        return CCK_FACT_TYPE;
    case DW_AT_data_member_location:
        return CCK_FACT_LOCATION;
    case DW_AT_decl_file:
        return CCK_FACT_FILE;
    case DW_AT_decl_line:
        return CCK_FACT_LINE;
    case DW_AT_byte_size:
        return CCK_FACT_BYTE_SIZE;
    case DW_AT_bit_size:
        return CCK_FACT_BIT_SIZE;
    case DW_AT_bit_offset:
        return CCK_FACT_BIT_OFFSET;
    case DW_AT_data_bit_offset:
        return CCK_FACT_DATA_BIT_OFFSET;
    case DW_AT_alignment:
        return CCK_FACT_ALIGNMENT;
    case DW_AT_artificial:
        return CCK_FACT_ARTIFICIAL;
    case DW_AT_declaration:
        return CCK_FACT_DECLARATION;
    case DW_AT_external:
        return CCK_FACT_EXTERNAL;
    default:
        return CCK_FACTS;
    }
}

static int fact_take(Dwarf_Attribute *attribute, void *context)
{
    cck_die_facts *facts = context;
    int fact = fact_of(attribute->code);
    if (fact < CCK_FACTS && !(facts->have >> fact & 1)) {
        facts->at[fact] = *attribute;
        facts->have |= 1u << fact;
    }
    return DWARF_CB_OK;
}

void cck_die_facts_read(Dwarf_Die *die, cck_die_facts *out_facts)
{
    out_facts->have = 0;
    dwarf_getattrs(die, fact_take, out_facts, 0);
}

bool cck_die_fact_number(cck_die_facts *facts, cck_fact fact, uint64_t *out_number)
{
    Dwarf_Word number;
    Dwarf_Attribute *found = cck_die_fact(facts, fact);
    if (!found || dwarf_formudata(found, &number) != 0)
        return false;
    *out_number = number;
    return true;
}

bool cck_type_die_of(Dwarf_Die *die, Dwarf_Die *out_type)
{
    Dwarf_Attribute memory;
    Dwarf_Attribute *found = dwarf_attr_integrate(die, DW_AT_type, &memory);
    return found && dwarf_formref_die(found, out_type);
}

bool cck_die_first(Dwarf_Die *die, Dwarf_Die *out_child)
{
    Dwarf_Die child;
    if (dwarf_haschildren(die) != 1 || dwarf_child(die, &child) != 0 ||
        (const char *)child.addr <= (const char *)die->addr)
        return false;
    *out_child = child;
    return true;
}

bool cck_die_next(Dwarf_Die *die, Dwarf_Die *out_next)
{
    Dwarf_Die next;
    if (dwarf_siblingof(die, &next) != 0 || (const char *)next.addr <= (const char *)die->addr)
        return false;
    *out_next = next;
    return true;
}

uint64_t cck_type_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t cck_type_hash_text(uint64_t hash, const char *text)
{
    return cck_type_hash(hash, text, strlen(text));
}
