/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>

#include "core/debug/internal.h"

/* A unit whose range list is longer than this is damaged. */
enum { MOST_RANGES = 1 << 20 };

static cck_language unit_language(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Word code;
    if (dwarf_formudata(dwarf_attr(die, DW_AT_language, &attribute), &code) != 0 ||
        code > UINT32_MAX)
        return CCK_LANGUAGE_UNKNOWN;
    return cck_language_of((unsigned)code);
}

static cck_unit *unit_add(cck_debug_module *module, Dwarf_Die *die, Dwarf_Die *skeleton)
{
    cck_unit *unit = cck_arena_alloc(&module->arena, sizeof *unit);
    if (!unit)
        return NULL;
    unit->module = module;
    unit->die = *die;
    unit->skeleton = *skeleton;
    unit->language = unit_language(die);
    if ((module->unit_count & (module->unit_count - 1)) == 0) {
        size_t room = module->unit_count ? module->unit_count * 2 : 1;
        cck_unit **units = reallocarray(module->units, room, sizeof(cck_unit *));
        if (!units)
            return NULL;
        module->units = units;
    }
    if (!cck_map_put(&module->unit_of_cu, (uintptr_t)die->cu, unit))
        return NULL;
    unit->number = (uint32_t)module->unit_count;
    module->units[module->unit_count++] = unit;
    return unit;
}

void cck_unit_free(cck_unit *unit)
{
    free(unit->scopes);
    free(unit->stretches);
    free(unit->parents);
    free(unit->statics);
}

static bool range_add(cck_debug_module *module, cck_unit *unit, uint64_t start, uint64_t end)
{
    if (start >= end || !cck_debug_is_code(module, start))
        return true;
    size_t count = module->unit_range_count;
    if ((count & (count - 1)) == 0) {
        size_t room = count ? count * 2 : 1;
        cck_unit_range *ranges = reallocarray(module->unit_ranges, room, sizeof *ranges);
        if (!ranges)
            return false;
        module->unit_ranges = ranges;
    }
    module->unit_ranges[module->unit_range_count++] =
        (cck_unit_range){.start = start, .end = end, .unit = unit};
    return true;
}

/* .debug_aranges may be missing or lie (clang leaves it out): the units themselves tell. */
static void unit_ranges_add(cck_debug_module *module, cck_unit *unit)
{
    Dwarf_Addr base, start, end;
    ptrdiff_t offset = 0;
    size_t count = 0;
    while (count < MOST_RANGES &&
           (offset = dwarf_ranges(&unit->skeleton, offset, &base, &start, &end)) > 0) {
        count++;
        if (!range_add(module, unit, start + module->bias, end + module->bias))
            return;
    }
    int tag = dwarf_tag(&unit->die);
    if (count || (tag != DW_TAG_compile_unit && tag != DW_TAG_skeleton_unit))
        return;
    /* Some compilers give ranges to the functions only. */
    cck_unit_read(unit);
    for (size_t i = 0; i < unit->stretch_count; i++)
        if (!range_add(module, unit, unit->stretches[i].start, unit->stretches[i].end))
            return;
}

static int compare_ranges(const void *a, const void *b)
{
    const cck_unit_range *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return left->end < right->end ? -1 : left->end > right->end;
}

static void units_read(cck_debug_module *module)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Die die, split;
    module->units_read = true;
    while (module->dwarf && dwarf_get_units(module->dwarf, cu, &cu, NULL, NULL, &die, &split) == 0)
        /* Of a type unit libdw gives the type here: what it is declared in would be lost. */
        if (!unit_add(module, dwarf_tag(&split) == DW_TAG_compile_unit ? &split : &die, &die))
            break;
}

static void ranges_read(cck_debug_module *module)
{
    cck_unit **units;
    module->ranges_read = true;
    /* Reading a unit may find further ones (of a dwz file): they have no code. */
    size_t count = cck_debug_units(module, &units);
    for (size_t i = 0; i < count; i++)
        unit_ranges_add(module, module->units[i]);
    if (module->unit_range_count)
        qsort(module->unit_ranges, module->unit_range_count, sizeof *module->unit_ranges,
              compare_ranges);
    uint64_t reach = 0;
    for (size_t i = 0; i < module->unit_range_count; i++) {
        if (module->unit_ranges[i].end > reach)
            reach = module->unit_ranges[i].end;
        module->unit_ranges[i].reach = reach;
    }
}

size_t cck_debug_units(cck_debug_module *module, cck_unit ***out_units)
{
    if (!module->units_read)
        units_read(module);
    *out_units = module->units;
    return module->unit_count;
}

cck_unit *cck_debug_unit_at(cck_debug_module *module, uint64_t address)
{
    if (!module->ranges_read)
        ranges_read(module);
    size_t low = 0, high = module->unit_range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (module->unit_ranges[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low > 0 && module->unit_ranges[low - 1].reach > address; low--)
        if (module->unit_ranges[low - 1].end > address) {
            cck_unit *unit = module->unit_ranges[low - 1].unit;
            cck_unit_read(unit);
            return unit;
        }
    return NULL;
}

cck_unit *cck_debug_unit_of(cck_debug_module *module, Dwarf_Die *die)
{
    if (!module->units_read)
        units_read(module);
    cck_unit *unit = cck_map_get(&module->unit_of_cu, (uintptr_t)die->cu);
    if (unit)
        return unit;
    /* Units of a dwz file are met by following references into it. */
    Dwarf_Die whole;
    if (!die->cu || !dwarf_diecu(die, &whole, NULL, NULL))
        return NULL;
    return unit_add(module, &whole, &whole);
}
