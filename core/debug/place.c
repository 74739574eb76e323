/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>

#include "core/debug/internal.h"

/*
 * Places that a profile can tell from each other: a fixed address, the frame, a register.
 * Values that are spread over pieces, computed or known only at a call are not places.
 */

/* The register of DW_OP_bregN or DW_OP_bregx with its offset. */
static bool op_is_based(const Dwarf_Op *op, int *out_register, int64_t *out_offset)
{
    if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
        *out_register = op->atom - DW_OP_breg0;
        *out_offset = (int64_t)op->number;
        return true;
    }
    if (op->atom == DW_OP_bregx && op->number <= INT32_MAX) {
        *out_register = (int)op->number;
        *out_offset = (int64_t)op->number2;
        return true;
    }
    return false;
}

static bool op_is_register(const Dwarf_Op *op, int *out_register)
{
    if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
        *out_register = op->atom - DW_OP_reg0;
    else if (op->atom == DW_OP_regx && op->number <= INT32_MAX)
        *out_register = (int)op->number;
    else
        return false;
    return true;
}

static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* What the first operation says; the offsets of those behind it come on top. */
static cck_place place_of_op(cck_debug_module *module, Dwarf_Attribute *attribute, Dwarf_Op *op)
{
    cck_place place = {.kind = CCK_PLACE_NONE};
    Dwarf_Attribute target;
    Dwarf_Addr address;
    if (op_is_register(op, &place.dwarf_register)) {
        place.kind = CCK_PLACE_REGISTER;
    } else if (op_is_based(op, &place.dwarf_register, &place.offset)) {
        place.kind = CCK_PLACE_MEMORY;
    } else if (op->atom == DW_OP_call_frame_cfa) {
        place.kind = CCK_PLACE_CFA;
    } else if (op->atom == DW_OP_addr) {
        place.kind = CCK_PLACE_ADDRESS;
        place.offset = (int64_t)(op->number + module->bias);
    } else if ((op->atom == DW_OP_addrx || op->atom == DW_OP_GNU_addr_index) &&
               dwarf_getlocation_attr(attribute, op, &target) == 0 &&
               dwarf_formaddr(&target, &address) == 0) {
        place.kind = CCK_PLACE_ADDRESS;
        place.offset = (int64_t)(address + module->bias);
    }
    return place;
}

static cck_place place_of(cck_debug_module *module, Dwarf_Attribute *attribute, Dwarf_Op *ops,
                          size_t count)
{
    cck_place none = {.kind = CCK_PLACE_NONE};
    if (count == 0)
        return none;
    cck_place place = place_of_op(module, attribute, &ops[0]);
    for (size_t i = 1; i < count; i++) {
        if (ops[i].atom != DW_OP_plus_uconst || place.kind == CCK_PLACE_REGISTER)
            return none;
        place.offset = add(place.offset, (int64_t)ops[i].number);
    }
    return place;
}

static cck_place frame_base(cck_debug_module *module, uint64_t address)
{
    cck_place none = {.kind = CCK_PLACE_NONE};
    const cck_scope *scope = cck_debug_scope_at(module, address);
    while (scope && scope->kind != CCK_SCOPE_FUNCTION)
        scope = cck_scope_parent(scope);
    if (!scope)
        return none;
    Dwarf_Die die = scope->die;
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    if (!dwarf_attr_integrate(&die, DW_AT_frame_base, &attribute) ||
        dwarf_getlocation_addr(&attribute, address - module->bias, &ops, &count, 1) != 1)
        return none;
    cck_place place = place_of(module, &attribute, ops, count);
    /* The base is what the register holds, not the register. */
    if (place.kind == CCK_PLACE_REGISTER)
        place.kind = CCK_PLACE_MEMORY;
    return place;
}

cck_place cck_variable_place(cck_debug_module *module, uint64_t address, Dwarf_Die *variable)
{
    cck_place none = {.kind = CCK_PLACE_NONE};
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    if (!dwarf_attr(variable, DW_AT_location, &attribute) ||
        dwarf_getlocation_addr(&attribute, address - module->bias, &ops, &count, 1) != 1 ||
        count == 0)
        return none;
    if (ops[0].atom != DW_OP_fbreg)
        return place_of(module, &attribute, ops, count);
    cck_place place = frame_base(module, address);
    if (place.kind == CCK_PLACE_NONE)
        return none;
    place.offset = add(place.offset, (int64_t)ops[0].number);
    for (size_t i = 1; i < count; i++) {
        if (ops[i].atom != DW_OP_plus_uconst)
            return none;
        place.offset = add(place.offset, (int64_t)ops[i].number);
    }
    return place;
}

