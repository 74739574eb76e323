/* SPDX-License-Identifier: MIT */
/* Damaged ELF and DWARF, asked all that a profile asks. */
#include "tests/fuzz/damaged.h"

#include "core/debug/debug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_of_code(cck_debug_module *module, uint64_t at)
{
    const cck_frame *frames;
    const char *name;
    uint64_t start, size;
    cck_debug_frames(module, at, &frames);
    cck_debug_function(module, at, &name, &start, &size);
}

static void ask_of_accesses(cck_debug_module *module, uint64_t at)
{
    const cck_type *type;
    cck_variable variable;
    uint64_t start;
    int64_t offset;
    for (int64_t below = -96; below < 0; below += 24)
        cck_debug_local(module, at, below, 0, 0, &variable, &start);
    cck_debug_access(module, at, &type, &offset, &variable);
    cck_debug_allocated(module, at, &type);
}

static void ask_of_data(cck_debug_module *module, uint64_t at)
{
    cck_variable variable;
    cck_debug_global(module, at, &variable);
    cck_debug_global_near(module, at, 1, &variable);
    cck_debug_global_near(module, at, -1, &variable);
    cck_debug_tls(module, at & 0xff, &variable);
}

static void ask_by_name(cck_debug_module *module)
{
    cck_variable variable;
    uint64_t found[4], size;
    cck_debug_find_function(module, "work", found, 4);
    cck_debug_find_global(module, "totals", &variable);
    cck_debug_find_type(module, "struct counter");
    cck_debug_tls_size(module, &size);
}

/* All of what a profile asks, over the places that the undamaged programs have: of question 0 a
 * few of each kind, which are the same each time; of any other what is at that place. */
static void ask(cck_debug_module *module, uint32_t question)
{
    uint32_t place = question / 4;
    for (uint64_t at = 0x1000; !question && at < 0x1600; at += 149)
        for (uint64_t base = 0; base <= 0x400000; base += 0x400000)
            ask_of_code(module, base + at);
    for (uint64_t at = 0x1100; !question && at < 0x1500; at += 307)
        ask_of_accesses(module, at);
    for (uint64_t at = 0x4000; !question && at < 0x4100; at += 24)
        ask_of_data(module, at);
    if (question && question % 4 < 2)
        ask_of_code(module, 0x1000 + place % 0x600 + (question % 4) * 0x400000);
    if (question % 4 == 2)
        ask_of_accesses(module, 0x1000 + place % 0x600);
    if (question % 4 == 3)
        ask_of_data(module, 0x3f00 + place % 0x200);
    if (question % 16 == 0)
        ask_by_name(module);
}

static void look(const char *path, uint32_t question)
{
    cck_debug *debug;
    cck_debug_module *module;
    if (cck_debug_new(&debug, NULL) != 0)
        return;
    if (cck_debug_open(debug, path, "", &module, NULL) == 0)
        ask(module, question);
    cck_debug_free(debug);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static damaged_file files[] = {
        {.name = "debug/gcc-2/program"},      {.name = "debug/clang-0/program"},
        {.name = "debug/gcc-packed/program"}, {.name = "debug/names-g++/program"},
        {.name = "debug/clang-4/program"},    {.name = "debug/gcc-sections/program"},
        {.name = "debug/small-gcc/program"},  {.name = "debug/small-clang/program"},
    };
    damaged_look(files, sizeof files / sizeof *files, 2, data, size, look);
    return 0;
}
