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

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The whole table, with nothing left out. */
static unsigned plain_distance(const char *a, const char *b)
{
    enum { LONGEST = 16 };
    unsigned table[LONGEST][LONGEST];
    size_t rows = strlen(a), columns = strlen(b);
    for (unsigned i = 0; i <= rows; i++)
        for (unsigned j = 0; j <= columns; j++) {
            if (!i || !j) {
                table[i][j] = i + j;
                continue;
            }
            table[i][j] = least(least(table[i - 1][j], table[i][j - 1]) + 1,
                                table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                table[i][j] = least(table[i][j], table[i - 2][j - 2] + 1);
        }
    return table[rows][columns];
}

static void random_word(char word[16], uint32_t *state)
{
    size_t length = 0;
    do {
        *state = *state * 1664525 + 1013904223;
        word[length++] = (char)('a' + (*state >> 24) % 3);
    } while (length < 15 && (*state >> 16) % 9);
    word[length] = '\0';
}

static void what_is_left_out_of_the_table_changes_nothing(void **state)
{
    (void)state;
    char word[16], candidate[16];
    uint32_t dice = 1;
    for (int i = 0; i < 20000; i++) {
        random_word(word, &dice);
        random_word(candidate, &dice);
        size_t length = strlen(word);
        unsigned limit = length < 2 ? 0 : (unsigned)(length + 1) / 3;
        unsigned distance = plain_distance(word, candidate);
        cck_nearest_search search = {.word = word};
        cck_nearest_offer(&search, candidate);
        assert_int_equal(search.found[0] != '\0', distance <= limit);
        if (search.found[0])
            assert_int_equal(search.distance, distance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_of_each_kind_is_forgiven),
        cmocka_unit_test(strange_words_get_no_suggestion),
        cmocka_unit_test(the_nearest_wins_and_ties_go_to_the_first),
        cmocka_unit_test(what_is_left_out_of_the_table_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
