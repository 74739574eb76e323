/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/access_internal.h"
#include "core/debug/type_internal.h"

enum {
    NESTING = 32,          /* scopes within scopes */
    MOST_SEEDS = 1 << 18,  /* of one function */
    MOST_LOCATIONS = 4096, /* of one variable */
    NO_BASE = -1
};

int cck_register_of_dwarf(unsigned dwarf_register)
{
    /* System V ABI, AMD64, figure 3.36 */
    static const signed char numbers[8] = {0, 2, 1, 3, 6, 7, 5, 4};
    if (dwarf_register < 8)
        return numbers[dwarf_register];
    return dwarf_register < CCK_ACCESS_REGISTERS ? (int)dwarf_register : -1;
}

static bool is_byte(const cck_type *type)
{
    return type->kind == CCK_TYPE_BASE && type->size == 1;
}

/* What the pointer within a type at exactly that offset leads to: what a Box, an Arc, an atomic
 * holds. Containers that reach their elements by a pointer to bytes (Vec) say what these are. */
static const cck_type *pointee_at(const cck_type *type, uint64_t offset, unsigned depth)
{
    enum { DEEPEST = 16 };
    if (type->kind == CCK_TYPE_POINTER)
        return offset == 0 ? type->target : NULL;
    if (depth > DEEPEST)
        return NULL;
    if (type->kind == CCK_TYPE_ARRAY && type->target && type->stride)
        return pointee_at(type->target, offset % type->stride, depth + 1);
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        if (offset < member->offset || offset - member->offset >= member->type->size)
            continue;
        const cck_type *found = pointee_at(member->type, offset - member->offset, depth + 1);
        if (found)
            return type->target && is_byte(found) ? type->target : found;
    }
    return NULL;
}

cck_value cck_value_held(const cck_type *type, uint64_t offset, const cck_place_variable *from)
{
    const cck_type *target = type ? pointee_at(type, offset, 0) : NULL;
    if (!target || target->size == 0 || target->kind == CCK_TYPE_FUNCTION)
        return cck_value_unknown();
    return (cck_value){.kind = CCK_VALUE_POINTER, .type = target, .from = from};
}

/* Addresses that a walk is in, and what the frame base is there. */
typedef struct cck_variable_walk {
    cck_analysis *analysis;
    int frame_base; /* a register, or NO_BASE: the CFA */
    int64_t frame_offset;
    bool has_frame;
    unsigned depth;
} cck_variable_walk;

static void seed_one(cck_analysis *analysis, cck_code *code, int reg, cck_value value)
{
    for (uint32_t at = code->seeds; at; at = analysis->seeds[at - 1].next) {
        cck_seed *seed = &analysis->seeds[at - 1];
        if (seed->reg != reg)
            continue;
        seed->value = cck_value_better(seed->value, value);
        return;
    }
    if (analysis->seed_count == analysis->seed_capacity) {
        size_t capacity = analysis->seed_capacity ? analysis->seed_capacity * 2 : 256;
        cck_seed *seeds =
            capacity <= MOST_SEEDS ? reallocarray(analysis->seeds, capacity, sizeof *seeds) : NULL;
        if (!seeds)
            return;
        analysis->seeds = seeds;
        analysis->seed_capacity = capacity;
    }
    analysis->seeds[analysis->seed_count++] = (cck_seed){reg, code->seeds, value};
    code->seeds = (uint32_t)analysis->seed_count;
}

static void seed(cck_analysis *analysis, uint64_t start, uint64_t end, unsigned dwarf_register,
                 cck_value value)
{
    int reg = cck_register_of_dwarf(dwarf_register);
    if (reg < 0 || value.kind != CCK_VALUE_POINTER)
        return;
    for (size_t i = cck_analysis_from(analysis, start);
         i < analysis->code_count && analysis->start + analysis->code[i].at < end; i++)
        seed_one(analysis, &analysis->code[i], reg, value);
}

