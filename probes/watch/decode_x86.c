/* SPDX-License-Identifier: MIT */
/*
 * One x86-64 instruction, by Zydis: its memory operands and what it does to registers.
 * The direction flag is taken to be clear, as the ABI has it.
 */
#include <elf.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "probes/watch/decode_x86.h"

enum { RAX = 0, RCX = 1, RSP = 4, RBP = 5, RSI = 6, RDI = 7, R11 = 11 };

typedef struct machine_code {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    cck_instruction *out;
} machine_code;

static void init(ZydisDecoder *decoder)
{
    ZydisDecoderInit(decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
}

static unsigned length_of(const uint8_t *bytes, size_t size)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction instruction;
    init(&decoder);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, size, &instruction)))
        return 0;
    return instruction.length;
}

/* The general register that `reg` is part of, or CCK_NO_REGISTER. */
static int number_of(ZydisRegister reg)
{
    ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15)
        return CCK_NO_REGISTER;
    return ZydisRegisterGetId(whole);
}

static bool is_string(const machine_code *code)
{
    return code->instruction.meta.category == ZYDIS_CATEGORY_STRINGOP ||
           code->instruction.meta.category == ZYDIS_CATEGORY_IOSTRINGOP;
}

static bool is_repeated(const machine_code *code)
{
    return is_string(code) &&
           code->instruction.attributes &
               (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE);
}

/* May a repeated one end before its count does? */
static bool is_search(const machine_code *code)
{
    switch (code->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_CMPSB:
    case ZYDIS_MNEMONIC_CMPSW:
    case ZYDIS_MNEMONIC_CMPSD:
    case ZYDIS_MNEMONIC_CMPSQ:
    case ZYDIS_MNEMONIC_SCASB:
    case ZYDIS_MNEMONIC_SCASW:
    case ZYDIS_MNEMONIC_SCASD:
    case ZYDIS_MNEMONIC_SCASQ:
        return true;
    default:
        return false;
    }
}

/* Memory is named, but no data is loaded or stored. */
static bool is_hint(const machine_code *code)
{
    switch (code->instruction.meta.category) {
    case ZYDIS_CATEGORY_NOP:
    case ZYDIS_CATEGORY_WIDENOP:
    case ZYDIS_CATEGORY_PREFETCH:
    case ZYDIS_CATEGORY_CLDEMOTE:
    case ZYDIS_CATEGORY_CLFLUSHOPT:
    case ZYDIS_CATEGORY_CLWB:
    case ZYDIS_CATEGORY_MPX:
        return true;
    default:
        break;
    }
    switch (code->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_CLFLUSH:
    case ZYDIS_MNEMONIC_PREFETCHWT1:
    case ZYDIS_MNEMONIC_INVLPG:
    case ZYDIS_MNEMONIC_MONITOR:
    case ZYDIS_MNEMONIC_MONITORX:
        return true;
    default:
        return false;
    }
}

/* Which bytes are touched depends on a mask, on bits of a register or on a table's value. */
static bool is_selective(const machine_code *code)
{
    const ZydisDecodedInstruction *instruction = &code->instruction;
    switch (instruction->mnemonic) {
    case ZYDIS_MNEMONIC_VMASKMOVPS:
    case ZYDIS_MNEMONIC_VMASKMOVPD:
    case ZYDIS_MNEMONIC_VPMASKMOVD:
    case ZYDIS_MNEMONIC_VPMASKMOVQ:
    case ZYDIS_MNEMONIC_MASKMOVQ:
    case ZYDIS_MNEMONIC_MASKMOVDQU:
    case ZYDIS_MNEMONIC_VMASKMOVDQU:
    case ZYDIS_MNEMONIC_XLAT:
    case ZYDIS_MNEMONIC_ENTER:
        return true;
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTC:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTS:
        return code->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
    default:
        return instruction->avx.mask.reg != ZYDIS_REGISTER_NONE &&
               instruction->avx.mask.reg != ZYDIS_REGISTER_K0;
    }
}

/*
 * State components are saved and restored by masks that are not all in registers: only the
 * part that is always touched is told. FXSAVE: up to xmm15; XSAVE: XSTATE_BV, with the
 * compacted forms XCOMP_BV, too; XRSTOR: the header (Intel SDM vol. 1, 13.4 to 13.12).
 */
