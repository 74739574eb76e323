/* SPDX-License-Identifier: MIT */
/* From files to a corpus: kinds of files, types kept once, globals with their places. */
#include <byteswap.h>
#include <linux/btf.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "layouts/btf.h"
#include "layouts/input.h"
#include "tests/unit/corpus_harness.h"

static void test_executable(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    if (!corpus_of(&corpus, "fixtures/types/layout-gcc", NULL))
        skip();
    assert_int_equal(corpus.input_count, 1);
    assert_string_equal(corpus.inputs[0].kind, "executable");
    assert_string_equal(corpus.inputs[0].processor, "x86-64");
    assert_int_equal(corpus.inputs[0].line, 64);
    assert_int_equal(corpus.inputs[0].language, CCK_LANGUAGE_C);
    assert_true(corpus.type_count > 10);
    cck_corpus_clear(&corpus);
}

static void check_twins(const cck_corpus *corpus)
{
    unsigned twins = 0;
    for (size_t i = 0; i < corpus->type_count; i++)
        twins += strcmp(corpus->types[i].type->name, "struct twin") == 0;
    assert_int_equal(twins, 2);
    const cck_corpus_type *common = corpus_type(corpus, "struct common");
    assert_non_null(common);
    assert_int_equal(common->seen, 2);
    assert_int_equal(common->type->size, 32);
    assert_non_null(corpus_type(corpus, "known_by_typedef"));
    assert_non_null(corpus_type(corpus, "struct local"));
}

static void test_archive(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    if (!corpus_of(&corpus, "fixtures/layout/both.a", NULL))
        skip();
    assert_int_equal(corpus.input_count, 2);
    assert_string_equal(corpus.inputs[0].member, "first.o");
    assert_string_equal(corpus.inputs[1].member, "second.o");
    assert_string_equal(corpus.inputs[0].kind, "object");
    check_twins(&corpus);
    cck_corpus_clear(&corpus);
}

static void test_shared_library(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    if (!corpus_of(&corpus, "fixtures/layout/shared.so", NULL))
        skip();
    assert_string_equal(corpus.inputs[0].kind, "shared library");
    assert_int_equal(corpus.inputs[0].units, 2);
    check_twins(&corpus);
    const cck_corpus_global *global = corpus_global(&corpus, "first_common");
    assert_non_null(global);
    assert_true(global->placed);
    assert_false(global->read_only);
    assert_string_equal(global->section, ".bss");
    assert_int_equal(global->size, 32);
    assert_int_equal(global->align, 64);
    assert_string_equal(global->type->name, "struct common");
    global = corpus_global(&corpus, "constant");
    assert_non_null(global);
    assert_true(global->read_only);
    global = corpus_global(&corpus, "calls");
    assert_non_null(global);
    assert_string_equal(global->function, "first");
    /* Pointers lead to the type that is kept. */
    for (size_t i = 0; i < corpus.type_count; i++)
        if (corpus.types[i].type->member_count == 2 &&
            strcmp(corpus.types[i].type->name, "struct twin") == 0)
            assert_ptr_equal(corpus.types[i].type->members[1].type->target,
                             corpus_type(&corpus, "struct common")->type);
    cck_corpus_clear(&corpus);
}

static void test_object_places(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    if (!corpus_of(&corpus, "fixtures/layout/first.o", NULL))
        skip();
    const cck_corpus_global *global = corpus_global(&corpus, "first_common");
    assert_non_null(global);
    assert_false(global->placed);
    assert_string_equal(global->section, ".bss");
    assert_int_equal(global->address % 64, 0);
    assert_true(global->address < 4096);
    assert_non_null(global->type);
    cck_corpus_clear(&corpus);
}

static void test_thin_archive(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    cck_input_options options = {.jobs = 1};
    cck_error err = {0};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/fixtures/layout/thin.a", CCK_FIXTURES);
    if (access(path, R_OK) != 0)
        skip();
    assert_int_equal(cck_input_read(&corpus, path, &options, &err), CCK_EUNSUPPORTED);
    assert_non_null(strstr(err.hint, "ar t"));
    cck_corpus_clear(&corpus);
}

/* Units are shared out by whoever is free: what comes of it must not show that. */
/* libelf fills what lies before a section up to its alignment: here 256 MiB. */
static void test_wide_alignment(void **state)
{
    (void)state;
    int whole = cck_input_ungroup(CCK_TESTS "/fuzz/corpus/layout/type-units");
    assert_true(whole >= 0);
    close(whole);
    assert_int_equal(cck_input_ungroup(CCK_TESTS "/fuzz/corpus/layout/wide-alignment"), -1);
}

static void test_threads(void **state)
{
    (void)state;
    static const char *const programs[] = {"fixtures/types/layout-rust",
                                           "fixtures/types/layout-g++",
                                           "fixtures/types/layout-gcc-sections"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        cck_corpus one = {.types = NULL}, many = {.types = NULL};
        if (!corpus_of(&one, programs[i], &(cck_input_options){.jobs = 1}))
            continue;
        assert_true(corpus_of(&many, programs[i], &(cck_input_options){.jobs = 4}));
        assert_int_equal(one.type_count, many.type_count);
        assert_int_equal(one.global_count, many.global_count);
        for (size_t j = 0; j < one.type_count; j++) {
            assert_string_equal(cck_type_label(one.types[j].type),
                                cck_type_label(many.types[j].type));
            assert_int_equal(cck_corpus_hash(one.types[j].type),
                             cck_corpus_hash(many.types[j].type));
            assert_int_equal(one.types[j].seen, many.types[j].seen);
        }
        cck_corpus_clear(&one);
        cck_corpus_clear(&many);
    }
}

