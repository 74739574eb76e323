/* SPDX-License-Identifier: MIT */
/*
 * Where jumps by a table lead. Position-independent code has tables of 32-bit distances from
 * their own start, which an instruction of the function names:
 *     lea table(%rip),%rcx; movslq (%rcx,%rax,4),%rax; add %rcx,%rax; jmp *%rax
 * Of other forms, and where the target's memory cannot be read, such a jump may lead anywhere.
 */
#include <string.h>

#include "probes/watch/decode_x86.h"

enum { LEA = 7, ENTRIES_MOST = 256, ENTRIES_LEAST = 2 };

static bool in_function(const cck_code *code, uint64_t address)
{
    return address >= code->function_start && address < code->function_end;
}

/* Two entries of a table. */
static bool load_pair(const cck_code *code, uint64_t address, int32_t out_pair[2])
{
    uint64_t word;
    const cck_text *text = code->text;
    if (!text || !text->load || !text->load(text->context, address, &word))
        return false;
    memcpy(out_pair, &word, sizeof word);
    return true;
}

/* What lies behind a table is taken for more of it, as long as it leads into the function: that
 * costs certainty only. False: it is none, or too long. */
static bool read_table(const cck_code *code, uint64_t table, uint64_t low, uint64_t high,
                       cck_jumps *out)
{
    int32_t pair[2];
    for (unsigned i = 0; i < ENTRIES_MOST; i++) {
        if (i % 2 == 0 && !load_pair(code, table + (uint64_t)i * sizeof *pair, pair))
            return i >= ENTRIES_LEAST;
        uint64_t target = table + (uint64_t)(int64_t)pair[i % 2];
        if (!in_function(code, target))
            return i >= ENTRIES_LEAST;
        if (target >= low && target <= high)
            cck_jumps_add(out, table, target, false);
    }
    return false;
}

/* lea disp32(%rip),%r64 */
static bool is_table_address(const uint8_t *at)
{
    return (at[0] & 0xfb) == 0x48 && at[1] == 0x8d && (at[2] & 0xc7) == 0x05;
}

bool cck_x86_tables(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out)
{
    const uint8_t *start = code->bytes + (code->function_start - code->start);
    const uint8_t *end = code->bytes + (code->function_end - code->start);
    bool any = false;
    for (const uint8_t *at = start; end - at >= LEA; at++) {
        int32_t by;
        at = memchr(at, 0x8d, (size_t)(end - at) - (LEA - 2));
        if (!at)
            break;
        if (at == start || end - at < LEA - 1 || !is_table_address(at - 1))
            continue;
        memcpy(&by, at + 2, sizeof by);
        uint64_t next = code->start + (uint64_t)(at - code->bytes) + LEA - 1;
        uint64_t table = next + (uint64_t)(int64_t)by;
        if (!in_function(code, table))
            any |= read_table(code, table, low, high, out);
    }
    return any;
}

bool cck_x86_is_relative_jump(const cck_code *code, const uint8_t *jump)
{
    const uint8_t *start = code->bytes + (code->function_start - code->start);
    if (jump > start && jump[-1] == 0x41) /* %r8 to %r15 */
        jump--;
    if (jump > start && jump[-1] == 0x3e) /* notrack */
        jump--;
    /* add %r64,%r64 */
    return jump - start >= 3 && (jump[-3] & 0xf8) == 0x48 && (jump[-2] & 0xfd) == 0x01 &&
           (jump[-1] & 0xc0) == 0xc0;
}
