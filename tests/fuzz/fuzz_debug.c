/* SPDX-License-Identifier: MIT */
/*
 * Damaged ELF and DWARF. The input is not a file, but what to change in one: its first byte
 * chooses a program of tests/fixtures/debug, each further four bytes are a place in it (three,
 * taken modulo its size) and the byte to put there; the place 0xffffff cuts the file, at the
 * byte's share of its size. So inputs stay small, and the files need not be kept.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/debug/debug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const programs[] = {"gcc-2",     "clang-0", "gcc-packed",
                                       "names-g++", "clang-4", "gcc-sections"};
enum { PROGRAMS = sizeof programs / sizeof *programs };

typedef struct program {
    uint8_t *bytes;
    size_t size;
} program;

static program program_read(size_t number)
{
    char path[4096];
    program whole = {.bytes = NULL};
    snprintf(path, sizeof path, "%s/fixtures/debug/%s/program", CCK_FIXTURES, programs[number]);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return whole;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    whole.bytes = size > 0 ? malloc((size_t)size) : NULL;
    if (whole.bytes && fread(whole.bytes, 1, (size_t)size, file) == (size_t)size)
        whole.size = (size_t)size;
    fclose(file);
    return whole;
}

static size_t damage(uint8_t *bytes, size_t size, const uint8_t *data, size_t length)
{
    size_t cut = size;
    for (; length >= 4; data += 4, length -= 4) {
        uint32_t place = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
        if (place == 0xffffff)
            cut = size * data[3] / 256;
        else
            bytes[place % size] = data[3];
    }
    return cut;
}

/* All of what a profile asks, over the places that the undamaged programs have. */
static void ask(cck_debug_module *module)
{
    const cck_frame *frames;
    const cck_type *type;
    cck_variable variable;
    const char *name;
    uint64_t start, size, found[4];
    int64_t offset;
    for (uint64_t at = 0x1000; at < 0x1600; at += 7)
        for (uint64_t base = 0; base <= 0x400000; base += 0x400000) {
            cck_debug_frames(module, base + at, &frames);
            cck_debug_function(module, base + at, &name, &start, &size);
        }
    for (uint64_t at = 0x1100; at < 0x1500; at += 61) {
        for (int64_t below = -96; below < 0; below += 24)
            cck_debug_local(module, at, below, 0, &variable, &start);
        cck_debug_access(module, at, &type, &offset, &variable);
        cck_debug_allocated(module, at, &type);
    }
    for (uint64_t at = 0x4000; at < 0x4100; at += 8) {
        cck_debug_global(module, at, &variable);
        cck_debug_global_near(module, at, 1, &variable);
        cck_debug_global_near(module, at, -1, &variable);
        cck_debug_tls(module, at - 0x4000, &variable);
    }
    cck_debug_find_function(module, "work", found, 4);
    cck_debug_find_global(module, "totals", &variable);
    cck_debug_find_type(module, "struct counter");
    cck_debug_tls_size(module, &size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static program kept[PROGRAMS];
    if (size == 0)
        return 0;
    size_t number = data[0] % PROGRAMS;
    if (!kept[number].bytes)
        kept[number] = program_read(number);
    if (!kept[number].size)
        return 0;
    uint8_t *bytes = malloc(kept[number].size);
    int fd = memfd_create("fuzz_debug", MFD_CLOEXEC);
    if (!bytes || fd < 0)
        abort();
    memcpy(bytes, kept[number].bytes, kept[number].size);
    size_t cut = damage(bytes, kept[number].size, data + 1, size - 1);
    if (write(fd, bytes, cut) != (ssize_t)cut)
        abort();
    free(bytes);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cck_debug *debug;
    cck_debug_module *module;
    if (cck_debug_new(&debug, NULL) == 0) {
        if (cck_debug_open(debug, path, "", &module, NULL) == 0)
            ask(module);
        cck_debug_free(debug);
    }
    close(fd);
    return 0;
}
