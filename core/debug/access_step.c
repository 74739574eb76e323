/* SPDX-License-Identifier: MIT */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "core/debug/access_internal.h"
#include "core/debug/type_internal.h"

/** An instruction that is being run. */
typedef struct cck_step {
    cck_analysis *analysis;
    cck_state *state;
    const cck_code *code;
    uint64_t address;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
} cck_step;

enum { WORD = 64 }; /* bits of a pointer */

int cck_register_number(ZydisRegister reg)
{
    if (reg == ZYDIS_REGISTER_NONE)
        return -1;
    ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15)
        return -1;
    return ZydisRegisterGetId(whole);
}

static void note_made(cck_analysis *analysis, uint64_t call, const cck_type *type)
{
    cck_accessed_function *out = analysis->out;
    if (!analysis->recording || !type || type->size == 0)
        return;
    for (size_t i = 0; i < out->made_count; i++) {
        if (out->made[i].address != call)
            continue;
        if (out->made[i].type && !cck_type_same(out->made[i].type, type))
            out->made[i].type = NULL;
        return;
    }
    if (out->made_count < analysis->made_capacity)
        out->made[out->made_count++] = (cck_made){.address = call, .type = type};
}

static const cck_value *seed_of(const cck_analysis *analysis, const cck_code *code, int reg)
{
    for (uint32_t at = code->seeds; at; at = analysis->seeds[at - 1].next)
        if (analysis->seeds[at - 1].reg == reg)
            return &analysis->seeds[at - 1].value;
    return NULL;
}

/* An argument is what the variable is that it was stored to: code that is not optimised
 * stores it before all else, and keeps copies that DWARF does not tell of. */
static cck_value resolve(const cck_step *step, cck_value value)
{
    if (value.kind == CCK_VALUE_ENTRY &&
        step->analysis->entry[value.offset].kind == CCK_VALUE_POINTER)
        return step->analysis->entry[value.offset];
    return value;
}

/* A register's value: what the code left in it, or what DWARF says it is. */
static cck_value read_register(cck_step *step, int reg)
{
    cck_value *value = &step->state->registers[reg];
    const cck_value *seed = seed_of(step->analysis, step->code, reg);
    *value = resolve(step, *value);
    if (!seed)
        return *value;
    if (value->kind == CCK_VALUE_MADE)
        note_made(step->analysis, (uint64_t)value->offset, seed->type);
    *value = cck_value_better(*value, *seed);
    return *value;
}

static void write_register(cck_step *step, int reg, cck_value value)
{
    step->state->registers[reg] = value;
}

/* The address of a memory operand, segment included. */
static cck_value place_of(cck_step *step, const ZydisDecodedOperand *operand)
{
    ZyanU64 absolute;
    cck_value place = cck_value_number(operand->mem.disp.value);
    if (operand->mem.segment == ZYDIS_REGISTER_FS)
        place.kind = CCK_VALUE_THREAD;
    else if (operand->mem.segment == ZYDIS_REGISTER_GS)
        return cck_value_unknown();
    if (operand->mem.base == ZYDIS_REGISTER_RIP || operand->mem.base == ZYDIS_REGISTER_EIP) {
        if (!ZYAN_SUCCESS(
                ZydisCalcAbsoluteAddress(&step->instruction, operand, step->address, &absolute)))
            return cck_value_unknown();
        return cck_value_number((int64_t)absolute);
    }
    int base = cck_register_number(operand->mem.base);
    int index = cck_register_number(operand->mem.index);
    if (base >= 0)
        place = cck_value_add(read_register(step, base), place);
    else if (operand->mem.base != ZYDIS_REGISTER_NONE)
        return cck_value_unknown();
    if (index < 0)
        return operand->mem.index == ZYDIS_REGISTER_NONE
                   ? place
                   : cck_value_add(place, cck_value_unknown());
    cck_value by = read_register(step, index);
    if (operand->mem.scale > 1) {
        bool number = by.kind == CCK_VALUE_NUMBER && !by.any;
        by = number ? cck_value_number((int64_t)((uint64_t)by.offset * operand->mem.scale))
                    : cck_value_unknown();
    }
    return cck_value_add(place, by);
}

