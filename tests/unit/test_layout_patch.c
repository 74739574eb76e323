/* SPDX-License-Identifier: MIT */
/* Declarations in sources, edits and diffs, and orders of members: without a compiler. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "layouts/alloc_macro.h"
#include "layouts/patch.h"
#include "layouts/view.h"

/* ---- a file of the test's own ---- */

typedef struct scratch {
    cck_arena arena;
    cck_patch_files files;
    char path[64];
} scratch;

static const cck_patch_file *write_source(scratch *at, const char *text)
{
    *at = (scratch){.path = "/tmp/cck-patch-XXXXXX"};
    at->files.arena = &at->arena;
    int fd = mkstemp(at->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    const cck_patch_file *file = cck_patch_file_get(&at->files, at->path);
    assert_non_null(file);
    return file;
}

static void clear(scratch *at)
{
    unlink(at->path);
    cck_arena_clear(&at->arena);
}

/* ---- declarations ---- */

typedef struct declaration_case {
    const char *text;
    uint32_t line;
    const char *name;
    const char *declared; /* the declaration's text; NULL: refused */
    const char *why;      /* a part of the refusal */
} declaration_case;

static const declaration_case cases[] = {
    {"struct a {\n\tint x; /* one; two */\n};", 2, "x", "int x", NULL},
    {"struct a {\n\tint /* x; */ x;\n};", 2, "x", "int /* x; */ x", NULL},
    {"struct a {\n// int x;\n\tint x;\n};", 3, "x", "int x", NULL},
    {"struct a { int w; int x; };", 1, "x", "int x", NULL},
    {"class a {\npublic:\n  std::atomic<int> x{0};\n};", 3, "x", "std::atomic<int> x{0}", NULL},
    {"class a {\npublic: ns::T x;\n};", 2, "x", "ns::T x", NULL},
    {"struct a {\n  std::map<int, long>\n      x;\n};", 3, "x", "std::map<int, long>\n      x",
     NULL},
    {"struct a {\n  int x[4], y;\n};", 2, "x", "int x[4], y", NULL},
    {"struct a {\n  int y, x;\n};", 2, "x", "int y, x", NULL},
    {"struct a {\n  int y:3, x:4;\n};", 2, "x", NULL, "several"},
    {"struct a {\n  unsigned x : 3;\n};", 2, "x", NULL, "bit-field"},
    {"struct a {\n  _Alignas(64) int x;\n};", 2, "x", NULL, "aligned already"},
    {"struct a {\n  int x __attribute__((aligned(8)));\n};", 2, "x", NULL, "aligned already"},
    {"#define F int x\nstruct a {\n  F;\n};", 3, "x", NULL, "macro"},
    {"struct a {\n  struct { int y; } x;\n};", 2, "x", NULL, "not on one declaration"},
    {"struct a {\n  char c = ';', *s = \"};\"; int x = 1'000;\n};", 2, "x", "int x = 1'000", NULL},
    {"struct a {\n  int x;\n};", 9, "x", NULL, "not in the file"},
    {"struct a {\n  int x", 2, "x", NULL, "ends"},
    {"static volatile int x = {1};", 1, "x", "static volatile int x = {1}", NULL},
};

static void declarations_are_found_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scratch at;
        cck_declaration found;
        const cck_patch_file *file = write_source(&at, cases[i].text);
        const char *why = cck_patch_declaration(file, cases[i].line, cases[i].name, &found);
        if (!why != !cases[i].why || (why && !strstr(why, cases[i].why)))
            fail_msg("%s: %s", cases[i].text, why ? why : "was not refused");
        if (!why &&
            (found.end - found.start != strlen(cases[i].declared) ||
             memcmp(file->text + found.start, cases[i].declared, found.end - found.start) != 0))
            fail_msg("%s: got '%.*s'", cases[i].text, (int)(found.end - found.start),
                     file->text + found.start);
        clear(&at);
    }
}

