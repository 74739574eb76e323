/* SPDX-License-Identifier: MIT */
/*
 * Who jumps there? Found by what encodings look like at any byte, since where instructions
 * start is known only near the sampled one. A false find costs certainty, a missed one
 * would make it false.
 */
#include <string.h>

#include "probes/watch/decode_x86.h"

enum { SHORT_REACH = 128 + 2 };

static uint32_t load(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* jmp, call and jcc with 32 bits. */
static void long_jump(const cck_code *code, size_t at, uint64_t target, cck_jumps *out)
{
    const uint8_t *opcode = code->bytes + at;
    if (at >= 1 && (opcode[-1] == 0xe9 || opcode[-1] == 0xe8))
        cck_jumps_add(out, code->start + at - 1, target, false);
    else if (at >= 2 && opcode[-2] == 0x0f && (opcode[-1] & 0xf0) == 0x80)
        cck_jumps_add(out, code->start + at - 2, target, false);
}

/* Four numbers of 32 bits, at any byte. */
typedef uint32_t numbers __attribute__((vector_size(16)));

/* Does any of the 16 numbers that start at these bytes lead to within `span` of `first`? */
static bool leads_there(const uint8_t *bytes, uint32_t at, uint32_t first, uint32_t span)
{
    const numbers steps = {0, 4, 8, 12};
    numbers found = {0};
    for (uint32_t i = 0; i < 4; i++) {
        numbers by;
        memcpy(&by, bytes + i, sizeof by);
        found |= (numbers)(by + steps + (at + i - first) <= span);
    }
    return found[0] | found[1] | found[2] | found[3];
}

/* Nearly all of the time goes here: 16 places at once. */
static void long_jumps(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out)
{
    enum { STRIDE = 16, NUMBER = 4 };
    uint32_t first = (uint32_t)(low - code->start - NUMBER), span = (uint32_t)(high - low);
    for (size_t at = 0; at + NUMBER <= code->size; at += STRIDE) {
        if (at + STRIDE + NUMBER <= code->size &&
            !leads_there(code->bytes + at, (uint32_t)at, first, span))
            continue;
        for (size_t i = at; i < at + STRIDE && i + NUMBER <= code->size; i++) {
            uint32_t by = load(code->bytes + i) + (uint32_t)i - first;
            if (by <= span)
                long_jump(code, i, low + by, out);
        }
    }
}

/* jcc, jmp, loop and jrcxz with 8 bits. */
static void short_jumps(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out)
{
    size_t from = low - code->start, to = high - code->start + SHORT_REACH;
    from = from > SHORT_REACH ? from - SHORT_REACH : 0;
    for (size_t i = from; i < to && i + 2 <= code->size; i++) {
        uint8_t opcode = code->bytes[i];
        if ((opcode & 0xf0) != 0x70 && opcode != 0xeb && (opcode & 0xfc) != 0xe0)
            continue;
        uint64_t target = code->start + i + 2 + (uint64_t)(int8_t)code->bytes[i + 1];
        if (target >= low && target <= high)
            cck_jumps_add(out, code->start + i, target, true);
    }
}

/* A function that is not whole may have its tables named in what is missing. */
static bool is_whole(const cck_code *code)
{
    return code->function_start > code->start && code->function_end < code->start + code->size;
}

/*
 * A jump by a table leads to any label of its function: jmp *reg, and jmp *mem with an
 * index. Others through memory are calls of another function (PLT, virtual functions).
 * `*out_relative`: all of them are of the kind whose tables can be read.
 */
static bool has_table_jump(const cck_code *code, bool *out_relative)
{
    const uint8_t *at = code->bytes + (code->function_start - code->start);
    const uint8_t *end = code->bytes + (code->function_end - code->start);
    bool any = false;
    *out_relative = is_whole(code);
    for (; end - at >= 3; at++) {
        at = memchr(at, 0xff, (size_t)(end - at) - 2);
        if (!at)
            break;
        bool reg = (at[1] & 0xf8) == 0xe0;
        bool indexed = (at[1] == 0x24 || at[1] == 0x64 || at[1] == 0xa4) && (at[2] & 0x38) != 0x20;
        any |= reg || indexed;
        if (indexed || (reg && !cck_x86_is_relative_jump(code, at)))
            *out_relative = false;
    }
    return any;
}

void cck_x86_jumps(const cck_code *code, uint64_t low, uint64_t high, cck_jumps *out)
{
    bool relative;
    long_jumps(code, low, high, out);
    short_jumps(code, low, high, out);
    if (has_table_jump(code, &relative))
        out->anywhere |= !relative || !cck_x86_tables(code, low, high, out);
}
