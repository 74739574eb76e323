/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>

#include "core/debug/internal.h"

/*
 * A unit is walked once. dwarf_getscopes() would walk it at every question, and DIEs do not
 * know their parents. Damaged DWARF may overlap subtrees: more DIEs than the unit has bytes,
 * or deeper ones than compilers make, end the walk.
 */
enum { DEEPEST = 256 };

typedef struct range {
    uint64_t start, end;
    uint32_t scope, depth;
} range;

typedef struct unit_walk {
    cck_unit *unit;
    uint64_t budget; /* DIEs and ranges that may still come */
    range *ranges;
    size_t range_count;
    bool full; /* memory is out */
} unit_walk;

/* Where in the tree a DIE is. */
typedef struct position {
    const void *naming;   /* the namespace, type or function around, NULL the unit */
    const void *function; /* the function around, NULL none */
    uint32_t scope;       /* UINT32_MAX none */
    uint32_t depth;       /* of DIEs */
} position;

/* Room for one more in an array that doubles. */
static bool grow(void **items, size_t count, size_t size)
{
    if (count & (count - 1))
        return true;
    void *grown = reallocarray(*items, count ? count * 2 : 1, size);
    if (!grown)
        return false;
    *items = grown;
    return true;
}

static void parent_add(unit_walk *walk, const Dwarf_Die *die, const position *at)
{
    cck_unit *unit = walk->unit;
    if (!at->naming)
        return;
    if (!grow((void **)&unit->parents, unit->parent_count, sizeof *unit->parents)) {
        walk->full = true;
        return;
    }
    unit->parents[unit->parent_count++] = (cck_parent){die->addr, at->naming};
}

static void static_keep(unit_walk *walk, cck_static found, const position *at)
{
    cck_unit *unit = walk->unit;
    if (!grow((void **)&unit->statics, unit->static_count, sizeof *unit->statics)) {
        walk->full = true;
        return;
    }
    found.function = at->function;
    unit->statics[unit->static_count++] = found;
}

static void static_add(unit_walk *walk, Dwarf_Die *die, const position *at)
{
    enum { PARTS_MOST = 64 }; /* damaged ones may have a million, and each is a search */
    cck_static found = {.die = *die};
    size_t next = 0;
    if (cck_static_place(walk->unit->module, die, &found.start, &found.tls)) {
        static_keep(walk, found, at);
        return;
    }
    for (int i = 0; i < PARTS_MOST && cck_static_part(walk->unit->module, die, &next, &found); i++)
        static_keep(walk, found, at);
}

/* The ranges of a scope; returns whether there are any. */
static bool ranges_add(unit_walk *walk, Dwarf_Die *die, uint32_t scope, uint32_t depth)
{
    const cck_debug_module *module = walk->unit->module;
    Dwarf_Addr base, start, end;
    ptrdiff_t offset = 0;
    bool any = false;
    while (walk->budget > 0 && (offset = dwarf_ranges(die, offset, &base, &start, &end)) > 0) {
        walk->budget--;
        start += module->bias;
        end += module->bias;
        if (start >= end || !cck_debug_is_code(module, start))
            continue;
        if (!grow((void **)&walk->ranges, walk->range_count, sizeof *walk->ranges)) {
            walk->full = true;
            return any;
        }
        walk->ranges[walk->range_count++] = (range){start, end, scope, depth};
        any = true;
    }
    return any;
}

static void scope_add(unit_walk *walk, Dwarf_Die *die, cck_scope_kind kind, position *inside)
{
    cck_unit *unit = walk->unit;
    uint32_t number = (uint32_t)unit->scope_count;
    uint32_t depth = inside->scope == UINT32_MAX ? 0 : unit->scopes[inside->scope].depth + 1;
    if (number == UINT32_MAX || !ranges_add(walk, die, number, depth))
        return;
    if (!grow((void **)&unit->scopes, unit->scope_count, sizeof *unit->scopes)) {
        walk->full = true;
        return;
    }
    unit->scopes[unit->scope_count++] = (cck_scope){
        .die = *die, .kind = kind, .depth = depth, .parent = inside->scope, .unit = unit};
    inside->scope = number;
}

