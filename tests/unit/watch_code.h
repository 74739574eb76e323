/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WATCH_CODE_H
#define TESTS_WATCH_CODE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/watch/decode.h"

/**
 * Code of a table for the decoder, at CODE in a page of `fill`; accesses as text:
 *   +0 rw8as@100000!
 * distance, direction, size, "a" atomic, "s" stack, address in hex, "~" unplaced, "!" executed; "?" alone:
 * accesses are near, but none has an address that is known.
 */
enum { CODE = 0x10000, BEFORE = 4096, ROOM = 8192 };

typedef struct made_code {
    uint8_t bytes[ROOM]; /* from CODE - BEFORE on */
    bool changes;
    bool apart; /* what is before CODE is another mapping */
} made_code;

static size_t made_read(void *context, uint64_t address, void *bytes, size_t size)
{
    const made_code *code = context;
    uint64_t offset = address - (CODE - BEFORE);
    if (offset >= ROOM)
        return 0;
    size_t end = code->apart && offset < BEFORE ? BEFORE : ROOM;
    size_t there = size < end - offset ? size : end - offset;
    memcpy(bytes, code->bytes + offset, there);
    return there;
}

static bool made_fixed(void *context, uint64_t address)
{
    (void)address;
    return !((const made_code *)context)->changes;
}

/* Each word of the stack holds its address and a million. */
static bool made_load(void *context, uint64_t address, uint64_t *out_word)
{
    (void)context;
    *out_word = address + 0x1000000;
    return address >= 0x400000 && address < 0x700000;
}

static inline cck_text made_text(made_code *code)
{
    return (cck_text){
        .read = made_read, .fixed = made_fixed, .load = made_load, .context = code};
}

/* `hex`: "48 8b 18". */
static inline void made_fill(made_code *code, uint8_t fill, const char *hex)
{
    char *end;
    memset(code->bytes, fill, sizeof code->bytes);
    for (size_t i = BEFORE; i < ROOM && *hex; i++, hex = end) {
        code->bytes[i] = (uint8_t)strtoul(hex, &end, 16);
        if (end == hex)
            break;
    }
}

/* Each register holds its number, from one on, times 0x100000. */
static inline cck_registers made_registers(uint64_t ip)
{
    cck_registers registers = {.ip = ip, .thread_base = 0x7000000};
    for (unsigned i = 0; i < CCK_REGISTERS; i++)
        registers.value[i] = (uint64_t)(i + 1) * 0x100000;
    return registers;
}

static inline void describe(const cck_near_access *access, char *out, size_t size)
{
    snprintf(out, size, "%+d %s%s%u%s%s@%llx%s%s", access->distance, access->reads ? "r" : "",
             access->writes ? "w" : "", access->size, access->atomic ? "a" : "",
             access->stack ? "s" : "", (unsigned long long)access->address,
             access->unplaced ? "~" : "", access->executed ? "!" : "");
}

static inline void describe_near(cck_decoder *decoder, uint64_t ip, char *out, size_t size)
{
    cck_near_access found[CCK_ACCESSES_NEAR];
    bool known;
    cck_registers registers = made_registers(ip);
    size_t used = 0,
           count = cck_decoder_near(decoder, &registers, found, CCK_ACCESSES_NEAR, &known);
    snprintf(out, size, "%s", count == 0 && known ? "?" : "");
    for (size_t i = 0; i < count && used < size; i++) {
        char one[80];
        describe(&found[i], one, sizeof one);
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", one);
    }
}

/* The access that a watchpoint on eight bytes at `word` tells, or "". */
static inline void describe_trapped(cck_decoder *decoder, uint64_t ip, uint64_t word, char *out,
                                    size_t size)
{
    cck_near_access found;
    cck_registers registers = made_registers(ip);
    out[0] = '\0';
    if (cck_decoder_trapped(decoder, &registers, word, 8, &found))
        describe(&found, out, size);
}

#endif