static void in_memory(cck_analysis *analysis, cck_frame_variable variable)
{
    if (analysis->variable_count == analysis->variable_capacity) {
        size_t capacity = analysis->variable_capacity ? analysis->variable_capacity * 2 : 32;
        cck_frame_variable *variables =
            reallocarray(analysis->variables, capacity, sizeof *variables);
        if (!variables)
            return;
        analysis->variables = variables;
        analysis->variable_capacity = capacity;
    }
    analysis->variables[analysis->variable_count++] = variable;
}

/* No variable lies further from a register; what does is damage, and sums of it overflow. */
static bool is_near(int64_t offset)
{
    const int64_t most = (int64_t)CCK_TYPE_SIZE_MOST;
    return offset > -most && offset < most;
}

/* One piece of a location, `offset` bytes into the variable: in a register, known by one,
 * or in memory. */
static void take_piece(cck_variable_walk *walk, const Dwarf_Op *ops, size_t count, uint64_t start,
                       uint64_t end, uint64_t offset, const cck_place_variable *variable)
{
    cck_analysis *analysis = walk->analysis;
    unsigned atom = ops[0].atom;
    if (count == 1 && atom >= DW_OP_reg0 && atom <= DW_OP_reg15) {
        seed(analysis, start, end, atom - DW_OP_reg0,
             cck_value_held(variable->type, offset, variable));
        return;
    }
    bool relative = atom >= DW_OP_breg0 && atom <= DW_OP_breg15;
    int64_t add = (int64_t)ops[0].number;
    if (!is_near(add))
        return;
    if (relative && count == 2 && ops[1].atom == DW_OP_stack_value) {
        cck_value value = cck_value_held(variable->type, offset, variable);
        seed(analysis, start, end, atom - DW_OP_breg0,
             cck_value_add(value, cck_value_number(-add)));
        return;
    }
    cck_frame_variable place = {start, end, NO_BASE, 0, variable};
    if (count != 1 || (!relative && (atom != DW_OP_fbreg || !walk->has_frame)))
        return;
    if (!relative) {
        place.base = walk->frame_base;
        place.offset = walk->frame_offset + add - (int64_t)offset;
    } else {
        place.base = cck_register_of_dwarf(atom - DW_OP_breg0);
        place.offset = add - (int64_t)offset;
    }
    if (place.base == NO_BASE || place.base == CCK_ACCESS_RSP || place.base == CCK_ACCESS_RBP)
        in_memory(analysis, place);
    else
        seed(analysis, start, end, atom - DW_OP_breg0,
             (cck_value){.kind = CCK_VALUE_POINTER,
                         .type = variable->type,
                         .from = variable,
                         .offset = (int64_t)offset - add});
}

static void take_location(cck_variable_walk *walk, const Dwarf_Op *ops, size_t count,
                          uint64_t start, uint64_t end, const cck_place_variable *variable)
{
    const cck_analysis *analysis = walk->analysis;
    uint64_t offset = 0;
    if (start >= analysis->end || end <= analysis->start)
        return;
    for (size_t first = 0, i = 0; i <= count; i++) {
        bool piece = i < count && ops[i].atom == DW_OP_piece;
        if (i < count && !piece)
            continue;
        if (i > first)
            take_piece(walk, ops + first, i - first, start, end, offset, variable);
        first = i + 1;
        offset += piece ? ops[i].number : 0;
        if (offset > CCK_TYPE_SIZE_MOST)
            return;
    }
}

static void take_variable(cck_variable_walk *walk, Dwarf_Die *scope, Dwarf_Die *die)
{
    cck_debug_module *module = walk->analysis->module;
    Dwarf_Attribute memory;
    Dwarf_Attribute *found = dwarf_attr(die, DW_AT_location, &memory);
    Dwarf_Die type;
    if (!found || !cck_type_die_of(die, &type))
        return;
    cck_place_variable *variable = cck_arena_alloc(&walk->analysis->arena, sizeof *variable);
    if (!variable)
        return;
    *variable = (cck_place_variable){*die, cck_type_of_die(module, &type)};
    if (!variable->type || !variable->type->size)
        return;
    Dwarf_Addr base, start, end;
    Dwarf_Op *ops;
    size_t count;
    ptrdiff_t at = 0;
    for (unsigned i = 0; i < MOST_LOCATIONS; i++) {
        at = dwarf_getlocations(found, at, &base, &start, &end, &ops, &count);
        if (at <= 0)
            return;
        if (start != 0 || end != (Dwarf_Addr)-1) {
            take_location(walk, ops, count, start + module->bias, end + module->bias, variable);
            continue;
        }
        /* One place for the whole scope. */
        ptrdiff_t range = 0;
        for (unsigned j = 0; j < MOST_LOCATIONS; j++) {
            range = dwarf_ranges(scope, range, &base, &start, &end);
            if (range <= 0)
                break;
            take_location(walk, ops, count, start + module->bias, end + module->bias, variable);
        }
        return;
    }
}

