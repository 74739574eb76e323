/* SPDX-License-Identifier: MIT */
#include <dwarf.h>

#include "core/debug/internal.h"

enum { FRAME_POINTER = 6, STACK_POINTER = 7 }; /* System V ABI, AMD64, table 3.36: rbp, rsp */

typedef struct question {
    cck_debug_module *module;
    uint64_t address;
    int64_t offset;      /* from the CFA */
    uint64_t frame_size, frame_depth; /* from the stack and the frame pointer; 0 unknown */
    Dwarf_Die found;
    const cck_type *type;
    uint64_t size, within;
    bool done;
} question;

const cck_type *cck_variable_type(cck_debug_module *module, Dwarf_Die *variable)
{
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    if (!dwarf_formref_die(dwarf_attr_integrate(variable, DW_AT_type, &attribute), &type))
        return NULL;
    return cck_type_of_die(module, &type);
}

/* Turns what a register plus an offset addresses into bytes from the CFA. */
static bool offset_from_cfa(question *ask, const cck_place *place, int64_t *out_offset)
{
    int cfa_register;
    int64_t cfa_offset;
    if (place->kind == CCK_PLACE_CFA) {
        *out_offset = place->offset;
        return true;
    }
    if (place->kind == CCK_PLACE_MEMORY && place->dwarf_register == STACK_POINTER &&
        ask->frame_size) {
        *out_offset = (int64_t)((uint64_t)place->offset - ask->frame_size);
        return true;
    }
    if (place->kind == CCK_PLACE_MEMORY && place->dwarf_register == FRAME_POINTER &&
        ask->frame_depth) {
        *out_offset = (int64_t)((uint64_t)place->offset - ask->frame_depth);
        return true;
    }
    if (place->kind != CCK_PLACE_MEMORY ||
        !cck_debug_cfa(ask->module, ask->address, &cfa_register, &cfa_offset) ||
        cfa_register != place->dwarf_register)
        return false;
    *out_offset = (int64_t)((uint64_t)place->offset - (uint64_t)cfa_offset);
    return true;
}

static bool covers(void *context, Dwarf_Die *variable)
{
    question *ask = context;
    cck_place place = cck_variable_place(ask->module, ask->address, variable);
    int64_t start;
    if (!offset_from_cfa(ask, &place, &start) || ask->offset < start)
        return true;
    const cck_type *type = cck_variable_type(ask->module, variable);
    uint64_t within = (uint64_t)ask->offset - (uint64_t)start;
    if (!type || within >= type->size)
        return true;
    ask->found = *variable;
    ask->type = type;
    ask->size = type->size;
    ask->within = within;
    ask->done = true;
    return false;
}

bool cck_debug_local(cck_debug_module *module, uint64_t address, int64_t cfa_offset,
                     uint64_t frame_size, uint64_t frame_depth, cck_variable *out_variable,
                     uint64_t *out_offset)
{
    question ask = {.module = module,
                    .address = address,
                    .offset = cfa_offset,
                    .frame_size = frame_size,
                    .frame_depth = frame_depth};
    const cck_scope *holder = NULL;
    for (const cck_scope *scope = cck_debug_scope_at(module, address); scope && !ask.done;
         scope = scope->kind == CCK_SCOPE_FUNCTION ? NULL : cck_scope_parent(scope)) {
        holder = scope;
        cck_scope_variables(scope, covers, &ask);
    }
    if (!ask.done)
        return false;
    while (holder->kind == CCK_SCOPE_BLOCK && cck_scope_parent(holder))
        holder = cck_scope_parent(holder);
    const char *name = dwarf_diename(&ask.found);
    *out_variable = (cck_variable){
        .name = name ? name : "",
        .size = ask.size,
        .type = ask.type,
        .function = cck_function_name(module, holder),
    };
    out_variable->file = cck_die_declared(module, &ask.found, &out_variable->line);
    *out_offset = ask.within;
    return true;
}
