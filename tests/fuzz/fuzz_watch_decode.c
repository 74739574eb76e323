/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as code near a sample, of either architecture; any file as one to find functions
 * in. The first byte chooses (0 x86-64, 1 arm64, 2 file; 4: the code may change), the second
 * is the offset of the sampled instruction in the rest.
 */
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/watch/decode.h"
#include "probes/watch/text_function.h"
#include "tests/fuzz/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BASE = 0x10000, DISTANCE = 6 };

typedef struct code {
    const uint8_t *bytes;
    size_t size;
    bool fixed;
} code;

static size_t read_code(void *context, uint64_t address, void *bytes, size_t size)
{
    const code *from = context;
    if (address < BASE || address - BASE >= from->size)
        return 0;
    size_t left = from->size - (address - BASE);
    if (size > left)
        size = left;
    memcpy(bytes, from->bytes + (address - BASE), size);
    return size;
}

static bool is_fixed(void *context, uint64_t address)
{
    (void)address;
    return ((const code *)context)->fixed;
}

static bool function_of(void *context, uint64_t address, uint64_t *out_start, uint64_t *out_end)
{
    const code *from = context;
    *out_start = address - from->bytes[0];
    *out_end = address + from->bytes[from->size - 1];
    return from->bytes[0] & 1;
}

static void check(const cck_near_access *access)
{
    uint64_t last = access->address + access->size;
    if (access->size == 0 || last < access->address || last > (uint64_t)1 << 56 ||
        access->distance < -DISTANCE || access->distance > DISTANCE ||
        (access->executed && access->distance > 0) || !(access->reads || access->writes))
        abort();
}

static void decode(const uint8_t *data, size_t size)
{
    code from = {.bytes = data + 2, .size = size - 2, .fixed = !(data[0] & 4)};
    cck_text text = {
        .read = read_code, .fixed = is_fixed, .function = function_of, .context = &from};
    cck_near_access found[CCK_ACCESSES_NEAR];
    cck_decoder *decoder;
    cck_registers registers = {.ip = BASE + data[1], .thread_base = 0x70000000};
    for (unsigned i = 0; i < CCK_REGISTERS; i++)
        registers.value[i] = (uint64_t)data[i % size] << (i * 2);
    if (cck_decoder_new(&decoder, data[0] & 1 ? EM_AARCH64 : EM_X86_64, &text, NULL) < 0)
        return;
    for (int again = 0; again < 2; again++) {
        bool known;
        size_t count = cck_decoder_near(decoder, &registers, found, CCK_ACCESSES_NEAR, &known);
        if (count > CCK_ACCESSES_NEAR || (count && !known))
            abort();
        for (size_t i = 0; i < count; i++)
            check(&found[i]);
        for (size_t i = 0; i < count; i++) {
            cck_near_access hit;
            if (cck_decoder_trapped(decoder, &registers, found[i].address & ~(uint64_t)7, 8, &hit))
                check(&hit);
        }
        cck_decoder_forget(decoder, BASE, BASE + data[0]);
    }
    cck_decoder_free(decoder);
}

static void find_functions(const uint8_t *data, size_t size)
{
    uint64_t start, end;
    int fd = fuzz_file_open(data, size);
    for (uint64_t at = 0; at < size; at += 61)
        if (cck_text_function(fd, at, &start, &end) && (at < start || at >= end))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    if (data[0] & 2)
        find_functions(data + 2, size - 2);
    else
        decode(data, size);
    return 0;
}
