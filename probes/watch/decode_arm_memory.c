/* SPDX-License-Identifier: MIT */
/*
 * Loads and stores of A64, by the tables of the Arm Architecture Reference Manual (DDI
 * 0487, C4.1.94). Fields: size 31:30, V 26, opc 23:22, Rs and Rm 20:16, Rt2 14:10, Rn 9:5,
 * Rt 4:0.
 */
#include "probes/watch/decode_arm.h"

enum { ZERO = 31 };

typedef bool (*decoder)(uint32_t word, cck_instruction *out);

typedef struct row {
    uint32_t mask, value;
    decoder decode;
} row;

static unsigned rt(uint32_t word)
{
    return cck_arm_bits(word, 0, 5);
}

static int8_t rn(uint32_t word)
{
    return (int8_t)cck_arm_bits(word, 5, 5);
}

static unsigned rt2(uint32_t word)
{
    return cck_arm_bits(word, 10, 5);
}

static unsigned rs(uint32_t word)
{
    return cck_arm_bits(word, 16, 5);
}

static bool is_vector(uint32_t word)
{
    return cck_arm_bits(word, 26, 1);
}

static void clobber(cck_instruction *out, unsigned reg)
{
    if (reg != ZERO)
        out->clobbered |= 1U << reg;
}

static cck_operand *operand(cck_instruction *out, int8_t base, uint64_t by, uint32_t size,
                            uint16_t flags)
{
    cck_operand *made = &out->operands[out->operand_count++];
    *made = (cck_operand){.displacement = by,
                          .size = size,
                          .flags = flags,
                          .base = base,
                          .index = CCK_NO_REGISTER,
                          .scale = 1};
    return made;
}

/* The base goes on by a number. A load that overwrites it, too, is not predictable. */
static void write_back(cck_instruction *out, int8_t base, int64_t by)
{
    out->effects[out->effect_count++] = (cck_effect){.to = base, .from = base, .add = (uint64_t)by};
}

static bool unknown(cck_instruction *out)
{
    out->opaque = true;
    return true;
}

/* STXR, LDXR, their acquire and release forms; STXP, LDXP; CASP. */
static bool exclusive(uint32_t word, cck_instruction *out)
{
    bool load = cck_arm_bits(word, 22, 1), pair = cck_arm_bits(word, 21, 1);
    uint32_t size = 1U << cck_arm_bits(word, 30, 2);
    if (pair && !(word >> 31)) { /* CASP: 32-bit or 64-bit pairs by bit 30 */
        operand(out, rn(word), 0, 8U << cck_arm_bits(word, 30, 1),
                CCK_READS | CCK_WRITES | CCK_ATOMIC);
        clobber(out, rs(word));
        clobber(out, rs(word) | 1);
        return rt2(word) == 31;
    }
    operand(out, rn(word), 0, pair ? 2 * size : size, (load ? CCK_READS : CCK_WRITES) | CCK_ATOMIC);
    if (load) {
        clobber(out, rt(word));
        if (pair)
            clobber(out, rt2(word));
    } else {
        clobber(out, rs(word));
    }
    return true;
}

/* STLR, LDAR, STLLR, LDLAR; CAS. */
static bool ordered(uint32_t word, cck_instruction *out)
{
    bool load = cck_arm_bits(word, 22, 1);
    uint32_t size = 1U << cck_arm_bits(word, 30, 2);
    if (cck_arm_bits(word, 21, 1)) {
        operand(out, rn(word), 0, size, CCK_READS | CCK_WRITES | CCK_ATOMIC);
        clobber(out, rs(word));
        return rt2(word) == 31;
    }
    operand(out, rn(word), 0, size, load ? CCK_READS : CCK_WRITES);
    if (load)
        clobber(out, rt(word));
    return true;
}

/* LDADD, LDCLR, ..., SWP; LDAPR; LD64B and its like. */
static bool atomic(uint32_t word, cck_instruction *out)
{
    unsigned o3_opc = cck_arm_bits(word, 12, 4);
    bool acquire = cck_arm_bits(word, 23, 1), release = cck_arm_bits(word, 22, 1);
    uint32_t size = 1U << cck_arm_bits(word, 30, 2);
    if (o3_opc > 8 && !acquire && !release && size == 8) { /* 64 bytes of a device */
        for (unsigned i = 0; i < 8 && o3_opc == 0xd; i++)
            clobber(out, (rt(word) + i) & 31);
        clobber(out, rs(word)); /* ST64BV: status */
        return unknown(out);
    }
    if (o3_opc == 0xc && acquire && !release) { /* LDAPR */
        operand(out, rn(word), 0, size, CCK_READS);
        clobber(out, rt(word));
        return true;
    }
    if (o3_opc > 8)
        return false;
    operand(out, rn(word), 0, size, CCK_READS | CCK_WRITES | CCK_ATOMIC);
    clobber(out, rt(word));
    return true;
}

