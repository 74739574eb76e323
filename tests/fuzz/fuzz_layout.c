/* SPDX-License-Identifier: MIT */
/* Damaged programs, objects and archives, read whole as `layout` does. */
#include "tests/fuzz/damaged.h"

#include "layouts/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool leaf(void *context, const cck_field *field)
{
    size_t *left = context;
    return field->type && (*left)-- > 0;
}

static void look(const char *path, uint32_t question)
{
    (void)question; /* all is read */
    cck_corpus corpus = {.types = NULL};
    cck_input_read(&corpus, path, &(cck_input_options){.jobs = 1}, NULL);
    cck_corpus_sort(&corpus);
    for (size_t i = 0; i < corpus.type_count; i++) {
        size_t leaves = 1000;
        cck_type_leaves(corpus.types[i].type, leaf, &leaves);
    }
    cck_corpus_clear(&corpus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static damaged_file files[] = {
        {.name = "debug/gcc-2/program"},
        {.name = "debug/clang-0/program"},
        {.name = "debug/gcc-packed/program"},
        {.name = "debug/names-g++/program"},
        {.name = "debug/clang-4/program"},
        {.name = "debug/gcc-sections/program"},
        {.name = "layout/both.a"},
        {.name = "layout/first.o"},
        {.name = "debug/small-gcc/program"},
        {.name = "debug/small-clang/program"},
    };
    damaged_look(files, sizeof files / sizeof *files, 2, data, size, look);
    return 0;
}
