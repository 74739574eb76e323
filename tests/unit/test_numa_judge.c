/* SPDX-License-Identifier: MIT */
/* Joining threads and memory of made-up machines. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/numa/estimate.h"
#include "numa_made.h"

static made m;
static cck_numa_placement placement;

static int begin(void **state)
{
    (void)state;
    made_begin(&m);
    return 0;
}

static int end(void **state)
{
    (void)state;
    cck_arena_clear(&m.arena);
    return 0;
}

static void judge(void)
{
    assert_int_equal(cck_numa_judge(&m.raw, &m.arena, &placement), 0);
}

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void test_remote_share(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_thread(&m, 0.5, 0.5);
    made_mapping(&m, 100, 300, 0);
    judge();
    /* Time on node 0: 3/4. Pages there are apart from 1/4 of it, those of node 1 from 3/4. */
    NEAR(placement.remote.value, 0.25 * 0.25 + 0.75 * 0.75);
    assert_true(placement.remote.low == placement.remote.high);
    NEAR(placement.threads[0].remote.value, 0.75);
    NEAR(placement.threads[1].remote.value, 0.5);
    assert_int_equal(placement.mappings[0].nearest, 1);
    assert_int_equal(placement.rows[CCK_NUMA_ROW_TOTAL][1], 300 * MIB);
}

static void test_time_weighs(void **state)
{
    (void)state;
    made_thread(&m, 1, 0)->ran_ns = 3000000000;
    made_thread(&m, 0, 1);
    made_mapping(&m, 0, 100, 0);
    judge();
    NEAR(placement.remote.value, 0.75);
}

/* Where nobody was seen running, those that are runnable count; else all alike. */
static void test_without_times(void **state)
{
    (void)state;
    made_thread(&m, 1, 0)->ran_ns = 0;
    cck_numa_thread *sleeper = made_thread(&m, 0, 1);
    sleeper->ran_ns = 0;
    sleeper->state = 'S';
    made_mapping(&m, 0, 100, 0);
    judge();
    NEAR(placement.remote.value, 1);
}

static void test_unknown_is_never_remote(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_mapping(&m, 10, 0, 0);
    cck_numa_mapping *unknown = made_mapping(&m, 0, 500, 0);
    unknown->method = CCK_NUMA_UNKNOWN;
    unknown->unknown = "time";
    unknown->resident = 0;
    judge();
    NEAR(placement.remote.value, 0);
    assert_int_equal(placement.rows[CCK_NUMA_ROW_TOTAL][1], 0);
    for (size_t i = 0; i < placement.mapping_count; i++)
        if (placement.mappings[i].method == CCK_NUMA_UNKNOWN)
            assert_true(placement.mappings[i].remote.value < 0);
}

static void test_nothing_known(void **state)
{
    (void)state;
    made_thread(&m, 1, 0)->ran = NULL;
    made_mapping(&m, 10, 10, 0);
    judge();
    assert_true(placement.remote.value < 0);
    assert_true(placement.threads[0].remote.value < 0);
    m.processes[0].method = CCK_NUMA_UNKNOWN;
    judge();
    assert_int_equal(placement.method, CCK_NUMA_UNKNOWN);
    assert_null(placement.rows[CCK_NUMA_ROW_TOTAL]);
}

static void test_a_stack_is_its_threads(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_thread(&m, 0, 1);
    cck_numa_mapping *stack = made_mapping(&m, 0, 8, 0);
    stack->stack_of = 101;
    judge();
    NEAR(placement.mappings[0].remote.value, 0); /* thread 101 runs on node 1 */
    NEAR(placement.remote.value, 0);
}

static void test_what_nodes_are_for_it(void **state)
{
    (void)state;
    made_thread(&m, 1, 0)->cpus = "0-3";
    m.threads[0].mems = "0,2";
    judge();
    assert_true(placement.nodes[0].runs_here);
    assert_false(placement.nodes[1].runs_here);
    assert_false(placement.nodes[2].runs_here);
    assert_true(placement.nodes[0].takes_memory);
    assert_false(placement.nodes[1].takes_memory);
    assert_true(placement.nodes[2].takes_memory);
}

static void test_one_node(void **state)
{
    (void)state;
    m.raw.node_count = 1;
    made_thread(&m, 1, 0);
    made_mapping(&m, 10, 0, 0)->method = CCK_NUMA_SAMPLED;
    m.mappings[0].drawn = m.mappings[0].found = 100;
    judge();
    assert_true(placement.remote.value == 0 && placement.remote.high == 0);
}

static void test_lists_are_cut_but_totals_are_not(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_mapping(&m, 1, 0, 0);
    made_mapping(&m, 3, 0, 0);
    made_mapping(&m, 2, 0, 0);
    m.raw.mappings_most = 1;
    judge();
    assert_int_equal(placement.mapping_count, 1);
    assert_int_equal(placement.mappings_left_out, 2);
    assert_int_equal(placement.mappings[0].resident, 3 * MIB);
    assert_int_equal(placement.rows[CCK_NUMA_ROW_TOTAL][0], 6 * MIB);
}

static void test_wilson(void **state)
{
    (void)state;
    /* Newcombe 1998, table I: 81 of 263. */
    cck_numa_share share = cck_numa_wilson(81.0 / 263, 263);
    assert_true(fabs(share.low - 0.2553) < 1e-4 && fabs(share.high - 0.3662) < 1e-4);
    share = cck_numa_wilson(0, 20); /* the same table: 0 of 20 */
    assert_true(share.low == 0 && fabs(share.high - 0.1611) < 1e-4);
    share = cck_numa_wilson(1, 29);
    assert_true(share.high == 1 && fabs(share.low - 0.8830) < 1e-4);
    assert_true(cck_numa_wilson(0.5, 0).value < 0);
    share = cck_numa_wilson(0.25, INFINITY);
    assert_true(share.low == 0.25 && share.high == 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_remote_share, begin, end),
        cmocka_unit_test_setup_teardown(test_time_weighs, begin, end),
        cmocka_unit_test_setup_teardown(test_without_times, begin, end),
        cmocka_unit_test_setup_teardown(test_unknown_is_never_remote, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing_known, begin, end),
        cmocka_unit_test_setup_teardown(test_a_stack_is_its_threads, begin, end),
        cmocka_unit_test_setup_teardown(test_what_nodes_are_for_it, begin, end),
        cmocka_unit_test_setup_teardown(test_one_node, begin, end),
        cmocka_unit_test_setup_teardown(test_lists_are_cut_but_totals_are_not, begin, end),
        cmocka_unit_test(test_wilson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
