/* SPDX-License-Identifier: MIT */
/* Damaged ELF and DWARF, asked all that a profile asks. */
#include "tests/fuzz/damaged.h"

#include "core/debug/debug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
            cck_debug_local(module, at, below, 0, 0, &variable, &start);
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

static void look(const char *path)
{
    cck_debug *debug;
    cck_debug_module *module;
    if (cck_debug_new(&debug, NULL) != 0)
        return;
    if (cck_debug_open(debug, path, "", &module, NULL) == 0)
        ask(module);
    cck_debug_free(debug);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static damaged_file files[] = {
        {.name = "debug/gcc-2/program"},      {.name = "debug/clang-0/program"},
        {.name = "debug/gcc-packed/program"}, {.name = "debug/names-g++/program"},
        {.name = "debug/clang-4/program"},    {.name = "debug/gcc-sections/program"},
    };
    damaged_look(files, sizeof files / sizeof *files, data, size, look);
    return 0;
}
