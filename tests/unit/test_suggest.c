/* SPDX-License-Identifier: MIT */
/* Suggestions: the layout that is computed is the one that the compiler makes of it. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/debug/layout_text.h"
#include "core/debug/suggest.h"

struct before {
    char kind;
    long hits;
    int users;
    short tail[3];
};

/* What the suggestion for `hits` says to write. */
struct after {
    char kind;
    alignas(64) long hits;
    alignas(64) int users;
    short tail[3];
};

static const cck_type type_char = {
    .kind = CCK_TYPE_BASE, .name = "char", .alias = "", .file = "", .size = 1, .align = 1};
static const cck_type type_long = {
    .kind = CCK_TYPE_BASE, .name = "long", .alias = "", .file = "", .size = 8, .align = 8};
static const cck_type type_int = {.kind = CCK_TYPE_BASE,
                                  .name = "int",
                                  .alias = "",
                                  .file = "",
                                  .size = 4,
                                  .align = 4,
                                  .sync = CCK_SYNC_ATOMIC,
                                  .is_atomic = true};
static const cck_type type_short = {
    .kind = CCK_TYPE_BASE, .name = "short", .alias = "", .file = "", .size = 2, .align = 2};
static const cck_type type_shorts = {.kind = CCK_TYPE_ARRAY,
                                     .name = "short[3]",
                                     .alias = "",
                                     .file = "",
                                     .size = 6,
                                     .align = 2,
                                     .target = &type_short,
                                     .count = 3,
                                     .stride = 2};
static const cck_member members[] = {
    {.name = "kind", .type = &type_char, .offset = offsetof(struct before, kind), .file = ""},
    {.name = "hits", .type = &type_long, .offset = offsetof(struct before, hits), .file = ""},
    {.name = "users", .type = &type_int, .offset = offsetof(struct before, users), .file = ""},
    {.name = "tail", .type = &type_shorts, .offset = offsetof(struct before, tail), .file = ""},
};
static const cck_type before = {.kind = CCK_TYPE_STRUCT,
                                .name = "struct before",
                                .alias = "",
                                .file = "",
                                .size = sizeof(struct before),
                                .align = 8,
                                .language = CCK_LANGUAGE_C,
                                .members = members,
                                .member_count = 4};

static uint64_t moved(const cck_change *suggestion, uint64_t offset)
{
    return cck_relayout_offset(&suggestion->layout, sizeof(struct before), offset);
}

static void a_field_gets_lines_of_its_own(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_change suggestion;
    cck_suggest_request request = {.kind = CCK_SUGGEST_FIELD,
                                   .type = &before,
                                   .line = 64,
                                   .offset = offsetof(struct before, hits) + 3};
    assert_true(cck_suggest(&request, &arena, &suggestion));
    assert_int_equal(suggestion.new_size, sizeof(struct after));
    assert_int_equal(suggestion.cost, sizeof(struct after) - sizeof(struct before));
    assert_int_equal(suggestion.layout.new_align, alignof(struct after));
    assert_int_equal(moved(&suggestion, 0), 0);
    assert_int_equal(moved(&suggestion, offsetof(struct before, hits) + 5),
                     offsetof(struct after, hits) + 5);
    assert_int_equal(moved(&suggestion, offsetof(struct before, users)),
                     offsetof(struct after, users));
    assert_int_equal(moved(&suggestion, offsetof(struct before, tail) + 4),
                     offsetof(struct after, tail) + 4);
    assert_int_equal(moved(&suggestion, sizeof(struct before) + offsetof(struct before, hits)),
                     sizeof(struct after) + offsetof(struct after, hits));
    assert_string_equal(suggestion.code,
                        "_Alignas(64) long hits;\n_Alignas(64) _Atomic int users;");
    assert_non_null(strstr(suggestion.text, "give hits of struct before a line of its own"));
    request.language = CCK_LANGUAGE_CPP;
    assert_true(cck_suggest(&request, &arena, &suggestion));
    assert_non_null(strstr(suggestion.code, "alignas(64) long hits;"));
    request.offset = 3; /* padding */
    assert_false(cck_suggest(&request, &arena, &suggestion));
    cck_arena_clear(&arena);
}