/* "int y, *x, z": the type, and the commas on both sides of what is meant. */
static void several_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *type, *before, *after; /* what follows the commas */
    } several[] = {
        {"struct a { unsigned long y, *x, z; };", "x", "unsigned long", " *x", " z"},
        {"struct a { unsigned long *x, z; };", "x", "unsigned long", NULL, " z"},
        {"struct a { std::map<int, long> w, x; };", "x", "std::map<int, long>", " x", NULL},
        {"struct a { int x; };", "x", "int", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof several / sizeof *several; i++) {
        scratch at;
        cck_declaration found;
        const cck_patch_file *file = write_source(&at, several[i].text);
        assert_null(cck_patch_declaration(file, 1, several[i].name, &found));
        assert_int_equal(found.type_end - found.start, strlen(several[i].type));
        assert_memory_equal(file->text + found.start, several[i].type, strlen(several[i].type));
        assert_int_equal(found.before != 0, several[i].before != NULL);
        assert_int_equal(found.after != 0, several[i].after != NULL);
        if (several[i].before)
            assert_ptr_equal(strstr(file->text + found.before, several[i].before),
                             file->text + found.before + 1);
        if (several[i].after)
            assert_ptr_equal(strstr(file->text + found.after, several[i].after),
                             file->text + found.after + 1);
        clear(&at);
    }
}

/* ---- diffs ---- */

static char *diff_of(const cck_edit *edits, size_t count)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cck_edits_write_diff(edits, count, out);
    fclose(out);
    return text;
}

static void diffs_are_unified_ones(void **state)
{
    (void)state;
    scratch at;
    const cck_patch_file *file = write_source(&at, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14");
    cck_edit edits[] = {
        {file, cck_patch_line(file, 14), 0, "B "},
        {file, cck_patch_line(file, 2), 0, "A "},
        {file, cck_patch_line(file, 2), 0, "A "},
    };
    size_t count = cck_edits_sort(edits, 3);
    assert_int_equal(count, 2);
    char *diff = diff_of(edits, count);
    const char *body = strstr(diff, "@@");
    assert_non_null(body);
    assert_string_equal(body, "@@ -1,5 +1,5 @@\n 1\n-2\n+A 2\n 3\n 4\n 5\n"
                              "@@ -11,4 +11,4 @@\n 11\n 12\n 13\n-14\n"
                              "\\ No newline at end of file\n+B 14\n"
                              "\\ No newline at end of file\n");
    free(diff);
    size_t size;
    char *text = cck_edits_apply(file, edits, count, &size);
    assert_int_equal(size, file->size + 4);
    assert_memory_equal(text, "1\nA 2\n3\n", 8);
    assert_string_equal(text + size - 5, "\nB 14");
    free(text);
    clear(&at);
}

/* ---- macros that allocate ---- */

static void macros_are_written_out(void **state)
{
    (void)state;
    static const struct {
        const char *text, *call, *made; /* NULL: none is made of it */
    } macros[] = {
        {"#define NEW(type, n) ((type *)malloc((n) * sizeof(type)))\n", "NEW(struct lane, 2 + n)",
         "((struct lane *)aligned_alloc(64, (2 + n) * sizeof(struct lane)))"},
        {"# define NEW( n , T ) malloc((n) * \\\n  sizeof (T))", "NEW(f(1, 2), struct lane)",
         "aligned_alloc(64, (f(1, 2)) *     sizeof (struct lane))"},
        {"#define NEW(T) calloc(1, sizeof(T))", "NEW(struct lane)", NULL},
        {"#define NEW(T) malloc(sizeof(T)) /* #T */", "NEW(struct lane)", NULL},
        {"#define NEW(T) malloc(sizeof(T))", "NEW(struct lane, 1)", NULL},
    };
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++) {
        cck_arena arena = {0};
        cck_alloc_macro macro;
        size_t at = 0;
        const char *end;
        assert_true(cck_alloc_macro_next(&arena, macros[i].text, &at, &macro));
        assert_string_equal(macro.name, "NEW");
        const char **arguments =
            cck_alloc_macro_arguments(&arena, &macro, macros[i].call + 4, &end);
        const char *made = arguments ? cck_alloc_macro_expand(&arena, &macro, arguments, 64) : NULL;
        assert_int_equal(made != NULL, macros[i].made != NULL);
        if (made)
            assert_string_equal(made, macros[i].made);
        assert_false(cck_alloc_macro_next(&arena, macros[i].text, &at, &macro));
        cck_arena_clear(&arena);
    }
}

