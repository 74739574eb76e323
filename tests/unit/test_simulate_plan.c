/* SPDX-License-Identifier: MIT */
/* From a request's options to what is simulated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/simulate/reader/plan.h"

static cck_arena arena;
static cck_stat_options stat_options;
static cck_simulate_options options;
static cck_plan plan;
static cck_error err;

static cck_want want = CCK_WANT_SPOTS;

static int make(void)
{
    cck_probe_request request = {.want = want,
                                 .options = &stat_options,
                                 .simulate = &options,
                                 .arena = &arena};
    err = (cck_error){0};
    return cck_plan_make(&plan, &request, &err);
}

static int set_up(void **state)
{
    (void)state;
    options = (cck_simulate_options){.size = sizeof options,
                                     .cache = "D1=32K,8,64 I1=32K,8,64 L2=1M,16,64 LL=11M,11,64 "
                                              "cores=8"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cck_arena_clear(&arena);
    return 0;
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(make(), 0);
    assert_true(plan.model.coherent);
    assert_true(plan.model.explain);
    assert_int_equal(plan.model.cores, 8);
    assert_int_equal(plan.model.llc, CCK_LLC_INDEPENDENT);
    assert_int_equal(plan.model.tlb_data.entries, 0);
    assert_int_equal(plan.placement, CCK_PLACE_ROUND_ROBIN);
    assert_true(plan.spots);
    assert_true(plan.model.latencies.memory > 0);
}

static void test_words(void **state)
{
    (void)state;
    options.model = "plru, exclusive adjacent,stream tlb no-coherence";
    assert_int_equal(make(), 0);
    assert_int_equal(plan.model.replace_l1, CCK_REPLACE_TREE_PLRU);
    assert_int_equal(plan.model.replace_l2, CCK_REPLACE_TREE_PLRU);
    assert_int_equal(plan.model.replace_ll, CCK_REPLACE_LRU); /* 11 ways make no tree */
    assert_int_equal(plan.model.llc, CCK_LLC_EXCLUSIVE);
    assert_true(plan.model.adjacent_prefetch);
    assert_true(plan.model.stream_prefetch);
    assert_true(plan.model.tlb_data.entries > 0);
    assert_false(plan.model.coherent);
    assert_non_null(strstr(plan.text, "exclusive"));
}

static void test_sharing_wants_coherence(void **state)
{
    (void)state;
    options.model = "lru,no-coherence";
    assert_int_equal(make(), 0);
    want = CCK_WANT_SHARING;
    assert_int_equal(make(), CCK_EINVALID);
    assert_non_null(strstr(err.hint, "cachecheck hotspots"));
    want = CCK_WANT_SPOTS;
}

static void test_unknown_words(void **state)
{
    (void)state;
    options.model = "plru inclusve";
    assert_int_equal(make(), CCK_EINVALID);
    assert_non_null(strstr(err.message, "inclusve"));
    assert_non_null(strstr(err.hint, "inclusive"));
}

static void test_what_cannot_be_modelled(void **state)
{
    (void)state;
    options.cache = "D1=32K,8,64 I1=32K,8,64 LL=1M,16,64 cores=2";
    options.model = "stream";
    assert_int_equal(make(), CCK_EINVALID);
    assert_non_null(strstr(err.message, "L2"));
}

static void test_maps(void **state)
{
    (void)state;
    options.map = "0,4,1";
    assert_int_equal(make(), 0);
    assert_int_equal(plan.placement, CCK_PLACE_LIST);
    assert_int_equal(plan.core_count, 3);
    assert_int_equal(plan.cores[1], 4);
    options.map = "affinity";
    assert_int_equal(make(), 0);
    assert_int_equal(plan.placement, CCK_PLACE_AFFINITY);
    options.map = "round-robin";
    assert_int_equal(make(), 0);
    assert_int_equal(plan.placement, CCK_PLACE_ROUND_ROBIN);
}

static void test_bad_maps(void **state)
{
    (void)state;
    options.map = "0,8";
    assert_int_equal(make(), CCK_EINVALID);
    assert_non_null(strstr(err.message, "no core 8"));
    options.map = "0,,1";
    assert_int_equal(make(), CCK_EINVALID);
    options.map = "0,-1";
    assert_int_equal(make(), CCK_EINVALID);
    options.map = "afinity";
    assert_int_equal(make(), CCK_EINVALID);
    assert_non_null(strstr(err.hint, "affinity"));
}

static void test_another_machine(void **state)
{
    (void)state;
    options.cache = NULL;
    options.topology = "numa:2 l3:1 core:4 pu:1";
    assert_int_equal(make(), 0);
    assert_int_equal(plan.model.cores, 8);
    assert_int_equal(plan.model.nodes, 2);
    assert_int_equal(plan.model.cores_per_ll, 4);
    options.topology = "nonsense:";
    assert_true(make() < 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_defaults), TEST(test_words),    TEST(test_unknown_words),
        TEST(test_maps),     TEST(test_bad_maps), TEST(test_what_cannot_be_modelled),
        TEST(test_another_machine), TEST(test_sharing_wants_coherence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
