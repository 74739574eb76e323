/* SPDX-License-Identifier: MIT */
/* Sampling pages of made-up processes: a move_pages that knows the answers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/numa/estimate.h"
#include "probes/placement/sample.h"

#define BASE ((uint64_t)1 << 32)

/* What pages are like: by address, a node, or a negative status. */
static int (*page_at)(uint64_t page);
static int refuse;
static size_t asked, calls;

static long fake_move_pages(int32_t pid, size_t count, void *const *pages, int *status)
{
    assert_int_equal(pid, 4711);
    calls++;
    asked += count;
    if (refuse) {
        errno = refuse;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        status[i] = page_at(((uint64_t)(uintptr_t)pages[i] - BASE) / 4096);
    return 0;
}

static const cck_place_calls fake = {.move_pages = fake_move_pages};
static cck_place_nodes nodes = {.count = 2};

static int set_up(void **state)
{
    (void)state;
    memset(nodes.slots, -1, sizeof nodes.slots);
    nodes.slots[0] = 0;
    nodes.slots[5] = 1; /* numbers are no places in a list */
    refuse = 0;
    asked = calls = 0;
    return 0;
}

static cck_numa_mapping mapping_of(uint64_t first, uint64_t pages)
{
    return (cck_numa_mapping){.start = BASE + first * 4096, .end = BASE + (first + pages) * 4096};
}

static int sample(cck_numa_mapping *mappings, uint64_t *bytes, size_t count, uint32_t pages,
                  uint64_t seed, cck_place_draw *out)
{
    cck_place_draw draw = {.calls = &fake,
                           .nodes = &nodes,
                           .pid = 4711,
                           .pages = pages,
                           .page_size = 4096,
                           .deadline = UINT64_MAX,
                           .seed = seed};
    int code = cck_place_sample(&draw, mappings, bytes, count);
    if (out)
        *out = draw;
    return code;
}

/* A third on node 5, scattered; all resident. */
static int third(uint64_t page)
{
    return (page * 2654435761u >> 7) % 3 == 0 ? 5 : 0;
}

static uint64_t count_pages(int (*of)(uint64_t), uint64_t first, uint64_t count, int node)
{
    uint64_t sum = 0;
    for (uint64_t i = first; i < first + count; i++)
        sum += of(i) == node;
    return sum;
}

static void test_few_pages_are_all_counted(void **state)
{
    cck_numa_mapping mapping = mapping_of(7, 60);
    uint64_t bytes[2] = {0};
    (void)state;
    page_at = third;
    assert_int_equal(sample(&mapping, bytes, 1, 10000, 1, NULL), 0);
    assert_int_equal(mapping.method, CCK_NUMA_EXACT);
    assert_int_equal(bytes[1], 4096 * count_pages(third, 7, 60, 5));
    assert_int_equal(bytes[0] + bytes[1], 60 * 4096);
}

static void test_all_pages_when_asked(void **state)
{
    cck_numa_mapping mapping = mapping_of(0, 50000);
    uint64_t bytes[2] = {0};
    (void)state;
    page_at = third;
    assert_int_equal(sample(&mapping, bytes, 1, UINT32_MAX, 1, NULL), 0);
    assert_int_equal(mapping.method, CCK_NUMA_EXACT);
    assert_int_equal(bytes[1], 4096 * count_pages(third, 0, 50000, 5));
}

static void test_cost_does_not_depend_on_size(void **state)
{
    size_t costs[2];
    (void)state;
    page_at = third;
    for (int i = 0; i < 2; i++) {
        cck_numa_mapping mapping = mapping_of(0, (uint64_t)1 << (i ? 28 : 20)); /* 1 TiB, 4 GiB */
        uint64_t bytes[2] = {0};
        asked = 0;
        assert_int_equal(sample(&mapping, bytes, 1, 10000, 1, NULL), 0);
        assert_int_equal(mapping.method, CCK_NUMA_SAMPLED);
        costs[i] = asked;
    }
    assert_int_equal(costs[0], costs[1]);
    assert_in_range(costs[0], 9000, 11000);
}

/* The share within its stated interval: 95 of 100 times. */
static void test_intervals_hold(void **state)
{
    enum { RUNS = 1000, PAGES = 100000 };
    const double truth = (double)count_pages(third, 0, PAGES, 5) / PAGES, counts[2] = {0, 1};
    int inside = 0;
    (void)state;
    page_at = third;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        cck_numa_mapping mapping = mapping_of(0, PAGES);
        uint64_t bytes[2] = {0};
        cck_numa_mean mean = {0};
        cck_numa_doubt doubt = {0};
        assert_int_equal(sample(&mapping, bytes, 1, 2400, seed, NULL), 0);
        cck_numa_mean_add(&mean, &mapping, counts, 2);
        cck_numa_doubt_add(&doubt, &mapping, counts, 2, mean.sum / mean.weight);
        cck_numa_share share = cck_numa_mean_finish(&mean, &doubt);
        inside += share.low <= truth && truth <= share.high;
        assert_true(share.high - share.low < 0.05);
    }
    assert_in_range(inside, 929, RUNS); /* three deviations below 950 */
}