/* The thread-local form: the offset as a constant, then "push the address of that". */
static bool is_thread_local(Dwarf_Attribute *attribute, Dwarf_Op *ops, size_t count,
                            uint64_t *out_start)
{
    if (count != 2 ||
        (ops[1].atom != DW_OP_GNU_push_tls_address && ops[1].atom != DW_OP_form_tls_address))
        return false;
    Dwarf_Attribute target;
    Dwarf_Addr value;
    Dwarf_Op index = ops[0];
    switch (ops[0].atom) {
    case DW_OP_const4u:
    case DW_OP_const8u:
    case DW_OP_addr:
        *out_start = ops[0].number;
        return true;
    case DW_OP_constx:
    case DW_OP_GNU_const_index:
        /* The constant is kept among the addresses, and only asked for as one does libdw find it
         * there for a split unit. */
        index.atom = DW_OP_addrx;
        if (dwarf_getlocation_attr(attribute, &index, &target) != 0 ||
            dwarf_formaddr(&target, &value) != 0)
            return false;
        *out_start = value;
        return true;
    default:
        return false;
    }
}

/* DW_OP_addr alone, as a block: Go writes it so, and libdw takes blocks for places up to DWARF 3
 * only. */
static bool is_plain_address(Dwarf_Die *variable, Dwarf_Attribute *attribute, uint64_t *out_start)
{
    Dwarf_Die whole;
    Dwarf_Block block;
    uint8_t size = 0;
    Elf *elf = dwarf_getelf(dwarf_cu_getdwarf(variable->cu));
    const char *ident = elf ? elf_getident(elf, NULL) : NULL;
    if (!ident || !dwarf_diecu(variable, &whole, &size, NULL) || size == 0 || size > 8 ||
        dwarf_formblock(attribute, &block) != 0 || block.length != 1u + size ||
        block.data[0] != DW_OP_addr)
        return false;
    *out_start = 0;
    for (uint8_t i = 0; i < size; i++) {
        uint8_t at = ident[EI_DATA] == ELFDATA2MSB ? i : (uint8_t)(size - 1 - i);
        *out_start = *out_start << 8 | block.data[1 + at];
    }
    return *out_start != 0;
}

bool cck_static_place(cck_debug_module *module, Dwarf_Die *variable, uint64_t *out_start,
                      bool *out_tls)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    /* Location lists are for what moves. */
    if (!dwarf_attr(variable, DW_AT_location, &attribute))
        return false;
    if (dwarf_getlocation(&attribute, &ops, &count) != 0) {
        *out_tls = false;
        bool plain = is_plain_address(variable, &attribute, out_start);
        *out_start += plain ? module->bias : 0;
        return plain;
    }
    if (is_thread_local(&attribute, ops, count, out_start)) {
        /* gcc 12 gives the address of the initial value for split units. */
        if (*out_start >= module->tls_size && *out_start >= module->tls_start &&
            *out_start - module->tls_start < module->tls_size)
            *out_start -= module->tls_start;
        *out_tls = true;
        return true;
    }
    cck_place place = place_of(module, &attribute, ops, count);
    if (place.kind != CCK_PLACE_ADDRESS || place.offset == 0)
        return false;
    *out_start = (uint64_t)place.offset;
    *out_tls = false;
    return true;
}

/* DW_OP_piece ends a part; one without a place before it was optimised out. */
bool cck_static_part(cck_debug_module *module, Dwarf_Die *variable, size_t *at, cck_static *out)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    uint64_t offset = 0;
    if (!dwarf_attr(variable, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &ops, &count) != 0)
        return false;
    for (size_t i = 0, from = 0; i < count; i++) {
        if (ops[i].atom != DW_OP_piece)
            continue;
        cck_place place = place_of(module, &attribute, ops + from, i - from);
        uint64_t start = offset, size = ops[i].number;
        if (__builtin_add_overflow(offset, size, &offset))
            return false;
        from = i + 1;
        if (i < *at || place.kind != CCK_PLACE_ADDRESS || !place.offset || !size)
            continue;
        *out = (cck_static){
            .die = *variable, .start = (uint64_t)place.offset, .offset = start, .size = size};
        *at = from;
        return true;
    }
    return false;
}

bool cck_debug_cfa(cck_debug_module *module, uint64_t address, int *out_register,
                   int64_t *out_offset)
{
    Dwarf_CFI *(*const sources[])(Dwfl_Module *, Dwarf_Addr *) = {dwfl_module_eh_cfi,
                                                                  dwfl_module_dwarf_cfi};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        Dwarf_Addr bias = 0;
        Dwarf_Frame *frame;
        Dwarf_CFI *cfi = sources[i](module->dwfl_module, &bias);
        if (!cfi || dwarf_cfi_addrframe(cfi, address - bias, &frame) != 0)
            continue;
        Dwarf_Op *ops;
        size_t count;
        bool known = dwarf_frame_cfa(frame, &ops, &count) == 0 && count == 1 &&
                     op_is_based(&ops[0], out_register, out_offset);
        free(frame);
        if (known)
            return true;
    }
    return false;
}
