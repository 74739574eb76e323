/* SPDX-License-Identifier: MIT */
/* Which allocations are noted when there are too many for all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/preload/heap_share.h"

enum { OFTEN = 1000, SELDOM = 2000, SIZE = 24, ONE_EPOCH = 1, NEXT_EPOCH = 2 };

/* Of `count` allocations by `code`. */
static uint32_t noted_of(cck_heap_share *share, cck_heap_purse *purse, uint32_t epoch,
                         uint64_t code, uint32_t count)
{
    uint32_t noted = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (cck_heap_share_pass(share, code, SIZE))
            continue;
        cck_heap_share_note(share, purse, epoch, code, SIZE);
        noted++;
    }
    return noted;
}

static void a_program_that_seldom_allocates_has_all_noted(void **state)
{
    (void)state;
    cck_heap_purse purse = {0};
    cck_heap_share share = {0};
    assert_int_equal(noted_of(&share, &purse, ONE_EPOCH, OFTEN, CCK_SHARE_FIRST), CCK_SHARE_FIRST);
    for (uint32_t epoch = NEXT_EPOCH; epoch < 20; epoch++)
        assert_int_equal(noted_of(&share, &purse, epoch, OFTEN, CCK_SHARE_EPOCH / 2),
                         CCK_SHARE_EPOCH / 2);
}

static void one_that_allocates_all_the_time_has_few_noted(void **state)
{
    (void)state;
    enum { MANY = 5000000, STEADY = 10 };
    cck_heap_purse purse = {0};
    cck_heap_share share = {0};
    noted_of(&share, &purse, ONE_EPOCH, OFTEN, MANY);
    for (uint32_t epoch = NEXT_EPOCH; epoch < STEADY; epoch++) {
        uint32_t noted = noted_of(&share, &purse, epoch, OFTEN, MANY);
        assert_in_range(noted, CCK_SHARE_EPOCH, 2 * CCK_SHARE_EPOCH);
    }
}

static void nobody_who_watches_lets_next_to_nothing_be_noted(void **state)
{
    (void)state;
    enum { LATER = 100 * CCK_SHARE_MOST };
    cck_heap_purse purse = {0};
    cck_heap_share share = {0};
    noted_of(&share, &purse, ONE_EPOCH, OFTEN, 20000000);
    assert_in_range(noted_of(&share, &purse, ONE_EPOCH, OFTEN, LATER), 50, 200);
}

static void what_is_seldom_allocated_is_noted_all_the_same(void **state)
{
    (void)state;
    cck_heap_purse purse = {0};
    cck_heap_share share = {0};
    noted_of(&share, &purse, ONE_EPOCH, OFTEN, 1000000);
    assert_true(cck_heap_share_pass(&share, OFTEN, SIZE));
    assert_int_equal(noted_of(&share, &purse, ONE_EPOCH, SELDOM, CCK_SHARE_RARE), CCK_SHARE_RARE);
    assert_true(cck_heap_share_pass(&share, SELDOM, SIZE));
}

/* Else a program that starts a thread for each request would have all noted. */
static void a_new_thread_begins_where_the_others_are(void **state)
{
    (void)state;
    enum { REQUEST = 5000 };
    cck_heap_purse purse = {0};
    cck_heap_share first = {0};
    noted_of(&first, &purse, ONE_EPOCH, OFTEN, 1000000);
    uint32_t noted = 0;
    for (int i = 0; i < 10; i++) {
        cck_heap_share fresh = {0};
        noted += noted_of(&fresh, &purse, ONE_EPOCH, OFTEN, REQUEST);
    }
    assert_in_range(noted, 10, 10 * CCK_SHARE_STEP);
}

static void whether_some_are_passed_over_is_told(void **state)
{
    (void)state;
    cck_heap_purse purse = {0};
    cck_heap_share share = {0};
    for (uint32_t i = 0; i < CCK_SHARE_FIRST; i++)
        assert_false(cck_heap_share_note(&share, &purse, ONE_EPOCH, OFTEN, SIZE));
    assert_true(cck_heap_share_note(&share, &purse, ONE_EPOCH, OFTEN, SIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_seldom_allocates_has_all_noted),
        cmocka_unit_test(one_that_allocates_all_the_time_has_few_noted),
        cmocka_unit_test(nobody_who_watches_lets_next_to_nothing_be_noted),
        cmocka_unit_test(what_is_seldom_allocated_is_noted_all_the_same),
        cmocka_unit_test(a_new_thread_begins_where_the_others_are),
        cmocka_unit_test(whether_some_are_passed_over_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
