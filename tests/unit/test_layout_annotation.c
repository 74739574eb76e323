/* SPDX-License-Identifier: MIT */
/* Comments at declarations: whom they are about, and what is wrong with them. */
#include "tests/unit/layout_harness.h"

static const char source[] = "struct ring {\n"                                           /* 1 */
                             "    long head; // cachecheck: writer=producer\n"           /* 2 */
                             "    long tail; /* cachecheck: writer=consumer */ int x;\n" /* 3 */
                             "    // cachecheck: read_mostly\n"                          /* 4 */
                             "    // the table\n"                                        /* 5 */
                             "\n"                                                        /* 6 */
                             "    const void *ops;\n"                                    /* 7 */
                             "    // cachecheck: ignore CC101 both by the owner\n"       /* 8 */
                             "    long a, b;\n"                                          /* 9 */
                             "    // cachecheck: ignore-begin * old code\n"              /* 10 */
                             "    long c;\n"                                             /* 11 */
                             "    // cachecheck: ignore-end\n"                           /* 12 */
                             "    long d; // cachecheck: ignore adjacent-atomics\n"      /* 13 */
                             "    long e; // cachecheck: writter=x\n"                    /* 14 */
                             "    const char *f = \"cachecheck: written\";\n"            /* 15 */
                             "    long g; // cachecheck: ignore no-such-rule why\n"      /* 16 */
                             "};\n";

static cck_annotations *take(void)
{
    cck_annotations *annotations = cck_annotations_new();
    assert_non_null(annotations);
    assert_true(cck_annotations_take(annotations, "ring.h", source, strlen(source)));
    return annotations;
}

static void test_uses(void **state)
{
    (void)state;
    cck_annotations *annotations = take();
    unsigned use = 0;
    const char *writer = NULL;
    assert_true(cck_annotation_use(annotations, "ring.h", 2, &use, &writer));
    assert_string_equal(writer, "producer");
    assert_int_equal(use, CCK_USE_WRITTEN | CCK_USE_OWNED);
    assert_true(cck_annotation_use(annotations, "ring.h", 3, &use, &writer));
    assert_string_equal(writer, "consumer");
    assert_true(cck_annotation_use(annotations, "ring.h", 7, &use, &writer));
    assert_int_equal(use, CCK_USE_READ_MOSTLY);
    assert_false(cck_annotation_use(annotations, "ring.h", 4, &use, &writer));
    assert_false(cck_annotation_use(annotations, "ring.h", 15, &use, &writer));
    assert_false(cck_annotation_use(annotations, "/nowhere.h", 2, &use, &writer));
    assert_false(cck_annotation_use(annotations, "/dev/zero", 2, &use, &writer));
    cck_annotations_free(annotations);
}

static void test_bounds(void **state)
{
    (void)state;
    static const char text[] = "struct s {\n"
                               "    long hits[MAX_THREADS], other_hits [ 2 ];\n"
                               "    long plain, more[\n"
                               "MAX];\n"
                               "};\n";
    cck_annotations *annotations = cck_annotations_new();
    char bound[64];
    assert_true(cck_annotations_take(annotations, "bounds.h", text, strlen(text)));
    assert_true(cck_annotation_bound(annotations, "bounds.h", 2, "hits", bound));
    assert_string_equal(bound, "MAX_THREADS");
    assert_true(cck_annotation_bound(annotations, "bounds.h", 2, "other_hits", bound));
    assert_string_equal(bound, " 2 ");
    assert_false(cck_annotation_bound(annotations, "bounds.h", 3, "plain", bound));
    assert_false(cck_annotation_bound(annotations, "bounds.h", 3, "more", bound));
    assert_false(cck_annotation_bound(annotations, "bounds.h", 9, "hits", bound));
    assert_false(cck_annotation_bound(annotations, "", 2, "hits", bound));
    cck_annotations_free(annotations);
}

static void test_ignores(void **state)
{
    (void)state;
    cck_annotations *annotations = take();
    static const char id[] = "CC101", name[] = "adjacent-atomics";
    const char *reason = cck_annotation_ignores(annotations, "ring.h", 9, id, name);
    assert_non_null(reason);
    assert_string_equal(reason, "both by the owner");
    assert_null(cck_annotation_ignores(annotations, "ring.h", 9, "CC103", "other"));
    assert_non_null(cck_annotation_ignores(annotations, "ring.h", 11, "CC103", "other"));
    assert_null(cck_annotation_ignores(annotations, "ring.h", 13, id, name));
    assert_null(cck_annotation_ignores(annotations, "ring.h", 14, id, name));
    cck_annotations_free(annotations);
}

static void test_problems(void **state)
{
    (void)state;
    cck_annotations *annotations = take();
    static const char *const wanted[] = {"ring.h:13: say why", "ring.h:14: not understood",
                                         "ring.h:16: no rule is called 'no-such-rule'"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *problem = cck_annotation_problem(annotations, i);
        assert_non_null(problem);
        assert_non_null(strstr(problem, wanted[i]));
    }
    assert_null(cck_annotation_problem(annotations, 3));
    cck_annotations_free(annotations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uses),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_ignores),
        cmocka_unit_test(test_problems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