static void walk_scope(cck_variable_walk *walk, Dwarf_Die *scope)
{
    Dwarf_Die child;
    for (bool more = cck_die_first(scope, &child); more; more = cck_die_next(&child, &child)) {
        switch (dwarf_tag(&child)) {
        case DW_TAG_variable:
        case DW_TAG_formal_parameter:
            take_variable(walk, scope, &child);
            break;
        case DW_TAG_lexical_block:
        case DW_TAG_inlined_subroutine:
        case DW_TAG_try_block:
        case DW_TAG_catch_block:
            if (walk->depth < NESTING) {
                walk->depth++;
                walk_scope(walk, &child);
                walk->depth--;
            }
            break;
        default:
            break;
        }
    }
}

static void find_frame_base(cck_variable_walk *walk, Dwarf_Die *function)
{
    Dwarf_Attribute memory;
    Dwarf_Attribute *found = dwarf_attr_integrate(function, DW_AT_frame_base, &memory);
    Dwarf_Op *ops;
    size_t count;
    walk->frame_base = NO_BASE;
    if (!found || dwarf_getlocation(found, &ops, &count) != 0 || count != 1 ||
        !is_near((int64_t)ops[0].number))
        return;
    unsigned atom = ops[0].atom;
    if (atom >= DW_OP_reg0 && atom <= DW_OP_reg15) {
        walk->frame_base = cck_register_of_dwarf(atom - DW_OP_reg0);
    } else if (atom >= DW_OP_breg0 && atom <= DW_OP_breg15) {
        walk->frame_base = cck_register_of_dwarf(atom - DW_OP_breg0);
        walk->frame_offset = (int64_t)ops[0].number;
    } else if (atom != DW_OP_call_frame_cfa) {
        return;
    }
    walk->has_frame = true;
}

void cck_analysis_variables(cck_analysis *analysis)
{
    const cck_scope *scope = cck_debug_scope_at(analysis->module, analysis->start);
    for (unsigned i = 0; i < CCK_DIE_CHAIN && scope && scope->kind != CCK_SCOPE_FUNCTION; i++)
        scope = cck_scope_parent(scope);
    if (!scope || scope->kind != CCK_SCOPE_FUNCTION)
        return;
    cck_variable_walk walk = {.analysis = analysis};
    Dwarf_Die function = scope->die;
    find_frame_base(&walk, &function);
    walk_scope(&walk, &function);
}

const cck_place_variable *cck_analysis_frame_variable(const cck_analysis *analysis,
                                                      const cck_state *state, uint64_t address,
                                                      int64_t offset, uint64_t *out_offset)
{
    const cck_place_variable *best = NULL;
    for (size_t i = 0; i < analysis->variable_count; i++) {
        const cck_frame_variable *variable = &analysis->variables[i];
        if (address < variable->start || address >= variable->end)
            continue;
        int64_t start = variable->offset;
        if (variable->base != NO_BASE) {
            const cck_value *base = &state->registers[variable->base];
            if (base->kind != CCK_VALUE_FRAME || base->any)
                continue;
            start = (int64_t)((uint64_t)start + (uint64_t)base->offset);
        }
        uint64_t size = variable->variable->type->size;
        uint64_t within = (uint64_t)offset - (uint64_t)start;
        if (offset < start || within >= size)
            continue;
        if (best && size <= best->type->size)
            continue; /* an inlined function's view of a part of it */
        best = variable->variable;
        *out_offset = within;
    }
    return best;
}
