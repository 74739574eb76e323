/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <string.h>

#include "core/debug/files.h"

Dwarf_Die cck_die_at(const void *addr, const Dwarf_Die *like)
{
    /* As dwarf_die_addr_die() does, but without its search for the unit. */
    return (Dwarf_Die){.addr = (void *)addr, .cu = like->cu};
}

/* The DIE that `die` is declared in: a namespace, type or function. False: the unit itself. */
static bool parent_of(cck_debug_module *module, Dwarf_Die *die, Dwarf_Die *out_parent)
{
    cck_unit *unit = cck_debug_unit_of(module, die);
    if (!unit)
        return false;
    if (module->parents_read && !unit->read)
        module->parents_read(module->parents_context, unit);
    else
        cck_unit_read(unit);
    size_t low = 0, high = unit->parent_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((const char *)unit->parents[middle].child < (const char *)die->addr)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == unit->parent_count || unit->parents[low].child != die->addr)
        return false;
    *out_parent = cck_die_at(unit->parents[low].parent, die);
    return true;
}

/* The DIE that a concrete instance or definition goes back to: the one with its place. */
static Dwarf_Die die_declaration(const Dwarf_Die *die)
{
    static const unsigned links[] = {DW_AT_abstract_origin, DW_AT_specification};
    Dwarf_Die at = *die;
    for (int i = 0; i < CCK_DIE_CHAIN; i++) {
        Dwarf_Attribute attribute;
        Dwarf_Die target;
        size_t link = 0;
        while (link < 2 && !(dwarf_attr(&at, links[link], &attribute) &&
                             dwarf_formref_die(&attribute, &target)))
            link++;
        if (link == 2)
            break;
        at = target;
    }
    return at;
}

static const char *own_name(Dwarf_Die *die)
{
    const char *name = dwarf_diename(die);
    if (name && *name)
        return name;
    return dwarf_tag(die) == DW_TAG_namespace ? "(anonymous namespace)" : "";
}

/* C names types and functions alike wherever they are; the other languages qualify. */
static bool qualifies(cck_debug_module *module, Dwarf_Die *die, Dwarf_Die *out_parent)
{
    cck_unit *unit = cck_debug_unit_of(module, die);
    return unit && unit->language != CCK_LANGUAGE_C && parent_of(module, die, out_parent) &&
           *own_name(out_parent);
}

static const char *name_within(cck_debug_module *module, Dwarf_Die *die, unsigned depth);

/* Scopes have many names in them: theirs is made once. */
static const char *name_make(cck_debug_module *module, Dwarf_Die *die, unsigned depth)
{
    enum { DEEPEST = 32 };
    Dwarf_Die at = die_declaration(die), parent;
    const char *name = own_name(&at);
    if (!*name && at.addr != die->addr)
        name = own_name(die);
    /* A member function may be the scope of a type: its class is told by its declaration. */
    if (!*name || depth == DEEPEST || !qualifies(module, &at, &parent))
        return name;
    const char *around = name_within(module, &parent, depth + 1);
    char *text = cck_arena_alloc(&module->arena, strlen(around) + 2 + strlen(name) + 1);
    if (!text)
        return name;
    stpcpy(stpcpy(stpcpy(text, around), "::"), name);
    return text;
}

static const char *name_within(cck_debug_module *module, Dwarf_Die *die, unsigned depth)
{
    const char *name = cck_map_get(&module->names, (uintptr_t)die->addr);
    if (!name) {
        name = name_make(module, die, depth);
        cck_map_put(&module->names, (uintptr_t)die->addr, (void *)(uintptr_t)name);
    }
    return name;
}

const char *cck_die_name(cck_debug_module *module, Dwarf_Die *die)
{
    return name_within(module, die, 0);
}

const char *cck_die_linkage(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    if (!name)
        name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute));
    return name ? name : "";
}

/* dwarf_decl_file() takes file 0 for none, which it is not since DWARF 5, and asserts that split
 * units have a file table of their own. */
const char *cck_die_declared(cck_debug_module *module, Dwarf_Die *die, uint32_t *out_line)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number = 0;
    *out_line = 0;
    if (dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_line, &attribute), &number) == 0 &&
        number <= UINT32_MAX)
        *out_line = (uint32_t)number;
    if (dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_file, &attribute), &number) != 0)
        return "";
    /* The number counts in the unit that the attribute is in. */
    return cck_unit_file(module, &(Dwarf_Die){.cu = attribute.cu}, number);
}

const char *cck_unit_file(cck_debug_module *module, const Dwarf_Die *die, uint64_t number)
{
    cck_files *table = die->cu ? cck_files_of(module, die->cu) : NULL;
    if (table)
        return cck_files_path(module, table, number);

    Dwarf_Die whole;
    Dwarf_Half version = 0;
    Dwarf_Files *files;
    size_t count;
    if (!die->cu || !dwarf_cu_die(die->cu, &whole, &version, NULL, NULL, NULL, NULL, NULL) ||
        (number == 0 && version < 5) || dwarf_getsrcfiles(&whole, &files, &count) != 0 ||
        number >= count)
        return "";
    const char *file = dwarf_filesrc(files, number, NULL, NULL);
    return file ? file : "";
}