static void limit_state_area(const machine_code *code, cck_operand *operand)
{
    switch (code->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_FXSAVE:
    case ZYDIS_MNEMONIC_FXSAVE64:
    case ZYDIS_MNEMONIC_FXRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR64:
        operand->size = 416;
        break;
    case ZYDIS_MNEMONIC_XSAVE:
    case ZYDIS_MNEMONIC_XSAVE64:
    case ZYDIS_MNEMONIC_XSAVEOPT:
    case ZYDIS_MNEMONIC_XSAVEOPT64:
        operand->displacement += 512;
        operand->size = 8;
        break;
    case ZYDIS_MNEMONIC_XSAVEC:
    case ZYDIS_MNEMONIC_XSAVEC64:
    case ZYDIS_MNEMONIC_XSAVES:
    case ZYDIS_MNEMONIC_XSAVES64:
        operand->displacement += 512;
        operand->size = 16;
        break;
    case ZYDIS_MNEMONIC_XRSTOR:
    case ZYDIS_MNEMONIC_XRSTOR64:
    case ZYDIS_MNEMONIC_XRSTORS:
    case ZYDIS_MNEMONIC_XRSTORS64:
        operand->displacement += 512;
        operand->size = 64;
        break;
    default:
        break;
    }
}

static uint16_t flags_of(const machine_code *code, const ZydisDecodedOperand *operand)
{
    const ZydisDecodedInstruction *instruction = &code->instruction;
    uint16_t flags = 0;
    if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_READ)
        flags |= CCK_READS;
    if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
        flags |= CCK_WRITES;
    if (instruction->attributes & ZYDIS_ATTRIB_HAS_LOCK ||
        instruction->mnemonic == ZYDIS_MNEMONIC_XCHG)
        flags |= CCK_ATOMIC;
    if (operand->mem.segment == ZYDIS_REGISTER_FS)
        flags |= CCK_THREAD;
    if (instruction->address_width == 32)
        flags |= CCK_NARROW;
    return flags;
}

static bool has_address(const ZydisDecodedOperand *operand)
{
    const ZydisDecodedOperandMem *mem = &operand->mem;
    bool base = mem->base == ZYDIS_REGISTER_NONE || mem->base == ZYDIS_REGISTER_RIP ||
                mem->base == ZYDIS_REGISTER_EIP || number_of(mem->base) >= 0;
    bool index = mem->index == ZYDIS_REGISTER_NONE || number_of(mem->index) >= 0;
    return base && index && mem->segment != ZYDIS_REGISTER_GS && mem->type == ZYDIS_MEMOP_TYPE_MEM;
}

