/* SPDX-License-Identifier: MIT */
/*
 * One A64 instruction, by tables of what the Arm Architecture Reference Manual (DDI 0487,
 * C4.1.94 "Loads and Stores" and its neighbours) calls encoding classes.
 */
#include <elf.h>
#include <string.h>

#include "probes/watch/decode_arm.h"

enum { LENGTH = 4, LINK = 30, NO_NUMBER = 31 /* xzr, or sp as a base */ };

typedef struct row {
    uint32_t mask, value;
    void (*decode)(uint32_t word, cck_instruction *out);
} row;

static void clobber(cck_instruction *out, unsigned reg)
{
    if (reg != NO_NUMBER)
        out->clobbered |= 1U << reg;
}

static void effect(cck_instruction *out, unsigned to, int from, uint64_t add)
{
    out->effects[out->effect_count++] =
        (cck_effect){.to = (int8_t)to, .from = (int8_t)from, .add = add};
}

static void direct(cck_instruction *out, cck_flow flow, int64_t by)
{
    out->flow = flow;
    out->target = out->address + (uint64_t)by;
}

static void branch(uint32_t word, cck_instruction *out)
{
    direct(out, CCK_FLOW_JUMP, cck_arm_signed(word, 0, 26) * LENGTH);
}

static void branch_link(uint32_t word, cck_instruction *out)
{
    direct(out, CCK_FLOW_CALL, cck_arm_signed(word, 0, 26) * LENGTH);
}

static void branch_if(uint32_t word, cck_instruction *out)
{
    direct(out, CCK_FLOW_BRANCH, cck_arm_signed(word, 5, 19) * LENGTH);
}

static void branch_if_bit(uint32_t word, cck_instruction *out)
{
    direct(out, CCK_FLOW_BRANCH, cck_arm_signed(word, 5, 14) * LENGTH);
}

/* opc: 0 BR, 1 BLR, 2 RET, more: ERET, and all again with pointer authentication. */
static void branch_register(uint32_t word, cck_instruction *out)
{
    unsigned opc = cck_arm_bits(word, 21, 4) & 7;
    out->flow = opc == 0 ? CCK_FLOW_JUMP : opc == 1 ? CCK_FLOW_CALL : CCK_FLOW_END;
}

/* SVC comes back, from Linux with the result in x0; what else stops here. */
static void exception(uint32_t word, cck_instruction *out)
{
    if ((word & 0xffe0001f) == 0xd4000001)
        clobber(out, 0);
    else
        out->flow = CCK_FLOW_END;
}

static void system_write(uint32_t word, cck_instruction *out)
{
    if ((word & 0xffffff3f) == 0xd503241f)
        out->landing = true; /* BTI */
    if ((word & 0xffffffe0) == 0xd50b7420 || (word & 0xffffff60) == 0xd50b7460)
        out->opaque = true; /* DC ZVA, GVA, GZVA: a block whose size is the machine's */
}

static void clobbers_first(uint32_t word, cck_instruction *out)
{
    clobber(out, cck_arm_bits(word, 0, 5));
}

/* ADR, ADRP. */
static void code_address(uint32_t word, cck_instruction *out)
{
    int64_t by = cck_arm_signed(word, 5, 19) * 4 + cck_arm_bits(word, 29, 2);
    uint64_t base = out->address;
    if (word >> 31) {
        base &= ~(uint64_t)0xfff;
        by *= 0x1000;
    }
    if (cck_arm_bits(word, 0, 5) != NO_NUMBER)
        effect(out, cck_arm_bits(word, 0, 5), CCK_NO_REGISTER, base + (uint64_t)by);
}

/* ADD, SUB and with flags; 31 is sp, but the zero register as what flags are set from. */
static void add_number(uint32_t word, cck_instruction *out)
{
    unsigned to = cck_arm_bits(word, 0, 5);
    uint64_t add = cck_arm_bits(word, 10, 12);
    if (cck_arm_bits(word, 22, 1))
        add <<= 12;
    if (to == NO_NUMBER && cck_arm_bits(word, 29, 1))
        return;
    if (word >> 31)
        effect(out, to, (int)cck_arm_bits(word, 5, 5), cck_arm_bits(word, 30, 1) ? 0 - add : add);
    else
        out->clobbered |= 1U << to;
}

/* AND, ORR, EOR of a bit pattern; of these only ANDS cannot write sp. MTE's ADDG, SUBG too. */
static void logical_number(uint32_t word, cck_instruction *out)
{
    unsigned to = cck_arm_bits(word, 0, 5);
    if (to != NO_NUMBER || cck_arm_bits(word, 29, 2) != 3)
        out->clobbered |= 1U << to;
}

static void clobbers_any(uint32_t word, cck_instruction *out)
{
    out->clobbered |= 1U << cck_arm_bits(word, 0, 5);
}

/* ADD, SUB (extended register) may write sp, but not with flags. */
static void add_extended(uint32_t word, cck_instruction *out)
{
    if (cck_arm_bits(word, 29, 1))
        clobber(out, cck_arm_bits(word, 0, 5));
    else
        clobbers_any(word, out);
}