/* What size, V and opc of a single load or store mean. Size 0: a prefetch, which accesses
 * nothing. */
static bool single(uint32_t word, uint32_t *out_size, uint16_t *out_flags)
{
    unsigned size = cck_arm_bits(word, 30, 2), opc = cck_arm_bits(word, 22, 2);
    *out_size = 1U << size;
    *out_flags = opc == 0 ? CCK_WRITES : CCK_READS;
    if (is_vector(word)) {
        *out_flags = opc & 1 ? CCK_READS : CCK_WRITES;
        if (opc >= 2)
            *out_size = 16;
        return opc < 2 || size == 0;
    }
    if (size == 3 && opc == 2)
        *out_size = 0;
    return opc < 2 || (opc == 2 && size <= 3) || size < 2;
}

static void loaded(uint32_t word, uint16_t flags, cck_instruction *out)
{
    if (flags & CCK_READS && !is_vector(word))
        clobber(out, rt(word));
}

/* One at a number from the base; before or after it moves there, if it does. */
static bool at_number(uint32_t word, int64_t by, int64_t move, cck_instruction *out)
{
    uint32_t size;
    uint16_t flags;
    if (!single(word, &size, &flags))
        return false;
    if (size == 0)
        return move == 0;
    operand(out, rn(word), (uint64_t)by, size, flags);
    loaded(word, flags, out);
    if (move)
        write_back(out, rn(word), move);
    return true;
}

static bool unscaled(uint32_t word, cck_instruction *out)
{
    return at_number(word, cck_arm_signed(word, 12, 9), 0, out);
}

static bool unprivileged(uint32_t word, cck_instruction *out)
{
    return !is_vector(word) && unscaled(word, out);
}

static bool post_indexed(uint32_t word, cck_instruction *out)
{
    return at_number(word, 0, cck_arm_signed(word, 12, 9), out);
}

static bool pre_indexed(uint32_t word, cck_instruction *out)
{
    return at_number(word, cck_arm_signed(word, 12, 9), cck_arm_signed(word, 12, 9), out);
}

static bool scaled(uint32_t word, cck_instruction *out)
{
    uint32_t size;
    uint16_t flags;
    if (!single(word, &size, &flags))
        return false;
    return at_number(word, (int64_t)cck_arm_bits(word, 10, 12) * size, 0, out);
}

/* option: 2 UXTW, 3 LSL, 6 SXTW, 7 SXTX; S: times the size. */
static bool by_register(uint32_t word, cck_instruction *out)
{
    unsigned option = cck_arm_bits(word, 13, 3);
    uint32_t size;
    uint16_t flags;
    if (!single(word, &size, &flags) || !(option & 2))
        return false;
    if (size == 0)
        return true;
    if (option == 2)
        flags |= CCK_INDEX_UNSIGNED;
    else if (option == 6)
        flags |= CCK_INDEX_SIGNED;
    cck_operand *made = operand(out, rn(word), 0, size, flags);
    if (rs(word) != ZERO)
        made->index = (int8_t)rs(word);
    made->scale = cck_arm_bits(word, 12, 1) ? (uint8_t)size : 1;
    loaded(word, flags, out);
    return true;
}

/* LDRAA, LDRAB: the base is signed, and what the signature hides is not known. */
static bool authenticated(uint32_t word, cck_instruction *out)
{
    clobber(out, rt(word));
    if (cck_arm_bits(word, 11, 1))
        out->clobbered |= 1U << rn(word);
    return cck_arm_bits(word, 30, 2) == 3 && !is_vector(word) && unknown(out);
}

static bool literal(uint32_t word, cck_instruction *out)
{
    static const uint8_t general[] = {4, 8, 4, 0}, vector[] = {4, 8, 16, 0};
    unsigned opc = cck_arm_bits(word, 30, 2);
    uint32_t size = is_vector(word) ? vector[opc] : general[opc];
    if (size == 0)
        return !is_vector(word); /* PRFM */
    operand(out, CCK_NO_REGISTER, out->address + (uint64_t)(cck_arm_signed(word, 5, 19) * 4), size,
            CCK_READS);
    loaded(word, CCK_READS, out);
    return true;
}

/* 24:23: 0 no-allocate, 1 post-index, 2 offset, 3 pre-index. */
static bool pair(uint32_t word, cck_instruction *out)
{
    unsigned opc = cck_arm_bits(word, 30, 2), mode = cck_arm_bits(word, 23, 2);
    bool load = cck_arm_bits(word, 22, 1);
    uint32_t size = is_vector(word) ? 4U << opc : opc == 2 ? 8 : 4;
    if (opc == 3)
        return false;
    if (!is_vector(word) && opc == 1 && !load) /* STGP: the tag of the 16 bytes, too */
        size = 8;
    bool tags = !is_vector(word) && opc == 1 && !load;
    if (mode == 0 && opc == 1 && !is_vector(word))
        return false;
    int64_t by = cck_arm_signed(word, 15, 7) * (tags ? 16 : (int64_t)size);
    operand(out, rn(word), mode == 1 ? 0 : (uint64_t)by, 2 * size, load ? CCK_READS : CCK_WRITES);
    if (load && !is_vector(word)) {
        clobber(out, rt(word));
        clobber(out, rt2(word));
    }
    if (mode & 1)
        write_back(out, rn(word), by);
    return true;
}

