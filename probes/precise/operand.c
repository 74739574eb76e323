/* SPDX-License-Identifier: MIT */
#include "probes/precise/operand.h"

#include <Zydis/Zydis.h>
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/session/observed.h"

enum { INSTRUCTION_MOST = 15, KNOWN_MOST = 1 << 16 };

/* ---- x86-64 ---- */

static cck_operand decode_x86(const uint8_t *bytes, size_t size)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (ZYAN_FAILED(ZydisDecoderDecodeFull(&decoder, bytes, size, &instruction, operands)))
        return (cck_operand){0};
    for (size_t i = 0; i < instruction.operand_count; i++) {
        const ZydisDecodedOperand *operand = &operands[i];
        if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY ||
            operand->mem.type != ZYDIS_MEMOP_TYPE_MEM || !operand->actions)
            continue;
        bool writes = operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;
        bool locked = instruction.attributes & ZYDIS_ATTRIB_HAS_LOCK ||
                      (writes && instruction.mnemonic == ZYDIS_MNEMONIC_XCHG);
        return (cck_operand){operand->size / 8, writes, locked};
    }
    return (cck_operand){0};
}

/* ---- arm64 ---- */

/*
 * Encodings of loads and stores by class (Arm ARM DDI 0487, C4.1, "Loads and Stores"); the size
 * is in bits 31:30. Scalable vectors are not of a fixed size, structures (LD1 ...) not told.
 */
static const struct {
    uint32_t mask, value;
    uint8_t least;  /* bytes for size 0 */
    uint8_t factor; /* 2: a pair */
    uint8_t field;  /* lowest bit of the size; 0: it is fixed */
} arm_classes[] = {
    {0xbfa00000, 0x08200000, 4, 2, 30}, /* CASP */
    {0x3fa00000, 0x08200000, 1, 2, 30}, /* LDXP, STXP */
    {0x3f000000, 0x08000000, 1, 1, 30}, /* exclusive, ordered, CAS */
    {0x7c000000, 0x28000000, 4, 2, 31}, /* LDP, STP of general registers */
    {0xfc000000, 0x68000000, 4, 2, 0},  /* LDPSW */
    {0x3c000000, 0x2c000000, 4, 2, 30}, /* LDP, STP of vector registers */
    {0xbf000000, 0x18000000, 4, 1, 30}, /* LDR literal */
    {0xff000000, 0x98000000, 4, 1, 0},  /* LDRSW literal */
    {0xfc800000, 0x3c800000, 16, 1, 0}, /* 128-bit vector register */
    {0x3c000000, 0x38000000, 1, 1, 30}, /* LDR, STR, LSE atomics */
    {0x3c000000, 0x3c000000, 1, 1, 30}, /* scalar vector register */
};

static uint16_t decode_arm(const uint8_t *bytes, size_t size)
{
    if (size < 4)
        return 0;
    uint32_t word =
        bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    for (size_t i = 0; i < sizeof arm_classes / sizeof *arm_classes; i++) {
        if ((word & arm_classes[i].mask) != arm_classes[i].value)
            continue;
        unsigned shift = arm_classes[i].field == 31   ? word >> 31
                         : arm_classes[i].field == 30 ? word >> 30
                                                      : 0;
        return (uint16_t)((arm_classes[i].least << (shift & 3)) * arm_classes[i].factor);
    }
    return 0;
}

cck_operand cck_operand_decode(int machine, const uint8_t *bytes, size_t size)
{
    if (machine == EM_X86_64)
        return decode_x86(bytes, size);
    return (cck_operand){.size = machine == EM_AARCH64 ? decode_arm(bytes, size) : 0};
}

/* ---- of processes ---- */

/* As the process sees it, which may be in a container; else the file of that path here. */
static int open_file(const cck_root *root, int32_t pid, const char *path)
{
    char inside[PATH_MAX + 32];
    snprintf(inside, sizeof inside, "proc/%" PRId32 "/root%s", pid, path);
    int file = openat(root->fd, inside, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return file;
}

static cck_operand read_operand(const cck_operands *operands, const cck_watch_image *image,
                                uint64_t ip)
{
    const cck_operand unknown = {0};
    const cck_watch_mapping *mapping = cck_watch_image_known(image, ip);
    uint8_t bytes[INSTRUCTION_MOST];
    Elf64_Ehdr header;
    if (!mapping || mapping->module == CCK_NONE || !image->modules[mapping->module].elf)
        return unknown;
    int file = open_file(operands->root, image->pid, image->modules[mapping->module].path);
    if (file < 0)
        return unknown;
    ssize_t head = pread(file, &header, sizeof header, 0);
    ssize_t got = pread(file, bytes, sizeof bytes, (off_t)(ip - mapping->start + mapping->offset));
    close(file);
    if (head != (ssize_t)sizeof header || got <= 0)
        return unknown;
    return cck_operand_decode(header.e_machine, bytes, (size_t)got);
}

enum { KNOWN = 1 << 18, WRITES = 1 << 17, ATOMIC = 1 << 16 };

cck_operand cck_operand_of(cck_operands *operands, const cck_watch_image *image, uint64_t ip)
{
    uint64_t key = (ip ^ (uint64_t)image->number << 48) * UINT64_C(0x9e3779b97f4a7c15);
    uintptr_t packed = (uintptr_t)cck_map_get(&operands->known, key);
    if (packed)
        return (cck_operand){(uint16_t)packed, packed & WRITES, packed & ATOMIC};
    cck_operand operand = read_operand(operands, image, ip);
    if (operands->known.count >= KNOWN_MOST)
        cck_map_clear(&operands->known);
    packed = KNOWN | operand.size | (operand.writes ? WRITES : 0) | (operand.atomic ? ATOMIC : 0);
    cck_map_put(&operands->known, key, (void *)packed);
    return operand;
}

void cck_operands_clear(cck_operands *operands)
{
    cck_map_clear(&operands->known);
}
