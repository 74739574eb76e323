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