/* What is stored to a pointer of known type says what an allocation is for. */
static void store(cck_step *step, cck_value place, cck_value value, unsigned bits)
{
    cck_state *state = step->state;
    bool asked = value.kind == CCK_VALUE_MADE || value.kind == CCK_VALUE_ENTRY;
    if (asked && bits == WORD) {
        cck_value held = cck_value_load(step->analysis, state, step->address, place);
        if (held.kind == CCK_VALUE_POINTER && value.kind == CCK_VALUE_MADE)
            note_made(step->analysis, (uint64_t)value.offset, held.type);
        else if (held.kind == CCK_VALUE_POINTER && place.kind == CCK_VALUE_FRAME)
            step->analysis->entry[value.offset] =
                cck_value_better(step->analysis->entry[value.offset], held);
    }
    if (place.kind != CCK_VALUE_FRAME)
        return;
    int64_t end = place.offset + bits / 8;
    bool whole = bits == WORD && !place.any, kept = false;
    for (size_t i = 0; i < state->slot_count && !place.any; i++) {
        cck_slot *slot = &state->slots[i];
        if (slot->offset >= end || slot->offset + WORD / 8 <= place.offset)
            continue;
        bool same = whole && slot->offset == place.offset;
        slot->value = same ? value : cck_value_unknown();
        kept |= same;
    }
    if (!whole || kept)
        return;
    if (state->slot_count < CCK_ACCESS_SLOTS)
        state->slots[state->slot_count++] = (cck_slot){place.offset, value};
    else
        state->crowded = true;
}

static cck_value load(cck_step *step, const ZydisDecodedOperand *operand)
{
    cck_value place = place_of(step, operand);
    if (operand->size != WORD)
        return cck_value_unknown();
    /* The thread pointer is stored where it points to (ELF TLS, variant 2). */
    if (place.kind == CCK_VALUE_THREAD && place.offset == 0 && !place.any &&
        operand->mem.segment == ZYDIS_REGISTER_FS)
        return place;
    return resolve(step, cck_value_load(step->analysis, step->state, step->address, place));
}

static cck_value operand_value(cck_step *step, const ZydisDecodedOperand *operand)
{
    switch (operand->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER: {
        int reg = cck_register_number(operand->reg.value);
        return reg >= 0 && operand->size == WORD ? read_register(step, reg) : cck_value_unknown();
    }
    case ZYDIS_OPERAND_TYPE_MEMORY:
        return load(step, operand);
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        return cck_value_number(operand->imm.value.s);
    default:
        return cck_value_unknown();
    }
}

static void assign(cck_step *step, const ZydisDecodedOperand *operand, cck_value value)
{
    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        int reg = cck_register_number(operand->reg.value);
        /* Writing 32 bits clears the rest, which leaves addresses below 4 GiB whole. */
        bool whole =
            operand->size == WORD || (operand->size == WORD / 2 && value.kind == CCK_VALUE_NUMBER);
        if (reg >= 0)
            write_register(step, reg, whole ? value : cck_value_unknown());
    } else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
        store(step, place_of(step, operand), value, operand->size);
    }
}

/* Every other instruction: what it writes is not known. */
static void forget_written(cck_step *step)
{
    for (unsigned i = 0; i < step->instruction.operand_count; i++) {
        const ZydisDecodedOperand *operand = &step->operands[i];
        if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
            assign(step, operand, cck_value_unknown());
    }
}

/* An index that was multiplied still has its constant part, which tells arrays within a
 * struct from arrays of it: gcc without optimisation adds 1 before it shifts by 4 to get
 * to an array at offset 16. */