static void move_number(uint32_t word, cck_instruction *out)
{
    unsigned to = cck_arm_bits(word, 0, 5), opc = cck_arm_bits(word, 29, 2);
    uint64_t number = (uint64_t)cck_arm_bits(word, 5, 16) << 16 * cck_arm_bits(word, 21, 2);
    if (opc == 0)
        number = ~number; /* MOVN */
    if (!(word >> 31))
        number = (uint32_t)number;
    if (to == NO_NUMBER)
        return;
    if (opc == 3) /* MOVK */
        clobber(out, to);
    else
        effect(out, to, CCK_NO_REGISTER, number);
}

static void move_register(uint32_t word, cck_instruction *out)
{
    unsigned to = cck_arm_bits(word, 0, 5), from = cck_arm_bits(word, 16, 5);
    if (to == NO_NUMBER)
        return;
    if (from == NO_NUMBER)
        effect(out, to, CCK_NO_REGISTER, 0);
    else
        effect(out, to, (int)from, 0);
}

static void nothing(uint32_t word, cck_instruction *out)
{
    (void)word;
    (void)out;
}

static void scalable_memory(uint32_t word, cck_instruction *out)
{
    clobbers_any(word, out);
    out->opaque = true;
}

/* The first row that fits decodes; what fits none is no instruction. */
static const row rows[] = {
    /* Branches, exceptions, system. */
    {0xfc000000, 0x14000000, branch},
    {0xfc000000, 0x94000000, branch_link},
    {0xfe000000, 0x54000000, branch_if},
    {0x7e000000, 0x34000000, branch_if},     /* CBZ, CBNZ */
    {0x7e000000, 0x36000000, branch_if_bit}, /* TBZ, TBNZ */
    {0xfe000000, 0xd6000000, branch_register},
    {0xff000000, 0xd4000000, exception},
    {0xffe00000, 0xd5200000, clobbers_first}, /* MRS, SYSL */
    {0xff000000, 0xd5000000, system_write},
    /* Data processing with numbers. */
    {0x1f000000, 0x10000000, code_address},
    {0x1f800000, 0x11000000, add_number},
    {0x1f800000, 0x11800000, clobbers_any}, /* tags, MIN and MAX */
    {0x1f800000, 0x12000000, logical_number},
    {0x1f800000, 0x12800000, move_number},
    {0x1f800000, 0x13000000, clobbers_first}, /* bit fields */
    {0x1f800000, 0x13800000, clobbers_first}, /* extract */
    /* Data processing with registers. */
    {0xffe0ffe0, 0xaa0003e0, move_register},
    {0x1fe00000, 0x0b200000, add_extended},
    {0x1fe00000, 0x1a400000, nothing}, /* CCMP, CCMN */
    {0x0e000000, 0x0a000000, clobbers_first},
    /* Vectors and floating point: conversions and moves to general registers, the rest. */
    {0x5f20fc00, 0x1e200000, clobbers_first},
    {0x5f200000, 0x1e000000, clobbers_first},
    {0x9fe08400, 0x0e000400, clobbers_first},
    {0x0e000000, 0x0e000000, nothing},
    /* Scalable vectors: how much is accessed depends on their length and on predicates. */
    {0xfe000000, 0x84000000, scalable_memory},
    {0xfe000000, 0xa4000000, scalable_memory},
    {0xfe000000, 0xc4000000, scalable_memory},
    {0xfe000000, 0xe4000000, scalable_memory},
    {0x1e000000, 0x04000000, clobbers_any},
};

static bool decode(const uint8_t *bytes, size_t size, uint64_t address, cck_instruction *out)
{
    uint32_t word;
    if (size < LENGTH || address % LENGTH)
        return false;
    word = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    *out = (cck_instruction){.address = address, .length = LENGTH};
    if ((word & 0x0a000000) == 0x08000000)
        return cck_arm_memory(word, out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((word & rows[i].mask) == rows[i].value) {
            rows[i].decode(word, out);
            if (out->flow == CCK_FLOW_CALL)
                clobber(out, LINK);
            return true;
        }
    return false;
}

static unsigned length(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    return size >= LENGTH ? LENGTH : 0;
}

/* BR by anything but x16 and x17, by which PLT entries and veneers go to other functions. */
static bool is_table_jump(uint32_t word)
{
    unsigned reg = cck_arm_bits(word, 5, 5);
    return (word & 0xfefff000) == 0xd61f0000 && reg != 16 && reg != 17;
}

static void jumps(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out)
{
    size_t first = (0 - code->start) % LENGTH;
    for (size_t i = first; i + LENGTH <= code->size; i += LENGTH) {
        cck_instruction instruction;
        const uint8_t *at = code->bytes + i;
        /* Branches are in the rows at 0x14, 0x34, 0x36, 0x54, 0x94 and 0xd6: bits 28 .. 26. */
        if ((at[3] & 0x1c) != 0x14 || !decode(at, LENGTH, code->start + i, &instruction))
            continue;
        if (instruction.target && instruction.target >= low && instruction.target <= high)
            cck_jumps_add(out, code->start + i, instruction.target, false);
        uint32_t word =
            at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        out->anywhere |= is_table_jump(word) && code->start + i >= code->function_start &&
                         code->start + i < code->function_end;
    }
}

const cck_architecture cck_decode_arm = {
    .machine = EM_AARCH64,
    .unit = LENGTH,
    .longest = LENGTH,
    .stack = CCK_REGISTER_STACK_ARM,
    .frame = 29,
    .trap_before = true,
    .address_bits = UINT64_MAX >> 8, /* the top byte is a tag */
    .decode = decode,
    .length = length,
    .jumps = jumps,
};
