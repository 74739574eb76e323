/* SPDX-License-Identifier: MIT */
/* Which nodes get a column where there are more than fit: those that matter, by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/report/numa.h"

enum { NODES = 16 };

static void expect(const cck_numa_placement *placement, const size_t *wanted, size_t count)
{
    size_t columns[CCK_NUMA_COLUMNS];
    assert_int_equal(cck_numa_columns(placement, columns), count);
    assert_memory_equal(columns, wanted, count * sizeof *wanted);
}

static void all_that_fit(void **state)
{
    (void)state;
    static const size_t all[CCK_NUMA_COLUMNS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    expect(&(cck_numa_placement){.node_count = 0}, all, 0);
    expect(&(cck_numa_placement){.node_count = CCK_NUMA_COLUMNS}, all, CCK_NUMA_COLUMNS);
}

static void those_with_most_memory(void **state)
{
    (void)state;
    static const uint64_t bytes[NODES] = {1, 90, 80, 2, 70, 60, 50, 3, 40, 30, 20, 4, 10, 9, 8, 7};
    static const size_t wanted[CCK_NUMA_COLUMNS] = {1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15};
    cck_numa_placement placement = {.node_count = NODES};
    placement.rows[CCK_NUMA_ROW_TOTAL] = bytes;
    expect(&placement, wanted, CCK_NUMA_COLUMNS);
}

/* A thread that ran on a node is of more interest than however much memory. */
static void those_that_threads_run_on_first(void **state)
{
    (void)state;
    static const uint64_t bytes[NODES] = {1, 90, 80, 2, 70, 60, 50, 3, 40, 30, 20, 4, 10, 9, 8, 7};
    static const double ran[NODES] = {[3] = 0.5, [15] = 0.5};
    static const size_t wanted[CCK_NUMA_COLUMNS] = {1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 15};
    const cck_numa_thread threads[] = {{.ran = NULL}, {.ran = ran}};
    cck_numa_placement placement = {.node_count = NODES, .threads = threads, .thread_count = 2};
    placement.rows[CCK_NUMA_ROW_TOTAL] = bytes;
    expect(&placement, wanted, CCK_NUMA_COLUMNS);
}

/* Nothing is known of memory, and nobody ran: the first ones. */
static void the_first_ones_else(void **state)
{
    (void)state;
    static const size_t first[CCK_NUMA_COLUMNS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    expect(&(cck_numa_placement){.node_count = NODES}, first, CCK_NUMA_COLUMNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_fit),
        cmocka_unit_test(those_with_most_memory),
        cmocka_unit_test(those_that_threads_run_on_first),
        cmocka_unit_test(the_first_ones_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