static void run_scaling(cck_step *step, unsigned from)
{
    const ZydisDecodedOperand *operands = step->operands;
    bool shift = step->instruction.mnemonic == ZYDIS_MNEMONIC_SHL;
    cck_value value = operand_value(step, &operands[from]), by = {.kind = CCK_VALUE_UNKNOWN};
    if (operands[from + 1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
        by = operand_value(step, &operands[from + 1]);
    if (value.kind != CCK_VALUE_NUMBER || by.kind != CCK_VALUE_NUMBER ||
        operands[0].type != ZYDIS_OPERAND_TYPE_REGISTER || operands[0].size != WORD) {
        forget_written(step);
        return;
    }
    value.offset = shift ? (int64_t)((uint64_t)value.offset << (by.offset & (WORD - 1)))
                         : (int64_t)((uint64_t)value.offset * (uint64_t)by.offset);
    assign(step, &operands[0], value);
}

static void push_word(cck_step *step, cck_value value)
{
    cck_value *rsp = &step->state->registers[CCK_ACCESS_RSP];
    *rsp = cck_value_add(*rsp, cck_value_number(-(WORD / 8)));
    store(step, *rsp, value, WORD);
}

static cck_value pop_word(cck_step *step)
{
    cck_value *rsp = &step->state->registers[CCK_ACCESS_RSP];
    cck_value value =
        resolve(step, cck_value_load(step->analysis, step->state, step->address, *rsp));
    *rsp = cck_value_add(*rsp, cck_value_number(WORD / 8));
    return value;
}

static bool callee_of(cck_step *step, Dwarf_Die *out_function)
{
    const ZydisDecodedOperand *operand = &step->operands[0];
    ZyanU64 target;
    if (operand->type != ZYDIS_OPERAND_TYPE_IMMEDIATE ||
        !ZYAN_SUCCESS(
            ZydisCalcAbsoluteAddress(&step->instruction, operand, step->address, &target)))
        return false;
    const cck_scope *scope = cck_debug_scope_at(step->analysis->module, target);
    for (unsigned i = 0; i < CCK_DIE_CHAIN && scope && scope->kind != CCK_SCOPE_FUNCTION; i++)
        scope = cck_scope_parent(scope);
    if (!scope || scope->kind != CCK_SCOPE_FUNCTION)
        return false;
    *out_function = scope->die;
    return true;
}

/* An allocation's result that is handed to a constructor or an init function at once. */
static void note_argument(cck_step *step, Dwarf_Die *function)
{
    cck_value first = step->state->registers[CCK_ACCESS_RDI];
    Dwarf_Die child, type;
    if (first.kind != CCK_VALUE_MADE)
        return;
    bool more = cck_die_first(function, &child);
    while (more && dwarf_tag(&child) != DW_TAG_formal_parameter)
        more = cck_die_next(&child, &child);
    if (!more || !cck_type_die_of(&child, &type))
        return;
    const cck_type *parameter = cck_type_of_die(step->analysis->module, &type);
    if (parameter && parameter->kind == CCK_TYPE_POINTER)
        note_made(step->analysis, (uint64_t)first.offset, parameter->target);
}

/* Of an element mostly: what v[i] and front() return. Pointers to numbers and bytes are often not
 * what they say, as those of allocators. */
static bool is_reference(Dwarf_Die *type)
{
    Dwarf_Die peeled;
    return dwarf_peel_type(type, &peeled) == 0 && dwarf_tag(&peeled) == DW_TAG_reference_type;
}

/* Registers that a callee may use without saving them: System V ABI, AMD64, 3.2.1. */
static void run_call(cck_step *step)
{
    static const int clobbered[] = {0, 1, 2, 6, 7, 8, 9, 10, 11};
    cck_value made = {.kind = CCK_VALUE_MADE, .offset = (int64_t)step->address};
    Dwarf_Die function, type;
    cck_value result = made;
    if (callee_of(step, &function)) {
        note_argument(step, &function);
        const cck_type *returned = cck_type_die_of(&function, &type)
                                       ? cck_type_of_die(step->analysis->module, &type)
                                       : NULL;
        cck_value held = cck_value_held(returned, 0, NULL);
        bool record = held.kind == CCK_VALUE_POINTER && held.type->kind != CCK_TYPE_BASE;
        if (record)
            note_made(step->analysis, step->address, held.type);
        if (record || (held.kind == CCK_VALUE_POINTER && is_reference(&type)))
            result = held;
    }
    for (size_t i = 0; i < sizeof clobbered / sizeof *clobbered; i++)
        write_register(step, clobbered[i], cck_value_unknown());
    write_register(step, CCK_ACCESS_RAX, result);
}

static bool same_registers(const ZydisDecodedOperand *operands)
{
    return operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           operands[0].reg.value == operands[1].reg.value;
}

/* What a function returns is what it allocated for its caller, if its type says so. */
static void run_return(cck_step *step)
{
    cck_value result = step->state->registers[CCK_ACCESS_RAX];
    Dwarf_Die type;
    if (result.kind != CCK_VALUE_MADE || !step->analysis->recording)
        return;
    const cck_scope *scope = cck_debug_scope_at(step->analysis->module, step->address);
    for (unsigned i = 0; i < CCK_DIE_CHAIN && scope && scope->kind != CCK_SCOPE_FUNCTION; i++)
        scope = cck_scope_parent(scope);
    if (!scope || scope->kind != CCK_SCOPE_FUNCTION)
        return;
    Dwarf_Die function = scope->die;
    if (!cck_type_die_of(&function, &type))
        return;
    cck_value held = cck_value_held(cck_type_of_die(step->analysis->module, &type), 0, NULL);
    if (held.kind == CCK_VALUE_POINTER && held.type->kind != CCK_TYPE_BASE)
        note_made(step->analysis, (uint64_t)result.offset, held.type);
}

/* A jump out of the function is a call at its end, whose result is returned. */
static void run_jump(cck_step *step)
{
    ZyanU64 target;
    if (step->operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE ||
        !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&step->instruction, &step->operands[0],
                                               step->address, &target)) ||
        (target >= step->analysis->start && target < step->analysis->end))
        return;
    run_call(step);
    run_return(step);
}