/* The stack pointer moves before a push stores, and before a popped value is stored. */
static uint64_t stack_moved(const machine_code *code, const ZydisDecodedOperand *operand)
{
    uint64_t size = operand->size / 8;
    if (operand->mem.base != ZYDIS_REGISTER_RSP)
        return 0;
    if (operand->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
        return operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE ? 0 - size : 0;
    return code->instruction.mnemonic == ZYDIS_MNEMONIC_POP ? size : 0;
}

static void take_memory(const machine_code *code, const ZydisDecodedOperand *from)
{
    cck_instruction *out = code->out;
    if (from->mem.type == ZYDIS_MEMOP_TYPE_AGEN || from->size == 0 || is_hint(code))
        return;
    if (!(from->actions & (ZYDIS_OPERAND_ACTION_MASK_READ | ZYDIS_OPERAND_ACTION_MASK_WRITE)))
        return;
    bool search = is_repeated(code) && is_search(code);
    if (!has_address(from) || is_selective(code) || search || out->operand_count == CCK_OPERANDS) {
        out->opaque = true;
        return;
    }
    cck_operand operand = {
        .displacement = (from->mem.disp.has_displacement ? (uint64_t)from->mem.disp.value : 0) +
                        stack_moved(code, from),
        .size = from->size / 8,
        .flags = flags_of(code, from),
        .base = number_of(from->mem.base),
        .index = number_of(from->mem.index),
        .scale = from->mem.scale,
    };
    if (code->instruction.avx.broadcast.mode != ZYDIS_BROADCAST_MODE_INVALID &&
        !code->instruction.avx.broadcast.is_static)
        operand.size = from->element_size / 8;
    if (from->mem.base == ZYDIS_REGISTER_RIP || from->mem.base == ZYDIS_REGISTER_EIP)
        operand.displacement += out->address + out->length;
    if (is_repeated(code)) {
        operand.flags |= CCK_REPEATS;
        operand.index = RCX;
        operand.scale = (uint8_t)operand.size;
    }
    limit_state_area(code, &operand);
    out->operands[out->operand_count++] = operand;
}

/* Register `to` gets `from` + `add`: known, if it was written at all. */
static void effect(cck_instruction *out, int to, int from, uint64_t add)
{
    if (to < 0 || from < CCK_NO_REGISTER || out->effect_count == CCK_EFFECTS)
        return;
    out->clobbered &= ~(1U << to);
    out->effects[out->effect_count++] =
        (cck_effect){.to = (int8_t)to, .from = (int8_t)from, .add = add};
}

static bool is_whole(const ZydisDecodedOperand *operand)
{
    return operand->type == ZYDIS_OPERAND_TYPE_REGISTER && operand->size == 64 &&
           number_of(operand->reg.value) >= 0;
}

/* A number moved into a register: of 32 bits, the upper half becomes 0. */
static bool is_number_to(const ZydisDecodedOperand *to)
{
    return to->type == ZYDIS_OPERAND_TYPE_REGISTER && to->size >= 32 &&
           number_of(to->reg.value) >= 0;
}

/* Code that is not optimised, or has more than fits into registers, keeps pointers there. */
static bool is_slot(const ZydisDecodedOperand *from)
{
    int base = from->type == ZYDIS_OPERAND_TYPE_MEMORY ? number_of(from->mem.base) : -1;
    return (base == RSP || base == RBP) && from->size == 64 &&
           from->mem.index == ZYDIS_REGISTER_NONE && from->mem.segment != ZYDIS_REGISTER_FS &&
           from->mem.segment != ZYDIS_REGISTER_GS;
}

static void take_slot(const machine_code *code)
{
    const ZydisDecodedOperand *to = &code->operands[0], *from = &code->operands[1];
    cck_instruction *out = code->out;
    if (code->instruction.address_width != 64)
        return;
    out->reloads = true;
    out->reloaded = number_of(to->reg.value);
    out->frame = number_of(from->mem.base);
    out->slot = from->mem.disp.has_displacement ? (uint64_t)from->mem.disp.value : 0;
}

static void take_move(const machine_code *code)
{
    const ZydisDecodedOperand *to = &code->operands[0], *from = &code->operands[1];
    int target = number_of(to->reg.value);
    if (is_whole(to) && is_whole(from))
        effect(code->out, target, number_of(from->reg.value), 0);
    else if (is_number_to(to) && from->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
        effect(code->out, target, CCK_NO_REGISTER,
               to->size == 64 ? from->imm.value.u : (uint32_t)from->imm.value.u);
    else if (is_whole(to) && is_slot(from))
        take_slot(code);
}

static void take_lea(const machine_code *code)
{
    const ZydisDecodedOperand *to = &code->operands[0], *from = &code->operands[1];
    if (!is_whole(to) || code->instruction.address_width != 64 ||
        from->mem.index != ZYDIS_REGISTER_NONE)
        return;
    uint64_t add = from->mem.disp.has_displacement ? (uint64_t)from->mem.disp.value : 0;
    if (from->mem.base == ZYDIS_REGISTER_RIP)
        add += code->out->address + code->out->length;
    effect(code->out, number_of(to->reg.value), number_of(from->mem.base), add);
}

static void take_sum(const machine_code *code)
{
    const ZydisDecodedOperand *to = &code->operands[0], *by = &code->operands[1];
    ZydisMnemonic mnemonic = code->instruction.mnemonic;
    if (!is_whole(to))
        return;
    int reg = number_of(to->reg.value);
    if (mnemonic == ZYDIS_MNEMONIC_INC)
        effect(code->out, reg, reg, 1);
    else if (mnemonic == ZYDIS_MNEMONIC_DEC)
        effect(code->out, reg, reg, UINT64_MAX);
    else if (by->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
        effect(code->out, reg, reg,
               mnemonic == ZYDIS_MNEMONIC_ADD ? by->imm.value.u : 0 - by->imm.value.u);
}

static void take_exchange(const machine_code *code)
{
    const ZydisDecodedOperand *a = &code->operands[0], *b = &code->operands[1];
    if (!is_whole(a) || !is_whole(b))
        return;
    effect(code->out, number_of(a->reg.value), number_of(b->reg.value), 0);
    if (a->reg.value != b->reg.value)
        effect(code->out, number_of(b->reg.value), number_of(a->reg.value), 0);
}

/* The stack pointer goes by what was pushed or popped. */
static void take_stack(const machine_code *code)
{
    uint64_t size = code->instruction.operand_width / 8;
    bool pops = code->instruction.meta.category == ZYDIS_CATEGORY_POP;
    const ZydisDecodedOperand *to = &code->operands[0];
    if (pops && to->type == ZYDIS_OPERAND_TYPE_REGISTER && number_of(to->reg.value) == RSP)
        return;
    effect(code->out, RSP, RSP, pops ? size : 0 - size);
}

/* Pointers of a string instruction go by one element; repeated, the count runs out. */
static void take_string(const machine_code *code)
{
    cck_instruction *out = code->out;
    uint32_t pointers = out->clobbered & (1U << RSI | 1U << RDI);
    if (is_repeated(code)) {
        if (!is_search(code))
            effect(out, RCX, CCK_NO_REGISTER, 0);
        return;
    }
    uint64_t size = code->instruction.operand_width / 8;
    if (code->instruction.address_width != 64)
        return;
    if (pointers >> RSI & 1)
        effect(out, RSI, RSI, size);
    if (pointers >> RDI & 1)
        effect(out, RDI, RDI, size);
}

static void take_effects(const machine_code *code)
{
    const ZydisDecodedOperand *operands = code->operands;
    cck_instruction *out = code->out;
    switch (code->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
        take_move(code);
        break;
    case ZYDIS_MNEMONIC_LEA:
        take_lea(code);
        break;
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_SUB:
    case ZYDIS_MNEMONIC_INC:
    case ZYDIS_MNEMONIC_DEC:
        take_sum(code);
        break;
    case ZYDIS_MNEMONIC_XCHG:
        take_exchange(code);
        break;
    case ZYDIS_MNEMONIC_XOR:
        if (is_number_to(&operands[0]) && operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
            operands[0].reg.value == operands[1].reg.value)
            effect(out, number_of(operands[0].reg.value), CCK_NO_REGISTER, 0);
        break;
    case ZYDIS_MNEMONIC_LEAVE:
        effect(out, RSP, RBP, 8);
        break;
    case ZYDIS_MNEMONIC_SYSCALL:
        out->clobbered |= 1U << RAX | 1U << RCX | 1U << R11;
        break;
    default:
        if (is_string(code))
            take_string(code);
        else if (code->instruction.meta.category == ZYDIS_CATEGORY_PUSH ||
                 code->instruction.meta.category == ZYDIS_CATEGORY_POP)
            take_stack(code);
        break;
    }
}

static void take_flow(const machine_code *code)
{
    cck_instruction *out = code->out;
    const ZydisDecodedOperand *to = &code->operands[0];
    switch (code->instruction.meta.category) {
    case ZYDIS_CATEGORY_COND_BR:
        out->flow = CCK_FLOW_BRANCH;
        break;
    case ZYDIS_CATEGORY_UNCOND_BR:
        out->flow = CCK_FLOW_JUMP;
        break;
    case ZYDIS_CATEGORY_CALL:
        out->flow = CCK_FLOW_CALL;
        break;
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_INTERRUPT:
        out->flow = CCK_FLOW_END;
        break;
    default:
        break;
    }
    switch (code->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
    case ZYDIS_MNEMONIC_HLT:
        out->flow = CCK_FLOW_END;
        break;
    case ZYDIS_MNEMONIC_ENDBR64:
        out->landing = true;
        break;
    default:
        break;
    }
    if (to->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && to->imm.is_relative)
        out->target = out->address + out->length + to->imm.value.u;
}

static bool decode(const uint8_t *bytes, size_t size, uint64_t address, cck_instruction *out)
{
    ZydisDecoder decoder;
    machine_code code = {.out = out};
    init(&decoder);
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&decoder, bytes, size, &code.instruction, code.operands)))
        return false;
    *out = (cck_instruction){.address = address, .length = code.instruction.length};
    for (size_t i = 0; i < code.instruction.operand_count; i++) {
        const ZydisDecodedOperand *operand = &code.operands[i];
        if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY)
            take_memory(&code, operand);
        else if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
                 operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE &&
                 number_of(operand->reg.value) >= 0)
            out->clobbered |= 1U << number_of(operand->reg.value);
    }
    take_flow(&code);
    take_effects(&code);
    return true;
}

const cck_architecture cck_decode_x86 = {
    .machine = EM_X86_64,
    .unit = 1,
    .longest = ZYDIS_MAX_INSTRUCTION_LENGTH,
    .stack = CCK_REGISTER_STACK_X86,
    .frame = RBP,
    .address_bits = UINT64_MAX,
    .decode = decode,
    .length = length_of,
    .jumps = cck_x86_jumps,
};
