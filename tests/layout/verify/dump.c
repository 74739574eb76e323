/* SPDX-License-Identifier: MIT */
/*
 * Prints every record type of a program as `layout` read it, for check.py to compare. A line
 * "type", kind, language, size, alignment, name, alias, file; then of each member a line
 * "member", offset in bits, bits (0: no bit-field), size of its type, name, marks (b: base class,
 * a: made by the compiler, v: what holds the variants of a Rust enum). Separated by tabs.
 */
#include <cachecheck/cachecheck.h>
#include <inttypes.h>
#include <stdio.h>

#include "layouts/input.h"

static void print_member(const cck_type *type, const cck_member *member)
{
    bool variants = type->language == CCK_LANGUAGE_RUST && !*member->name &&
                    member->type->kind == CCK_TYPE_UNION && !member->base;
    printf("member\t%" PRIu64 "\t%" PRIu32 "\t%" PRIu64 "\t%s\t%s%s%s\n",
           member->offset * 8 + (member->bit_size ? member->bit_offset : 0), member->bit_size,
           member->type->size, member->name, member->base ? "b" : "", member->artificial ? "a" : "",
           variants ? "v" : "");
}

static void print_type(const cck_type *type)
{
    printf("type\t%s\t%d\t%" PRIu64 "\t%" PRIu32 "\t%s\t%s\t%s\n",
           type->kind == CCK_TYPE_UNION ? "union" : "struct", type->language, type->size,
           type->align, type->name, type->alias, type->file);
    for (size_t i = 0; i < type->member_count; i++)
        print_member(type, &type->members[i]);
}

int main(int argc, char **argv)
{
    cck_corpus corpus = {.type_count = 0};
    cck_input_options options = {.jobs = 1};
    cck_error err;
    for (int i = 1; i < argc; i++)
        if (cck_input_read(&corpus, argv[i], &options, &err) < 0) {
            fprintf(stderr, "%s\n", err.message);
            return 2;
        }
    for (size_t i = 0; i < corpus.type_count; i++)
        print_type(corpus.types[i].type);
    cck_corpus_clear(&corpus);
    return 0;
}