/* What follows a part's first field stays with it: as the compiler does it. */
static void parts_start_lines(void **state)
{
    (void)state;
    struct parts {
        char kind;
        alignas(64) long hits;
        int users;
        alignas(64) short tail[3];
    };
    cck_arena arena = {0};
    cck_change change;
    const uint64_t starts[] = {offsetof(struct before, hits), offsetof(struct before, tail) + 2};
    cck_suggest_request request = {
        .kind = CCK_SUGGEST_PARTS, .type = &before, .line = 64, .starts = starts, .start_count = 2};
    assert_true(cck_suggest(&request, &arena, &change));
    assert_int_equal(change.new_size, sizeof(struct parts));
    assert_int_equal(moved(&change, offsetof(struct before, users)), offsetof(struct parts, users));
    assert_int_equal(moved(&change, offsetof(struct before, tail)), offsetof(struct parts, tail));
    assert_string_equal(change.code, "_Alignas(64) long hits;\n_Alignas(64) short tail[3];");
    assert_string_equal(change.text, "align `hits` and `tail` of `struct before` to 64 bytes");
    request.start_count = 1;
    assert_true(cck_suggest(&request, &arena, &change));
    assert_int_equal(change.cost, 128 - sizeof(struct before));
    request.language = CCK_LANGUAGE_GO;
    assert_true(cck_suggest(&request, &arena, &change));
    assert_string_equal(change.code, "_ [56]byte\nhits long");
    request.language = CCK_LANGUAGE_RUST;
    assert_true(cck_suggest(&request, &arena, &change));
    assert_non_null(strstr(change.code, "\nhits: CacheAligned<long>,"));
    cck_arena_clear(&arena);
}

static void what_stands_alone_needs_nothing(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_change suggestion;
    cck_member apart[] = {members[0], members[1], members[2], members[3]};
    apart[1].offset = offsetof(struct after, hits);
    apart[1].align = 64;
    apart[2].offset = offsetof(struct after, users);
    apart[2].align = 64;
    apart[3].offset = offsetof(struct after, tail);
    cck_type after = before;
    after.members = apart;
    after.size = sizeof(struct after);
    after.align = 64;
    cck_suggest_request request = {.kind = CCK_SUGGEST_FIELD,
                                   .type = &after,
                                   .line = 64,
                                   .offset = offsetof(struct after, hits)};
    assert_false(cck_suggest(&request, &arena, &suggestion));
    request.kind = CCK_SUGGEST_ELEMENT;
    assert_false(cck_suggest(&request, &arena, &suggestion));
    request.line = 0;
    assert_false(cck_suggest(&request, &arena, &suggestion));
    cck_arena_clear(&arena);
}

static void each_language_has_its_idiom(void **state)
{
    (void)state;
    static const struct {
        cck_suggest_kind kind;
        cck_language language;
        const char *code;
    } cases[] = {
        {CCK_SUGGEST_FIELD, CCK_LANGUAGE_RUST, "hits: CacheAligned<long>,"},
        {CCK_SUGGEST_FIELD, CCK_LANGUAGE_GO, "_ [56]byte\nhits long\n_ [56]byte"},
        {CCK_SUGGEST_ELEMENT, CCK_LANGUAGE_C,
         "struct before { ... } __attribute__((aligned(64)));"},
        {CCK_SUGGEST_ELEMENT, CCK_LANGUAGE_CPP, "struct alignas(64)"},
        {CCK_SUGGEST_ELEMENT, CCK_LANGUAGE_RUST, "#[repr(align(64))]"},
        {CCK_SUGGEST_ELEMENT, CCK_LANGUAGE_GO, "_ [32]byte"},
        {CCK_SUGGEST_GLOBAL, CCK_LANGUAGE_C, "_Alignas(64) struct before total;"},
        {CCK_SUGGEST_GLOBAL, CCK_LANGUAGE_RUST, "static total: crossbeam_utils::CachePadded<"},
        {CCK_SUGGEST_HEAP, CCK_LANGUAGE_C, "aligned_alloc(64, 64)"},
        {CCK_SUGGEST_HEAP, CCK_LANGUAGE_CPP, "alignas(64)"},
    };
    cck_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_change suggestion;
        cck_suggest_request request = {.kind = cases[i].kind,
                                       .type = &before,
                                       .line = 64,
                                       .offset = 8,
                                       .name = "total",
                                       .language = cases[i].language};
        assert_true(cck_suggest(&request, &arena, &suggestion));
        if (!strstr(suggestion.code, cases[i].code))
            fail_msg("case %zu: %s", i, suggestion.code);
        if (cases[i].kind != CCK_SUGGEST_FIELD)
            assert_int_equal(suggestion.new_size, 64);
    }
    cck_change suggestion;
    cck_suggest_request block = {.kind = CCK_SUGGEST_HEAP, .size = 100, .line = 128};
    assert_true(cck_suggest(&block, &arena, &suggestion));
    assert_int_equal(suggestion.cost, 28);
    cck_arena_clear(&arena);
}