/* Untouched (-2, -14) and unknown pages count nowhere, and never as remote. */
static int half_there(uint64_t page)
{
    return page % 4 == 1 ? -2 : page % 4 == 3 ? -14 : 0;
}

static void test_negative_is_not_remote(void **state)
{
    cck_numa_mapping mapping = mapping_of(0, 1 << 20);
    uint64_t bytes[2] = {0};
    (void)state;
    page_at = half_there;
    assert_int_equal(sample(&mapping, bytes, 1, 10000, 3, NULL), 0);
    assert_int_equal(bytes[1], 0);
    assert_true(mapping.found < mapping.drawn);
    assert_in_range(bytes[0] >> 12, (1 << 20) * 0.45, (1 << 20) * 0.55);
}

static int unknown_node(uint64_t page)
{
    (void)page;
    return 77; /* hotplugged after we looked */
}

static void test_a_node_that_came_later_is_unknown(void **state)
{
    cck_numa_mapping mapping = mapping_of(0, 1000);
    uint64_t bytes[2] = {0};
    (void)state;
    page_at = unknown_node;
    assert_int_equal(sample(&mapping, bytes, 1, 10000, 3, NULL), 0);
    assert_int_equal(bytes[0] + bytes[1] + mapping.found, 0);
}

static void test_refusals(void **state)
{
    static const struct {
        int os_error, code;
    } cases[] = {{EPERM, CCK_EACCESS}, {EACCES, CCK_EACCESS}, {ENOSYS, CCK_EUNSUPPORTED},
                 {ESRCH, CCK_EGONE}};
    (void)state;
    page_at = third;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_numa_mapping mapping = mapping_of(0, 1000);
        uint64_t bytes[2] = {0};
        cck_place_draw draw;
        refuse = cases[i].os_error;
        assert_int_equal(sample(&mapping, bytes, 1, 10000, 3, &draw), cases[i].code);
        assert_int_equal(draw.refused, cases[i].os_error);
        assert_int_equal(mapping.method, CCK_NUMA_UNKNOWN);
    }
}

static void test_time_is_up(void **state)
{
    enum { COUNT = 20000 };
    cck_numa_mapping *mappings = calloc(COUNT, sizeof *mappings);
    uint64_t *bytes = calloc(COUNT * 2, sizeof *bytes);
    size_t unknown = 0;
    (void)state;
    assert_non_null(mappings);
    assert_non_null(bytes);
    page_at = third;
    for (uint64_t i = 0; i < COUNT; i++)
        mappings[i] = mapping_of(i * 1000, 1000);
    cck_place_draw draw = {.calls = &fake,
                           .nodes = &nodes,
                           .pid = 4711,
                           .pages = 10000,
                           .page_size = 4096,
                           .deadline = 1};
    assert_int_equal(cck_place_sample(&draw, mappings, bytes, COUNT), 0);
    assert_true(draw.late);
    for (size_t i = 0; i < COUNT; i++) {
        unknown += mappings[i].method == CCK_NUMA_UNKNOWN;
        assert_true(mappings[i].method != CCK_NUMA_UNKNOWN || mappings[i].unknown);
    }
    assert_in_range(unknown, COUNT - 3000, COUNT - 1);
    assert_int_equal(calls, 1); /* a batch, and no more */
    free(mappings);
    free(bytes);
}

static void test_many_mappings_cost_a_page_each(void **state)
{
    enum { COUNT = 200000 };
    cck_numa_mapping *mappings = calloc(COUNT, sizeof *mappings);
    uint64_t *bytes = calloc(COUNT * 2, sizeof *bytes);
    (void)state;
    assert_non_null(mappings);
    assert_non_null(bytes);
    page_at = third;
    for (uint64_t i = 0; i < COUNT; i++)
        mappings[i] = mapping_of(i * 3, 3);
    assert_int_equal(sample(mappings, bytes, COUNT, 10000, 1, NULL), 0);
    assert_in_range(asked, COUNT, COUNT + 40000);
    free(mappings);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_few_pages_are_all_counted, set_up),
        cmocka_unit_test_setup(test_all_pages_when_asked, set_up),
        cmocka_unit_test_setup(test_cost_does_not_depend_on_size, set_up),
        cmocka_unit_test_setup(test_intervals_hold, set_up),
        cmocka_unit_test_setup(test_negative_is_not_remote, set_up),
        cmocka_unit_test_setup(test_a_node_that_came_later_is_unknown, set_up),
        cmocka_unit_test_setup(test_refusals, set_up),
        cmocka_unit_test_setup(test_time_is_up, set_up),
        cmocka_unit_test_setup(test_many_mappings_cost_a_page_each, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
