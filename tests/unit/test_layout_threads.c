/* SPDX-License-Identifier: MIT */
/* Rules on one thread and on several say the same. */
#include <pthread.h>

#include "layouts/audit.h"
#include "layouts/judge.h"
#include "tests/unit/layout_harness.h"

enum { TYPES = 2400 }; /* enough for two threads to be used */

static void write_source(const char *path)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    for (int i = 0; i < TYPES; i++)
        fprintf(out,
                "struct stats%d { _Atomic long hits; _Atomic long misses; // cachecheck: %s\n"
                "char room[%d]; };\n",
                i, i % 7 ? "written" : "ignore adjacent-atomics test", 1 + i % 200);
    assert_int_equal(fclose(out), 0);
}

static void audit_with(cck_audit *audit, const char *path, unsigned jobs)
{
    const char *const paths[] = {path, NULL};
    cck_error err = {0};
    cck_layout_options given = {.paths = paths, .jobs = jobs};
    cck_layout_options options = cck_layout_options_complete(&given);
    if (cck_audit_run(audit, &options, &err) != 0)
        fail_msg("%s (%s)", err.message, err.hint);
}

static void test_threads_agree(void **state)
{
    (void)state;
    char path[64];
    cck_audit one, two;
    snprintf(path, sizeof path, "/tmp/cachecheck-threads-%d.h", (int)getpid());
    write_source(path);
    audit_with(&one, path, 1);
    audit_with(&two, path, 2);
    unlink(path);
    assert_true(one.result->finding_count > TYPES / 2);
    assert_true(one.result->finding_count < TYPES);
    assert_int_equal(one.result->finding_count, two.result->finding_count);
    for (size_t i = 0; i < one.result->finding_count; i++) {
        const cck_finding *a = &one.result->findings[i], *b = &two.result->findings[i];
        assert_string_equal(a->id, b->id);
        assert_string_equal(a->title, b->title);
        assert_int_equal(a->severity, b->severity);
    }
    cck_audit_clear(&one);
    cck_audit_clear(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