/* STLUR, LDAPUR. */
static bool ordered_unscaled(uint32_t word, cck_instruction *out)
{
    unsigned size = cck_arm_bits(word, 30, 2), opc = cck_arm_bits(word, 22, 2);
    if ((opc == 2 && size == 3) || (opc == 3 && size >= 2))
        return false;
    return unscaled(word, out);
}

/* Structures of vector registers: all of some, or one element of each. */
static bool structures(uint32_t word, uint32_t bytes, cck_instruction *out)
{
    bool load = cck_arm_bits(word, 22, 1);
    operand(out, rn(word), 0, bytes, load ? CCK_READS : CCK_WRITES);
    if (!cck_arm_bits(word, 23, 1))
        return rs(word) == 0;
    if (rs(word) == 31)
        write_back(out, rn(word), bytes);
    else
        out->clobbered |= 1U << rn(word);
    return true;
}

static bool whole_structures(uint32_t word, cck_instruction *out)
{
    static const uint8_t registers[16] = {
        [0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
    unsigned count = registers[cck_arm_bits(word, 12, 4)];
    return count && structures(word, count * (cck_arm_bits(word, 30, 1) ? 16 : 8), out);
}

static bool one_structure(uint32_t word, cck_instruction *out)
{
    unsigned opcode = cck_arm_bits(word, 13, 3), size = cck_arm_bits(word, 10, 2);
    unsigned count = ((opcode & 1) << 1 | cck_arm_bits(word, 21, 1)) + 1;
    unsigned scale = opcode >> 1;
    if (scale == 1 && size & 1)
        return false;
    if (scale == 2)
        scale = size == 1 ? 3 : size == 0 ? 2 : 9;
    else if (scale == 3) /* to all lanes */
        scale = cck_arm_bits(word, 22, 1) ? size : 9;
    return scale < 4 && structures(word, count << scale, out);
}

/* MTE: tags only; STZG and STZ2G clear the 16 or 32 bytes, too. */
static bool tags(uint32_t word, cck_instruction *out)
{
    unsigned opc = cck_arm_bits(word, 22, 2), mode = cck_arm_bits(word, 10, 2);
    int64_t by = cck_arm_signed(word, 12, 9) * 16;
    if (mode == 0) { /* LDG, STGM and the like */
        clobber(out, rt(word));
        return true;
    }
    if (opc & 1)
        operand(out, rn(word), mode == 1 ? 0 : (uint64_t)by, opc == 1 ? 16 : 32, CCK_WRITES);
    if (mode & 1)
        write_back(out, rn(word), by);
    return true;
}

/* Memory copy and set: in parts that the machine chooses. */
static bool copy(uint32_t word, cck_instruction *out)
{
    clobber(out, rt(word));
    clobber(out, (unsigned)rn(word));
    clobber(out, rs(word));
    return unknown(out);
}

static bool unknown_pair(uint32_t word, cck_instruction *out)
{
    clobber(out, rt(word));
    clobber(out, rs(word));
    out->clobbered |= 1U << rn(word);
    return unknown(out);
}

static const row rows[] = {
    {0xbfbf0000, 0x0c000000, whole_structures}, /* 24:23 = 00: Rm must be 0 */
    {0xbfa00000, 0x0c800000, whole_structures}, {0xbf9f0000, 0x0d000000, one_structure},
    {0xbf800000, 0x0d800000, one_structure},    {0x3f800000, 0x08000000, exclusive},
    {0x3f800000, 0x08800000, ordered},          {0xff200000, 0xd9200000, tags},
    {0x3f200c00, 0x19000000, ordered_unscaled}, {0x3f000c00, 0x19000400, copy},
    {0x3f200c00, 0x19000800, unknown_pair}, /* STILP, LDIAPP and vector forms of STLUR */
    {0x3b000000, 0x18000000, literal},          {0x3a000000, 0x28000000, pair},
    {0x3b200c00, 0x38000000, unscaled},         {0x3b200c00, 0x38000400, post_indexed},
    {0x3b200c00, 0x38000800, unprivileged},     {0x3b200c00, 0x38000c00, pre_indexed},
    {0x3f200c00, 0x38200000, atomic},           {0x3b200c00, 0x38200800, by_register},
    {0x3b200400, 0x38200400, authenticated},    {0x3b000000, 0x39000000, scaled},
};

bool cck_arm_memory(uint32_t word, cck_instruction *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((word & rows[i].mask) == rows[i].value)
            return rows[i].decode(word, out);
    return false;
}