static void other_macros_are_passed_over(void **state)
{
    (void)state;
    static const char *const others[] = {"#define NEW malloc(sizeof(T))",
                                         "#define NEW(T) free(sizeof(T))",
                                         "#define NEW(T) malloc(sizeof(other))",
                                         "#define NEW(T) xmalloc(sizeof(T))",
                                         "#define NEW(T",
                                         "#define",
                                         "#undefine NEW(T) malloc(sizeof(T))",
                                         "#define NEW(...) malloc(sizeof(T))",
                                         "#define NEW(T) malloc(sizeof(T"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cck_arena arena = {0};
        cck_alloc_macro macro;
        size_t at = 0;
        if (cck_alloc_macro_next(&arena, others[i], &at, &macro))
            fail_msg("%s: taken", others[i]);
        cck_arena_clear(&arena);
    }
}

/* ---- orders ---- */

static const cck_type one = {
    .kind = CCK_TYPE_BASE, .name = "char", .alias = "", .size = 1, .align = 1, .file = ""};
static const cck_type eight = {
    .kind = CCK_TYPE_BASE, .name = "long", .alias = "", .size = 8, .align = 8, .file = ""};
static const cck_type flexible = {
    .kind = CCK_TYPE_ARRAY, .name = "", .alias = "", .align = 1, .target = &one, .file = ""};

static cck_type record(const cck_member *members, size_t count, uint64_t size)
{
    return (cck_type){.kind = CCK_TYPE_STRUCT,
                      .name = "struct r",
                      .alias = "",
                      .size = size,
                      .align = 8,
                      .members = members,
                      .member_count = count,
                      .file = ""};
}

static void holes_are_filled(void **state)
{
    (void)state;
    const cck_member members[] = {
        {.name = "a", .type = &one, .offset = 0, .file = ""},
        {.name = "b", .type = &eight, .offset = 8, .file = ""},
        {.name = "c", .type = &one, .offset = 16, .file = ""},
        {.name = "d", .type = &eight, .offset = 24, .file = ""},
        {.name = "rest", .type = &flexible, .offset = 32, .file = ""},
    };
    cck_type type = record(members, 5, 32);
    cck_view_row row = cck_view_row_of(&type, 64);
    assert_int_equal(row.holes, 2);
    assert_int_equal(row.hole_bytes, 14);
    assert_int_equal(row.padding, 0);
    cck_arena arena = {0};
    const cck_type *better = cck_reorganise(&type, &arena);
    assert_non_null(better);
    assert_int_equal(better->size, 24);
    assert_string_equal(better->members[0].name, "a");
    assert_string_equal(better->members[1].name, "c");
    assert_int_equal(better->members[1].offset, 1);
    assert_string_equal(better->members[4].name, "rest");
    assert_int_equal(better->members[4].offset, 24);
    assert_null(cck_reorganise(better, &arena));
    cck_arena_clear(&arena);
}

static void bit_fields_stay_together_and_bases_first(void **state)
{
    (void)state;
    const cck_member members[] = {
        {.name = "", .type = &one, .offset = 0, .base = true, .file = ""},
        {.name = "x", .type = &eight, .offset = 8, .bit_offset = 0, .bit_size = 3, .file = ""},
        {.name = "y", .type = &eight, .offset = 8, .bit_offset = 3, .bit_size = 5, .file = ""},
        {.name = "z", .type = &one, .offset = 16, .file = ""},
    };
    cck_type type = record(members, 4, 24);
    cck_arena arena = {0};
    const cck_type *better = cck_reorganise(&type, &arena);
    assert_non_null(better);
    assert_int_equal(better->size, 16);
    assert_true(better->members[0].base);
    assert_string_equal(better->members[1].name, "z");
    assert_int_equal(better->members[2].offset, better->members[3].offset);
    cck_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declarations_are_found_or_refused),
        cmocka_unit_test(several_are_told_apart),
        cmocka_unit_test(diffs_are_unified_ones),
        cmocka_unit_test(macros_are_written_out),
        cmocka_unit_test(other_macros_are_passed_over),
        cmocka_unit_test(holes_are_filled),
        cmocka_unit_test(bit_fields_stay_together_and_bases_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
