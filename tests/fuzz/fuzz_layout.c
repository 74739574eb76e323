/* SPDX-License-Identifier: MIT */
/*
 * Damaged programs, objects and archives, read whole as `layout` does. As in fuzz_debug.c the
 * input says what to change: its first byte chooses a file, each further four bytes are a place
 * in it (three, modulo its size) and the byte to put there; the place 0xffffff cuts the file.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "layouts/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = {
    "debug/gcc-2/program",     "debug/clang-0/program", "debug/gcc-packed/program",
    "debug/names-g++/program", "debug/clang-4/program", "debug/gcc-sections/program",
    "layout/both.a",           "layout/first.o"};
enum { FILES = sizeof files / sizeof *files };

typedef struct bytes {
    uint8_t *at;
    size_t size;
} bytes;

static bytes file_read(size_t number)
{
    char path[4096];
    bytes whole = {.at = NULL};
    snprintf(path, sizeof path, "%s/fixtures/%s", CCK_FIXTURES, files[number]);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return whole;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    whole.at = size > 0 ? malloc((size_t)size) : NULL;
    if (whole.at && fread(whole.at, 1, (size_t)size, file) == (size_t)size)
        whole.size = (size_t)size;
    fclose(file);
    return whole;
}

static size_t damage(uint8_t *at, size_t size, const uint8_t *data, size_t length)
{
    size_t cut = size;
    for (; length >= 4; data += 4, length -= 4) {
        uint32_t place = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
        if (place == 0xffffff)
            cut = size * data[3] / 256;
        else
            at[place % size] = data[3];
    }
    return cut;
}

static bool leaf(void *context, const cck_field *field)
{
    size_t *left = context;
    return field->type && (*left)-- > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bytes kept[FILES];
    if (size == 0)
        return 0;
    size_t number = data[0] % FILES;
    if (!kept[number].at)
        kept[number] = file_read(number);
    if (!kept[number].size)
        return 0;
    uint8_t *copy = malloc(kept[number].size);
    int fd = memfd_create("fuzz_layout", MFD_CLOEXEC);
    if (!copy || fd < 0)
        abort();
    memcpy(copy, kept[number].at, kept[number].size);
    size_t cut = damage(copy, kept[number].size, data + 1, size - 1);
    if (write(fd, copy, cut) != (ssize_t)cut)
        abort();
    free(copy);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cck_corpus corpus = {.types = NULL};
    cck_input_read(&corpus, path, &(cck_input_options){.jobs = 1}, NULL);
    cck_corpus_sort(&corpus);
    for (size_t i = 0; i < corpus.type_count; i++) {
        size_t leaves = 1000;
        cck_type_leaves(corpus.types[i].type, leaf, &leaves);
    }
    cck_corpus_clear(&corpus);
    close(fd);
    return 0;
}