/* dwz moves what two programs share to a third file: only the units imported from there are ours.
 */
static void import_see(unit_walk *walk, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Die target;
    if (dwarf_formref_die(dwarf_attr(die, DW_AT_import, &attribute), &target))
        cck_debug_unit_of(walk->unit->module, &target);
}

/* Takes in a DIE; returns whether its children matter. */
static bool die_see(unit_walk *walk, Dwarf_Die *die, position *inside)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_subprogram:
        parent_add(walk, die, inside);
        inside->naming = inside->function = die->addr;
        scope_add(walk, die, CCK_SCOPE_FUNCTION, inside);
        return true;
    case DW_TAG_inlined_subroutine:
        scope_add(walk, die, CCK_SCOPE_INLINED, inside);
        return true;
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
        scope_add(walk, die, CCK_SCOPE_BLOCK, inside);
        return true;
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_interface_type:
        parent_add(walk, die, inside);
        inside->naming = die->addr;
        return true;
    case DW_TAG_enumeration_type:
    case DW_TAG_typedef:
        parent_add(walk, die, inside);
        return false;
    case DW_TAG_variable:
    case DW_TAG_member: /* C++ static members before DWARF 5 */
        if (!inside->function)
            parent_add(walk, die, inside);
        if (dwarf_tag(die) == DW_TAG_variable)
            static_add(walk, die, inside);
        return false;
    case DW_TAG_imported_unit:
        import_see(walk, die);
        return false;
    case DW_TAG_common_block:
    case DW_TAG_variant_part:
    case DW_TAG_variant:
        return true;
    default:
        return false;
    }
}

static void children_see(unit_walk *walk, Dwarf_Die *parent, const position *at)
{
    Dwarf_Die die, next;
    if (at->depth >= DEEPEST || dwarf_child(parent, &die) != 0)
        return;
    while (walk->budget > 0 && !walk->full) {
        walk->budget--;
        position inside = *at;
        inside.depth++;
        if (die_see(walk, &die, &inside))
            children_see(walk, &die, &inside);
        /* A sibling lies behind, or the chain is a circle. */
        if (dwarf_siblingof(&die, &next) != 0 || (char *)next.addr <= (char *)die.addr)
            return;
        die = next;
    }
}

/* Outer scopes before inner ones. */
static int compare_ranges(const void *a, const void *b)
{
    const range *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    if (left->end != right->end)
        return left->end > right->end ? -1 : 1;
    if (left->depth != right->depth)
        return left->depth < right->depth ? -1 : 1;
    return left->scope < right->scope ? -1 : left->scope > right->scope;
}

static void stretch_add(unit_walk *walk, uint64_t start, uint64_t end, uint32_t scope)
{
    cck_unit *unit = walk->unit;
    if (start >= end || walk->full)
        return;
    cck_stretch *last = unit->stretch_count ? &unit->stretches[unit->stretch_count - 1] : NULL;
    if (last && last->end == start && last->scope == scope) {
        last->end = end;
        return;
    }
    if (!grow((void **)&unit->stretches, unit->stretch_count, sizeof *unit->stretches)) {
        walk->full = true;
        return;
    }
    unit->stretches[unit->stretch_count++] = (cck_stretch){start, end, scope};
}

