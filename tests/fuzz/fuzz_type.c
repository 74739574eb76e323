/* SPDX-License-Identifier: MIT */
/* Bytes as a program with DWARF: types and accesses or none, never a crash or a hang. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/debug/debug.h"
#include "core/debug/layout_text.h"
#include "core/debug/suggest.h"
#include "tests/fuzz/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool count(void *context, const cck_field *leaf)
{
    unsigned *left = context;
    if (!leaf->type)
        abort();
    return --*left > 0;
}

static void look_at(const cck_type *type)
{
    cck_field field;
    cck_change suggestion;
    cck_arena arena = {0};
    unsigned left = 1000;
    cck_type_leaves(type, count, &left);
    for (uint64_t offset = 0; offset < 256; offset += 4) {
        cck_suggest_request request = {.type = type,
                                       .offset = offset,
                                       .name = "x",
                                       .line = 64,
                                       .starts = &offset,
                                       .start_count = 1};
        if (cck_type_field(type, offset, 4, &field) && !field.type)
            abort();
        if (offset % 32 == 0)
            cck_suggest(&request, &arena, &suggestion);
        request.kind = CCK_SUGGEST_PARTS;
        if (offset % 32 == 0)
            cck_suggest(&request, &arena, &suggestion);
    }
    static FILE *out;
    if (!out)
        out = fopen("/dev/null", "we");
    if (out)
        cck_layout_print(type, 64, out);
    cck_arena_clear(&arena);
}

static void ask(cck_debug_module *module)
{
    static const char *const names[] = {"struct stats", "slot", "atomic_t", "stats"};
    cck_variable variable;
    uint64_t start, size;
    const cck_type *type;
    int64_t offset;
    const char *name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        type = cck_debug_find_type(module, names[i]);
        if (type)
            look_at(type);
    }
    if (cck_debug_find_function(module, "bump", &start, 1) == 0 ||
        !cck_debug_function(module, start, &name, &start, &size))
        return;
    for (uint64_t at = start; at - start < size && at - start < 256; at++) {
        if (cck_debug_access(module, at, &type, &offset, &variable) && !type)
            abort();
        cck_debug_allocated(module, at, &type);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_debug *debug = NULL;
    cck_debug_module *module;
    if (cck_debug_new(&debug, NULL) == 0 &&
        cck_debug_open(debug, fuzz_file(data, size), "", &module, NULL) == 0)
        ask(module);
    cck_debug_free(debug);
    return 0;
}
