/* SPDX-License-Identifier: MIT */
/* From files to a corpus: kinds of files, types kept once, globals with their places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "layouts/input.h"
#include "tests/unit/layout_harness.h"

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
    cck_corpus_clear(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_executable),
        cmocka_unit_test(test_not_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
