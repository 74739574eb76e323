/* SPDX-License-Identifier: MIT */
/* Headers compiled ahead of their reading: what comes out, what fails, and that nothing is left
 * behind. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "layouts/compile.h"
#include "layouts/select.h"
#include "tests/unit/corpus_harness.h"

#define HERE CCK_TESTS "/fixtures/layout/"

static char folder[] = "/tmp/cachecheck-ahead-XXXXXX";

/* Temporary folders are made there, so that those left behind are seen. */
static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) && setenv("TMPDIR", folder, 1) == 0 ? 0 : -1;
}

static int folder_remove(void **state)
{
    (void)state;
    return rmdir(folder);
}

static size_t left_behind(void)
{
    size_t count = 0;
    DIR *all = opendir(folder);
    assert_non_null(all);
    for (struct dirent *entry; (entry = readdir(all));)
        count += *entry->d_name != '.';
    closedir(all);
    return count;
}

static void test_taken(void **state)
{
    (void)state;
    const char *const paths[] = {HERE "plain.h", "/no/such.so", HERE "broken.h", HERE "classes.h",
                                 NULL};
    const cck_input_options options = {.jobs = 2};
    cck_ahead *ahead = cck_ahead_new(paths, &options);
    assert_non_null(ahead);
    cck_object object;
    cck_error err = {0};
    int failed = 1;
    assert_false(cck_ahead_take(ahead, paths[1], &object, &failed, &err));
    assert_true(cck_ahead_take(ahead, paths[0], &object, &failed, &err));
    assert_int_equal(failed, 0);
    assert_false(object.cpp);
    assert_int_equal(access(object.path, R_OK), 0);
    cck_object_remove(&object);
    assert_false(cck_ahead_take(ahead, paths[0], &object, &failed, &err));
    assert_true(cck_ahead_take(ahead, paths[2], &object, &failed, &err));
    assert_int_equal(failed, CCK_EINVALID);
    assert_non_null(strstr(err.message, "broken.h"));
    assert_non_null(strstr(err.hint, "not_declared_anywhere"));
    cck_ahead_free(ahead); /* and with it what nobody took */
    assert_int_equal(left_behind(), 0);
}

static void test_not_worth_it(void **state)
{
    (void)state;
    const char *const one[] = {HERE "plain.h", "/no/such.so", NULL};
    const char *const two[] = {HERE "plain.h", HERE "classes.h", NULL};
    assert_null(cck_ahead_new(one, &(cck_input_options){.jobs = 2}));
    assert_null(cck_ahead_new(two, &(cck_input_options){.jobs = 1}));
}

/* More sources than are held at a time; the same one twice. */
static void load(cck_corpus *corpus, unsigned jobs)
{
    const char *paths[24];
    for (size_t i = 0; i < 23; i++)
        paths[i] = i % 2 ? HERE "classes.h" : HERE "plain.h";
    paths[23] = NULL;
    cck_error err = {0};
    const cck_layout_options options = {.size = sizeof options, .paths = paths, .jobs = jobs};
    if (cck_corpus_load(corpus, &options, &err) != 0)
        fail_msg("%s (%s)", err.message, err.hint);
}

static void test_order(void **state)
{
    (void)state;
    cck_corpus alone = {.types = NULL}, ahead = {.types = NULL};
    load(&alone, 1);
    load(&ahead, 3);
    assert_int_equal(alone.input_count, ahead.input_count);
    assert_int_equal(alone.type_count, ahead.type_count);
    for (size_t i = 0; i < alone.input_count; i++)
        assert_string_equal(alone.inputs[i].path, ahead.inputs[i].path);
    for (size_t i = 0; i < alone.type_count; i++) {
        assert_string_equal(alone.types[i].type->name, ahead.types[i].type->name);
        assert_int_equal(alone.types[i].seen, ahead.types[i].seen);
    }
    cck_corpus_clear(&alone);
    cck_corpus_clear(&ahead);
    assert_int_equal(left_behind(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_not_worth_it),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