static bool is_conditional_move(ZydisMnemonic mnemonic)
{
    return mnemonic >= ZYDIS_MNEMONIC_CMOVB && mnemonic <= ZYDIS_MNEMONIC_CMOVZ;
}

static void run_arithmetic(cck_step *step)
{
    const ZydisDecodedOperand *operands = step->operands;
    ZydisMnemonic mnemonic = step->instruction.mnemonic;
    cck_value left = operand_value(step, &operands[0]), right = cck_value_number(1);
    if (operands[0].type != ZYDIS_OPERAND_TYPE_REGISTER || operands[0].size != WORD) {
        forget_written(step);
        return;
    }
    bool one = mnemonic == ZYDIS_MNEMONIC_INC || mnemonic == ZYDIS_MNEMONIC_DEC;
    if (!one)
        right = operand_value(step, &operands[1]);
    if (mnemonic == ZYDIS_MNEMONIC_SUB || mnemonic == ZYDIS_MNEMONIC_DEC)
        right = cck_value_negate(right);
    assign(step, &operands[0], cck_value_add(left, right));
}

static void run(cck_step *step)
{
    const ZydisDecodedOperand *operands = step->operands;
    ZydisMnemonic mnemonic = step->instruction.mnemonic;
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
        assign(step, &operands[0], operand_value(step, &operands[1]));
        return;
    case ZYDIS_MNEMONIC_LEA:
        assign(step, &operands[0], place_of(step, &operands[1]));
        return;
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_SUB:
    case ZYDIS_MNEMONIC_INC:
    case ZYDIS_MNEMONIC_DEC:
        run_arithmetic(step);
        return;
    case ZYDIS_MNEMONIC_SHL:
        run_scaling(step, 0);
        return;
    case ZYDIS_MNEMONIC_IMUL:
        if (step->instruction.operand_count_visible == 3)
            run_scaling(step, 1);
        else
            forget_written(step);
        return;
    case ZYDIS_MNEMONIC_XOR:
        forget_written(step);
        if (same_registers(operands))
            assign(step, &operands[0], cck_value_number(0));
        return;
    case ZYDIS_MNEMONIC_PUSH:
        push_word(step, operand_value(step, &operands[0]));
        return;
    case ZYDIS_MNEMONIC_POP: {
        cck_value value = pop_word(step);
        assign(step, &operands[0], value);
        return;
    }
    case ZYDIS_MNEMONIC_LEAVE:
        write_register(step, CCK_ACCESS_RSP, step->state->registers[CCK_ACCESS_RBP]);
        write_register(step, CCK_ACCESS_RBP, pop_word(step));
        return;
    case ZYDIS_MNEMONIC_CALL:
        run_call(step);
        return;
    case ZYDIS_MNEMONIC_JMP:
        run_jump(step);
        return;
    case ZYDIS_MNEMONIC_RET:
        run_return(step);
        return;
    default:
        if (is_conditional_move(mnemonic))
            assign(step, &operands[0],
                   cck_value_merge(step->analysis, operand_value(step, &operands[0]),
                                   operand_value(step, &operands[1])));
        else
            forget_written(step);
    }
}