static void test_btf(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    cck_input_options options = {.jobs = 1};
    cck_error err = {0};
    assert_int_equal(cck_input_read(&corpus, CCK_TESTS "/fuzz/corpus/btf/records", &options, &err),
                     0);
    const cck_corpus_type *type = corpus_type(&corpus, "struct s");
    assert_non_null(type);
    assert_int_equal(type->type->size, 64);
    assert_int_equal(type->type->members[1].bit_offset, 3);
    assert_int_equal(type->type->members[2].type->sync, CCK_SYNC_ATOMIC);
    assert_non_null(corpus_type(&corpus, "atomic_t"));
    assert_false(corpus.inputs[0].has_base_alignment);
    cck_corpus_clear(&corpus);
}

/* struct exchange { long filled; long emptied; }, whose second member is tagged. */
static const struct {
    struct btf_header header;
    uint32_t words[3 + 1 + 3 + 3 * 2 + 3 + 1];
    char strings[64];
} tagged = {
    .header = {.magic = BTF_MAGIC,
               .version = BTF_VERSION,
               .hdr_len = sizeof(struct btf_header),
               .type_len = sizeof tagged.words,
               .str_off = sizeof tagged.words,
               .str_len = sizeof tagged.strings},
    .words = {1, BTF_KIND_INT << 24, 8, BTF_INT_SIGNED << 24 | 64, /* 1: long */
              6, BTF_KIND_STRUCT << 24 | 2, 16,                    /* 2 */
              15, 1, 0,                                            /* filled */
              22, 1, 64,                                           /* emptied */
              30, BTF_KIND_DECL_TAG << 24, 2, 1},                  /* of member 1 */
    .strings = "\0long\0exchange\0filled\0emptied\0cachecheck: writer=drainer",
};

static void check_tagged(const void *bytes)
{
    cck_corpus corpus = {.types = NULL};
    uint32_t input;
    assert_int_equal(
        cck_corpus_add_input(&corpus, &(cck_corpus_input){.path = "tagged"}, &input, NULL), 0);
    assert_int_equal(cck_btf_take(&corpus, bytes, sizeof tagged, input, NULL), 0);
    const cck_corpus_type *type = corpus_type(&corpus, "struct exchange");
    assert_non_null(type);
    assert_int_equal(type->type->member_count, 2);
    assert_null(type->type->members[0].tag);
    assert_string_equal(type->type->members[1].tag, " writer=drainer");
    assert_string_equal(type->type->members[1].name, "emptied");
    assert_int_equal(type->type->members[1].offset, 8);
    cck_corpus_clear(&corpus);
}

/* Of a machine of either order of bytes. */
static void test_btf_tags(void **state)
{
    (void)state;
    check_tagged(&tagged);
    union {
        struct {
            struct btf_header header;
            uint32_t words[sizeof tagged.words / sizeof *tagged.words];
        };
        char bytes[sizeof tagged];
    } turned;
    memcpy(turned.bytes, &tagged, sizeof tagged);
    turned.header.magic = bswap_16(turned.header.magic);
    uint32_t *numbers = &turned.header.hdr_len;
    for (size_t i = 0; i < 5; i++)
        numbers[i] = bswap_32(numbers[i]);
    for (size_t i = 0; i < sizeof turned.words / sizeof *turned.words; i++)
        turned.words[i] = bswap_32(turned.words[i]);
    check_tagged(&turned);
}

static void test_not_understood(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    cck_input_options options = {.jobs = 1};
    cck_error err = {0};
    assert_int_equal(cck_input_read(&corpus, "/etc/passwd", &options, &err), CCK_EFORMAT);
    assert_non_null(strstr(err.hint, "headers"));
    assert_int_equal(cck_input_read(&corpus, "/nonexistent", &options, &err), CCK_ENOTFOUND);
    assert_int_equal(cck_input_read(&corpus, "/", &options, &err), CCK_EFORMAT);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/fixtures/debug/bare/program", CCK_FIXTURES);
    if (access(path, R_OK) == 0) {
        assert_int_equal(cck_input_read(&corpus, path, &options, &err), CCK_EUNSUPPORTED);
        assert_non_null(strstr(err.hint, "-g"));
    }
    assert_int_equal(corpus.type_count, 0);
    cck_corpus_clear(&corpus);
}

/* A header of macros has no types, which is no error. */
static void test_macros_only(void **state)
{
    (void)state;
    cck_corpus corpus = {.types = NULL};
    cck_input_options options = {.jobs = 1};
    cck_error err = {0};
    char header[] = "/tmp/cachecheck-test-XXXXXX.h";
    int fd = mkstemps(header, 2);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "#define ONE 1\n", 14), 14);
    close(fd);
    assert_int_equal(cck_input_read(&corpus, header, &options, &err), 0);
    unlink(header);
    assert_int_equal(corpus.type_count, 0);
    assert_int_equal(corpus.input_count, 1);
    cck_corpus_clear(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_executable),
        cmocka_unit_test(test_archive),
        cmocka_unit_test(test_shared_library),
        cmocka_unit_test(test_object_places),
        cmocka_unit_test(test_thin_archive),
        cmocka_unit_test(test_wide_alignment),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_btf),
        cmocka_unit_test(test_btf_tags),
        cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_macros_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
