/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_DAMAGED_H
#define FUZZ_DAMAGED_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/file.h"

/**
 * Damaged files. The input is not a file (unless it begins as an ELF file does: then it is one),
 * but what to change in one: its first byte chooses one of them, from 0x80 on a small one, each
 * further four bytes are a place in it (three, taken modulo its size) and the byte to put there;
 * the place 0xffffff cuts the file, at the byte's share of its size. So inputs stay small, and the
 * files need not be kept. What is left behind the last four, up to three bytes, chooses what is
 * asked of the file.
 */
typedef struct damaged_file {
    const char *name; /* below tests/fixtures of the build */
    uint8_t *bytes;   /* as it was built; NULL: not read yet */
    size_t size;
} damaged_file;

enum { DAMAGED_SMALL = 0x80, DAMAGED_ELF = 0x7f };

static void damaged_read(damaged_file *file)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/fixtures/%s", CCK_FIXTURES, file->name);
    FILE *stream = fopen(path, "rbe");
    if (!stream)
        return;
    fseek(stream, 0, SEEK_END);
    long size = ftell(stream);
    rewind(stream);
    file->bytes = size > 0 ? malloc((size_t)size) : NULL;
    if (file->bytes && fread(file->bytes, 1, (size_t)size, stream) == (size_t)size)
        file->size = (size_t)size;
    fclose(stream);
}

static size_t damage(uint8_t *bytes, size_t size, const uint8_t *data, size_t length,
                     uint32_t *out_question)
{
    size_t cut = size;
    for (; length >= 4; data += 4, length -= 4) {
        uint32_t place = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
        if (place == 0xffffff)
            cut = size * data[3] / 256;
        else
            bytes[place % size] = data[3];
    }
    *out_question = 0;
    while (length)
        *out_question = *out_question << 8 | data[--length];
    return cut;
}

#ifdef FUZZ_LIBFUZZER
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

/** Seven of eight go to a small file, which takes a fraction of the time; what is found in one file
 * is tried in others as well by that. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, most);
    if (size && seed % 8 && data[0] != DAMAGED_ELF)
        data[0] |= DAMAGED_SMALL;
    return size;
}
#endif

/** Hand the damaged file to `look` by a path; nothing if the file was not built. The last `small`
 * of the `count` files are the small ones. */
static inline void damaged_look(damaged_file *files, size_t count, size_t small,
                                const uint8_t *data, size_t size,
                                void (*look)(const char *path, uint32_t question))
{
    if (!size)
        return;
    if (size >= 4 && memcmp(data, "\177ELF", 4) == 0) {
        look(fuzz_file(data, size), 0);
        return;
    }
    size_t large = count - small;
    damaged_file *file =
        data[0] & DAMAGED_SMALL ? &files[large + data[0] % small] : &files[data[0] % large];
    if (!file->bytes)
        damaged_read(file);
    if (!file->bytes || !file->size)
        return;
    uint8_t *bytes = malloc(file->size);
    uint32_t question;
    if (!bytes)
        abort();
    memcpy(bytes, file->bytes, file->size);
    size_t cut = damage(bytes, file->size, data + 1, size - 1, &question);
    look(fuzz_file(bytes, cut), question);
    free(bytes);
}

#endif