/* Nested ranges become disjoint stretches: a sweep by address with a stack of what is open. */
static void stretches_make(unit_walk *walk)
{
    if (!walk->range_count)
        return;
    qsort(walk->ranges, walk->range_count, sizeof *walk->ranges, compare_ranges);
    const range **open = reallocarray(NULL, walk->range_count, sizeof(range *));
    size_t depth = 0;
    uint64_t at = 0;
    if (!open)
        return;
    for (size_t i = 0; i <= walk->range_count; i++) {
        const range *next = i < walk->range_count ? &walk->ranges[i] : NULL;
        while (depth && (!next || open[depth - 1]->end <= next->start)) {
            const range *done = open[--depth];
            stretch_add(walk, at, done->end, done->scope);
            if (done->end > at)
                at = done->end;
        }
        if (!next)
            break;
        if (depth)
            stretch_add(walk, at, next->start, open[depth - 1]->scope);
        at = next->start;
        open[depth++] = next;
    }
    free(open);
}

static int compare_parents(const void *a, const void *b)
{
    const cck_parent *left = a, *right = b;
    return (const char *)left->child < (const char *)right->child
               ? -1
               : (const char *)left->child > (const char *)right->child;
}

uint64_t cck_unit_size(Dwarf_Die *die)
{
    Dwarf_Off next = 0, start = dwarf_dieoffset(die) - dwarf_cuoffset(die), abbreviations;
    Dwarf_Die whole = *die; /* stays so if the unit has none */
    size_t header;
    uint64_t signature;
    Dwarf_Half version = 0;
    uint8_t address_size, offset_size;
    if (!dwarf_cu_die(die->cu, &whole, &version, NULL, NULL, NULL, NULL, NULL))
        return 0;
    /* Asking for a signature means .debug_types, where type units were before DWARF 5. */
    bool is_type = version < 5 && dwarf_tag(&whole) == DW_TAG_type_unit;
    if (dwarf_next_unit(dwarf_cu_getdwarf(die->cu), start, &next, &header, &version, &abbreviations,
                        &address_size, &offset_size, is_type ? &signature : NULL, NULL) != 0)
        return 0;
    return next > start ? next - start : 0;
}

void cck_unit_read(cck_unit *unit)
{
    if (unit->read)
        return;
    unit->read = true;
    unit_walk walk = {.unit = unit, .budget = cck_unit_size(&unit->die)};
    position at = {.scope = UINT32_MAX};
    children_see(&walk, &unit->die, &at);
    stretches_make(&walk);
    free(walk.ranges);
    if (unit->parent_count)
        qsort(unit->parents, unit->parent_count, sizeof *unit->parents, compare_parents);
}

const cck_scope *cck_debug_scope_at(cck_debug_module *module, uint64_t address)
{
    const cck_unit *unit = cck_debug_unit_at(module, address);
    if (!unit)
        return NULL;
    size_t low = 0, high = unit->stretch_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unit->stretches[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == unit->stretch_count || unit->stretches[low].start > address)
        return NULL;
    return &unit->scopes[unit->stretches[low].scope];
}

const cck_scope *cck_scope_parent(const cck_scope *scope)
{
    return scope->parent == UINT32_MAX ? NULL : &scope->unit->scopes[scope->parent];
}

static bool variables_of(Dwarf_Die *parent, int depth,
                         bool (*each)(void *context, Dwarf_Die *variable), void *context)
{
    Dwarf_Die die, next;
    if (depth > 8 || dwarf_child(parent, &die) != 0)
        return true;
    for (;;) {
        int tag = dwarf_tag(&die);
        if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) && !each(context, &die))
            return false;
        /* Blocks without code of their own are no scopes. */
        if (tag == DW_TAG_lexical_block && !dwarf_hasattr(&die, DW_AT_low_pc) &&
            !dwarf_hasattr(&die, DW_AT_ranges) && !variables_of(&die, depth + 1, each, context))
            return false;
        if (dwarf_siblingof(&die, &next) != 0 || (char *)next.addr <= (char *)die.addr)
            return true;
        die = next;
    }
}

void cck_scope_variables(const cck_scope *scope, bool (*each)(void *context, Dwarf_Die *variable),
                         void *context)
{
    Dwarf_Die die = scope->die;
    variables_of(&die, 0, each, context);
}
