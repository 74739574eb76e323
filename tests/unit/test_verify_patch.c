/* SPDX-License-Identifier: MIT */
/* Names of a patch are brought to the top of the tree; what leads out of it, and damage, is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/verify/patch.h"

#define HUNK "@@ -1,2 +1,3 @@\n one\n-two\n+2\n+--- three\n"

static cck_arena arena;
static cck_error error;
static cck_tree_patch patch;

static int read_patch(const char *text, const char *below)
{
    memset(&error, 0, sizeof error);
    return cck_tree_patch_read(&patch, &arena, text, "/home/me/app", below, &error);
}

static int clear(void **state)
{
    (void)state;
    cck_arena_clear(&arena);
    return 0;
}

static void names_lead_to_the_top(void **state)
{
    (void)state;
    assert_int_equal(read_patch("--- a/x.h\n+++ b/x.h\n" HUNK, ""), 0);
    assert_string_equal(patch.files[0], "x.h");
    assert_int_equal(patch.added, 2);
    assert_int_equal(patch.removed, 1);
    assert_int_equal(read_patch("--- a/x.h\t2026-01-01\n+++ b/x.h\t2026-01-02\n" HUNK, "src/"), 0);
    assert_string_equal(patch.files[0], "src/x.h");
    assert_non_null(strstr(patch.text, "--- a/src/x.h\n+++ b/src/x.h\n@@"));
    assert_int_equal(read_patch("--- /home/me/app/in/x.h\n+++ /home/me/app/in/x.h\n" HUNK, "src/"),
                     0);
    assert_string_equal(patch.files[0], "in/x.h");
    assert_int_equal(read_patch("--- x.h\n+++ x.h\n" HUNK, "src/"), 0);
    assert_string_equal(patch.files[0], "src/x.h");
}

static void those_of_git_are_from_the_top(void **state)
{
    (void)state;
    assert_int_equal(read_patch("diff --git a/src/x.h b/src/x.h\nindex 1..2 100644\n"
                                "--- a/src/x.h\n+++ b/src/x.h\n" HUNK,
                                "src/"),
                     0);
    assert_string_equal(patch.files[0], "src/x.h");
    assert_non_null(strstr(patch.text, "index 1..2 100644\n"));
}

static void several_files_and_new_ones(void **state)
{
    (void)state;
    assert_int_equal(read_patch("--- a/x.h\n+++ b/x.h\n" HUNK "--- /dev/null\n+++ b/y.h\n"
                                "@@ -0,0 +1 @@\n+new\n\\ No newline at end of file\n",
                                ""),
                     0);
    assert_int_equal(patch.file_count, 2);
    assert_string_equal(patch.files[1], "y.h");
    assert_non_null(strstr(patch.text, "--- /dev/null\n+++ b/y.h\n"));
    assert_non_null(strstr(patch.text, "\\ No newline"));
}

static void what_leads_out_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"a/../x",           "a/y/../../x",  "/etc/passwd",
                                        "/home/me/app2/x",  "/home/me/app", "a/..",
                                        "/home/me/app/../x"};
    char text[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(text, sizeof text, "--- %s\n+++ %s\n" HUNK, names[i], names[i]);
        assert_int_equal(read_patch(text, ""), CCK_EINVALID);
        assert_non_null(strstr(error.message, "not in"));
    }
    assert_int_equal(read_patch("--- a/x..y/..z\n+++ b/x..y/..z\n" HUNK, ""), 0);
}

static void damage_is_told(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "hello\n",
        "--- a/x\n+++ b/x\n",
        HUNK,
        "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n one\n",
        "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n one\nxtwo\n",
        "--- a/x\n+++ b/x\n@@ -,2 +1,3 @@\n one\n",
        "--- a/x\n+++ b/x\n@@ -1,2 +1,3\n one\n",
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n-y\n+z\n",
        "--- a/x\n+++ b/x\n@@ -1,99999999999999999999 +1 @@\n-x\n",
        "--- ",
        ("--- \n+++ \n" HUNK),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_true(read_patch(texts[i], "") < 0);
}

static void any_cut_is_survived(void **state)
{
    (void)state;
    static const char whole[] =
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n" HUNK "--- a/y\n+++ b/y\n" HUNK;
    char text[sizeof whole];
    for (size_t length = 0; length < sizeof whole; length++) {
        memcpy(text, whole, length);
        text[length] = '\0';
        int code = read_patch(text, "src/");
        assert_true(code == 0 || *error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(names_lead_to_the_top, clear),
        cmocka_unit_test_teardown(those_of_git_are_from_the_top, clear),
        cmocka_unit_test_teardown(several_files_and_new_ones, clear),
        cmocka_unit_test_teardown(what_leads_out_is_refused, clear),
        cmocka_unit_test_teardown(damage_is_told, clear),
        cmocka_unit_test_teardown(any_cut_is_survived, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
