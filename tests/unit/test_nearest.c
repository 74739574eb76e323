/* SPDX-License-Identifier: MIT */
/* "Did you mean": which slips are forgiven, and which words are left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/nearest.h"

static const char *const words[] = {"cycles", "instructions", "cache-misses", "stat", "LLC-loads"};

static const char *nearest(const char *word)
{
    return cck_nearest(word, words, sizeof words / sizeof *words);
}

static void one_slip_of_each_kind_is_forgiven(void **state)
{
    (void)state;
    assert_string_equal(nearest("cyclos"), "cycles");
    assert_string_equal(nearest("cyles"), "cycles");
    assert_string_equal(nearest("cyccles"), "cycles");
    assert_string_equal(nearest("cylces"), "cycles");
    assert_string_equal(nearest("llc-loasd"), "LLC-loads");
    assert_string_equal(nearest("stat"), "stat");
    assert_string_equal(nearest("sta"), "stat");
}

static void strange_words_get_no_suggestion(void **state)
{
    (void)state;
    char endless[4096];
    memset(endless, 'c', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    assert_null(nearest("quark"));
    assert_null(nearest("x"));
    assert_null(nearest(""));
    assert_null(nearest(endless));
    assert_null(cck_nearest("cycles", words, 0));
}

static void the_nearest_wins_and_ties_go_to_the_first(void **state)
{
    (void)state;
    static const char *const close[] = {"branch-missed", "branch-misses", "branch-missis"};
    assert_string_equal(cck_nearest("branch-misses", close, 3), close[1]);
    assert_string_equal(cck_nearest("branch-misse", close, 3), close[0]);
    cck_nearest_search search = {.word = "stats"};
    cck_nearest_offer(&search, "");
    assert_string_equal(search.found, "");
    cck_nearest_offer(&search, "start");
    assert_string_equal(search.found, "start");
    cck_nearest_offer(&search, "stat");
    assert_string_equal(search.found, "stat");
    assert_int_equal(search.distance, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_of_each_kind_is_forgiven),
        cmocka_unit_test(strange_words_get_no_suggestion),
        cmocka_unit_test(the_nearest_wins_and_ties_go_to_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