static void what_has_no_name_gets_none(void **state)
{
    (void)state;
    cck_type unnamed = before,
             word = {.name = "int", .alias = "", .kind = CCK_TYPE_BASE, .size = 4};
    unnamed.name = unnamed.alias = "";
    const cck_type row = {.name = "",
                          .alias = "",
                          .kind = CCK_TYPE_ARRAY,
                          .size = 16,
                          .stride = 4,
                          .count = 4,
                          .target = &word};
    const struct {
        const cck_type *type;
        cck_language language;
        const char *code;
    } cases[] = {
        {&unnamed, CCK_LANGUAGE_C, "struct { ... } __attribute__((aligned(64)))"},
        {&unnamed, CCK_LANGUAGE_CPP, "struct alignas(64) { ... }"},
        {&row, CCK_LANGUAGE_C, "struct padded { _Alignas(64) int value[4]; };"},
        {&row, CCK_LANGUAGE_CPP, "struct alignas(64) padded { int value[4]; };"},
    };
    cck_arena arena = {0};
    cck_change suggestion;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cck_suggest_request request = {.kind = CCK_SUGGEST_ELEMENT,
                                             .type = cases[i].type,
                                             .line = 64,
                                             .language = cases[i].language};
        assert_true(cck_suggest(&request, &arena, &suggestion));
        assert_string_equal(suggestion.code, cases[i].code);
    }
    const cck_suggest_request local = {.kind = CCK_SUGGEST_GLOBAL,
                                       .type = &before,
                                       .line = 64,
                                       .name = "total",
                                       .language = CCK_LANGUAGE_RUST,
                                       .local = true};
    assert_true(cck_suggest(&local, &arena, &suggestion));
    assert_non_null(strstr(suggestion.code, "let mut total: "));
    cck_arena_clear(&arena);
}

/* A type is changed where it is declared, by the name that it has there; a library's cannot be. */
static void types_are_written_as_the_source_has_them(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        cck_language language;
        const char *file, *code;
    } cases[] = {
        {"net::Pool<int>::Stats", CCK_LANGUAGE_CPP, "pool.hh", "struct alignas(64) Stats { ... };"},
        {"(anonymous namespace)::Slot<std::pair<int, int> >", CCK_LANGUAGE_CPP, "pool.cc",
         "struct alignas(64) Slot { ... };"},
        {"std::pair<long, net::Id>", CCK_LANGUAGE_CPP, "/usr/include/c++/12/bits/stl_pair.h",
         "struct alignas(64) padded { std::pair<long, net::Id> value; };"},
        {"struct timespec", CCK_LANGUAGE_C, "/usr/include/bits/types/struct_timespec.h",
         "struct padded { _Alignas(64) struct timespec value; };"},
        {"app::pool::Worker", CCK_LANGUAGE_RUST, "", "#[repr(align(64))]\nstruct Worker { ... }"},
        {"app::Slot<core::option::Option<u64>>", CCK_LANGUAGE_RUST, "",
         "#[repr(align(64))]\nstruct Slot { ... }"},
        {"std::sync::poison::mutex::Mutex<app::pool::Worker>", CCK_LANGUAGE_RUST, "",
         "crossbeam_utils::CachePadded<Mutex<Worker>>"},
        {"(u64, app::Id)", CCK_LANGUAGE_RUST, "", "crossbeam_utils::CachePadded<(u64, Id)>"},
        {"main.Stats", CCK_LANGUAGE_GO, "", "type Stats struct {\n\t...\n\t_ [32]byte\n}"},
    };
    cck_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_type type = before;
        type.name = cases[i].name;
        type.language = cases[i].language;
        type.file = cases[i].file;
        const cck_suggest_request request = {
            .kind = CCK_SUGGEST_ELEMENT, .type = &type, .line = 64};
        cck_change change;
        assert_true(cck_suggest(&request, &arena, &change));
        assert_string_equal(change.code, cases[i].code);
    }
    cck_arena_clear(&arena);
}

static void layouts_are_printed_as_source(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    cck_layout_print(&before, 16, out);
    fclose(out);
    assert_string_equal(text, "struct before {\n"
                              "    /* ---- line 0, at byte 0 ---- */\n"
                              "    char kind;                               /* 0, 1 */\n"
                              "    /* 7 bytes hole */\n"
                              "    long hits;                               /* 8, 8 */\n"
                              "    /* ---- line 1, at byte 16 ---- */\n"
                              "    _Atomic int users;                       /* 16, 4, atomic */\n"
                              "    short tail[3];                           /* 20, 6 */\n"
                              "    /* 6 bytes padding at the end */\n"
                              "}; /* 32 bytes, aligned 8, 2 lines */\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_gets_lines_of_its_own),
        cmocka_unit_test(parts_start_lines),
        cmocka_unit_test(what_stands_alone_needs_nothing),
        cmocka_unit_test(each_language_has_its_idiom),
        cmocka_unit_test(what_has_no_name_gets_none),
        cmocka_unit_test(types_are_written_as_the_source_has_them),
        cmocka_unit_test(layouts_are_printed_as_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