/* The variable that a value leads to. */
static bool base_of(cck_step *step, cck_value *place, cck_variable *out_base)
{
    cck_debug_module *module = step->analysis->module;
    uint64_t offset, size;
    *out_base = (cck_variable){.name = "", .file = "", .function = ""};
    switch (place->kind) {
    case CCK_VALUE_POINTER:
        out_base->pointee = true;
        out_base->type = place->type;
        if (place->from) {
            Dwarf_Die die = place->from->die;
            out_base->name = cck_die_name(module, &die);
            out_base->file = cck_die_declared(module, &die, &out_base->line);
        }
        return true;
    case CCK_VALUE_FRAME: {
        const cck_place_variable *variable = cck_analysis_frame_variable(
            step->analysis, step->state, step->address, place->offset, &offset);
        if (!variable)
            return false;
        Dwarf_Die die = variable->die;
        out_base->name = cck_die_name(module, &die);
        out_base->file = cck_die_declared(module, &die, &out_base->line);
        out_base->size = variable->type->size;
        out_base->type = variable->type;
        place->offset = (int64_t)offset;
        place->type = variable->type;
        return true;
    }
    case CCK_VALUE_NUMBER:
        if (!cck_debug_global(module, (uint64_t)place->offset, out_base) || !out_base->type)
            return false;
        place->offset -= (int64_t)out_base->start;
        place->type = out_base->type;
        return true;
    case CCK_VALUE_THREAD:
        if (!cck_debug_tls_size(module, &size) ||
            !cck_debug_tls(module, size + (uint64_t)place->offset, out_base) || !out_base->type)
            return false;
        place->offset = (int64_t)(size + (uint64_t)place->offset - out_base->start);
        place->type = out_base->type;
        return true;
    default:
        return false;
    }
}

/* The operand that is in memory; of string instructions the one that is written. */
static const ZydisDecodedOperand *memory_operand(const cck_step *step)
{
    const ZydisDecodedOperand *found = NULL;
    for (unsigned i = 0; i < step->instruction.operand_count; i++) {
        const ZydisDecodedOperand *operand = &step->operands[i];
        if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY ||
            (operand->mem.type != ZYDIS_MEMOP_TYPE_MEM))
            continue;
        int base = cck_register_number(operand->mem.base);
        if (operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN && base == CCK_ACCESS_RSP)
            continue; /* the stack of push, pop, call and ret */
        if (!found || (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
            found = operand;
    }
    return found;
}

static void record(cck_step *step)
{
    const ZydisDecodedOperand *operand = memory_operand(step);
    cck_accessed_function *out = step->analysis->out;
    if (!operand)
        return;
    cck_access access = {.address = step->address, .value = place_of(step, operand)};
    cck_value *value = &access.value;
    if (!base_of(step, value, &access.base) || !value->type || value->type->size == 0)
        return;
    if (value->offset < 0)
        value->offset = value->type->size - 1 - (uint64_t)(-1 - value->offset) % value->type->size;
    out->accesses[out->access_count++] = access;
}

void cck_analysis_step(cck_analysis *analysis, cck_state *state, size_t code)
{
    cck_step step; /* not zeroed: the decoder fills in what is asked of it */
    step.analysis = analysis;
    step.state = state;
    step.code = &analysis->code[code];
    step.address = analysis->start + step.code->at;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(analysis->decoder, analysis->bytes + step.code->at,
                                             step.code->length, &step.instruction, step.operands)))
        return;
    /* What DWARF knows of registers holds even if this instruction does not read them. */
    for (uint32_t at = step.code->seeds; at; at = analysis->seeds[at - 1].next)
        read_register(&step, analysis->seeds[at - 1].reg);
    if (analysis->recording)
        record(&step);
    run(&step);
}
