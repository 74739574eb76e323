/* SPDX-License-Identifier: MIT */
/* Each rule on a made-up machine: where it must speak, where it must not, and that no fix is
 * printed which the process may not use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/numa/numa.h"
#include "core/result/result.h"
#include "numa_made.h"

static made m;
static cck_numa_placement placement;
static cck_result *result;

static int begin(void **state)
{
    (void)state;
    made_begin(&m);
    result = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    cck_result_free(result);
    cck_arena_clear(&m.arena);
    return 0;
}

static void find(bool balancing)
{
    assert_int_equal(cck_numa_judge(&m.raw, &m.arena, &placement), 0);
    placement.balancing_known = true;
    placement.balancing = balancing;
    cck_result_free(result);
    result = cck_result_new();
    assert_non_null(result);
    result->command = "numa";
    result->placement = &placement;
    result->target.pid = 100;
    result->target.attached = true;
    assert_int_equal(cck_numa_find(result, NULL), 0);
}

static const cck_finding *finding_of(const char *rule)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (strcmp(result->findings[i].rule, rule) == 0)
            return &result->findings[i];
    return NULL;
}

static bool suggests(const cck_finding *finding, const char *code)
{
    if (!finding)
        return false;
    if (strcmp(finding->suggestion.code, code) == 0)
        return true;
    for (size_t i = 0; i < finding->suggestion.variant_count; i++)
        if (strcmp(finding->suggestion.variants[i].code, code) == 0)
            return true;
    return false;
}

static bool mentions(const char *what)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        const cck_suggestion *fix = &result->findings[i].suggestion;
        if (strstr(fix->code, what))
            return true;
        for (size_t j = 0; j < fix->variant_count; j++)
            if (strstr(fix->variants[j].code, what))
                return true;
    }
    return false;
}

static void test_memory_remote(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_mapping(&m, 10, 490, 0);
    find(false);
    const cck_finding *finding = finding_of("memory-remote");
    assert_non_null(finding);
    assert_int_equal(finding->severity, CCK_SEVERITY_HIGH);
    assert_true(suggests(finding, "migratepages 100 1 0"));
    assert_true(suggests(finding, "taskset -apc 4-7 100"));
    assert_true(suggests(finding, "numactl --cpunodebind=0 --membind=0 -- COMMAND"));
    assert_string_equal(finding->verify, "cachecheck numa -p 100");
    assert_string_equal(result->total.verdict.name, "remote");
}

static void test_at_home_is_no_finding(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_mapping(&m, 450, 50, 0);
    find(true);
    assert_int_equal(result->finding_count, 0);
}

static void test_too_little_to_matter(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_mapping(&m, 0, 8, 0);
    find(false);
    assert_null(finding_of("memory-remote"));
}

/* A cpuset without node 0's memory: moving there would fail, so it is not said. */
static void test_fixes_keep_to_the_cpuset(void **state)
{
    (void)state;
    made_thread(&m, 1, 0)->mems = "1";
    m.threads[0].cpus = "0-3";
    made_mapping(&m, 0, 500, 0);
    find(false);
    const cck_finding *finding = finding_of("memory-remote");
    assert_non_null(finding);
    assert_false(mentions("migratepages"));
    assert_false(mentions("taskset")); /* node 1's CPUs are not allowed either */
    assert_false(mentions("numactl"));
    assert_true(finding->note_count > 0);
    m.threads[0].cpus = "0-3,5";
    find(false);
    assert_true(suggests(finding_of("memory-remote"), "taskset -apc 5 100"));
    assert_true(suggests(finding_of("memory-remote"), "numactl --physcpubind=5 --membind=1 -- COMMAND"));
}

static void test_unknown_cpuset_promises_nothing(void **state)
{
    (void)state;
    made_thread(&m, 1, 0)->mems = "";
    m.threads[0].cpus = "";
    made_mapping(&m, 0, 500, 0);
    find(false);
    assert_non_null(finding_of("memory-remote"));
    assert_false(mentions("migratepages") || mentions("taskset") || mentions("numactl"));
}

static void test_no_room_no_move(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_mapping(&m, 0, 500, 0);
    m.nodes[0].free = 100 * MIB;
    find(false);
    assert_false(mentions("migratepages"));
    assert_true(mentions("taskset -apc 4-7 100"));
}

static void test_first_touch(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_thread(&m, 0, 1);
    made_mapping(&m, 500, 0, 0);
    find(false);
    const cck_finding *finding = finding_of("first-touch-by-one-thread");
    assert_non_null(finding);
    assert_true(suggests(finding, "numactl --interleave=0,1 -- COMMAND"));
    assert_null(finding_of("interleave-would-help")); /* explained */
    assert_null(finding_of("memory-remote"));
    /* Bound on purpose: nobody's first touch. */
    m.mappings[0].policy.mode = CCK_NUMA_MODE_BIND;
    m.mappings[0].policy.nodes = "0";
    find(false);
    assert_null(finding_of("first-touch-by-one-thread"));
    assert_non_null(finding_of("interleave-would-help"));
}

static void test_interleave_needs_two_nodes(void **state)
{
    (void)state;
    made_thread(&m, 1, 0)->mems = "0,2";
    made_thread(&m, 0, 1)->mems = "0,2";
    for (int i = 0; i < 6; i++)
        made_mapping(&m, 50, 0, 0);
    find(false);
    assert_null(finding_of("interleave-would-help")); /* node 2 has no CPUs: a tier */
    m.threads[0].mems = m.threads[1].mems = "0-1";
    find(false);
    assert_non_null(finding_of("interleave-would-help"));
}

static void test_wandering(void **state)
{
    (void)state;
    cck_numa_thread *thread = made_thread(&m, 0.6, 0.4);
    thread->node_moves = 9;
    made_mapping(&m, 0, 100, 0);
    find(false);
    assert_true(suggests(finding_of("thread-wanders-across-nodes"), "taskset -pc 4-7 100"));
    thread->cpus = "0-4";
    find(false);
    assert_true(suggests(finding_of("thread-wanders-across-nodes"), "taskset -pc 4 100"));
    thread->node_moves = 1;
    find(false);
    assert_null(finding_of("thread-wanders-across-nodes"));
    thread->node_moves = 9;
    thread->ran_by = CCK_NUMA_RAN_ONCE;
    find(false);
    assert_null(finding_of("thread-wanders-across-nodes"));
}

static void test_full_node(void **state)
{
    (void)state;
    cck_numa_thread *thread = made_thread(&m, 1, 0);
    thread->policy.mode = CCK_NUMA_MODE_BIND;
    thread->policy.nodes = "0";
    thread->policy.text = "bind:0";
    made_mapping(&m, 500, 0, 0);
    find(false);
    assert_null(finding_of("bound-to-a-full-node"));
    m.nodes[0].free = 10 * MIB;
    find(false);
    const cck_finding *finding = finding_of("bound-to-a-full-node");
    assert_true(suggests(finding, "numactl --preferred=0 -- COMMAND"));
    assert_true(suggests(finding, "migratepages 100 0 1,2"));
    /* The same by a cpuset: no command of the process's own helps. */
    thread->policy.mode = CCK_NUMA_MODE_DEFAULT;
    thread->mems = "0";
    find(false);
    assert_non_null(finding_of("bound-to-a-full-node"));
    assert_false(mentions("--preferred"));
}

static void test_policy_not_honoured(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    cck_numa_mapping *mapping = made_mapping(&m, 64, 0, 0);
    mapping->policy =
        (cck_numa_policy){.mode = CCK_NUMA_MODE_BIND, .flags = "", .nodes = "1", .text = "bind:1"};
    find(false);
    assert_true(suggests(finding_of("policy-not-honoured"), "migratepages 100 0 1"));
    mapping->policy.nodes = "0-1";
    find(false);
    assert_null(finding_of("policy-not-honoured"));
    mapping->policy.nodes = "1";
    mapping->policy.flags = "relative";
    find(false);
    assert_null(finding_of("policy-not-honoured"));
    mapping->policy_unknown = "sampled";
    find(false);
    assert_null(finding_of("policy-not-honoured"));
}

static void test_tier(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    made_mapping(&m, 100, 0, 100);
    find(false);
    assert_int_equal(finding_of("node-without-CPUs")->severity, CCK_SEVERITY_LOW);
    assert_true(suggests(finding_of("node-without-CPUs"), "migratepages 100 2 0"));
    assert_null(finding_of("memory-remote")); /* all that is remote is on the tier */
}

static void test_huge_pages(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    cck_numa_mapping *mapping = made_mapping(&m, 0, 64, 0);
    mapping->kind = CCK_NUMA_HUGE;
    mapping->page_size = 2 * MIB;
    made_mapping(&m, 500, 0, 0);
    find(false);
    const cck_finding *finding = finding_of("huge-page-on-wrong-node");
    assert_non_null(finding);
    assert_non_null(strstr(finding->title, "32 huge pages"));
    assert_true(mentions("node0/hugepages/hugepages-2048kB/nr_hugepages"));
    m.threads[0].mems = "1";
    find(false);
    assert_false(mentions("nr_hugepages"));
}

static void test_file_cache(void **state)
{
    (void)state;
    made_thread(&m, 1, 0);
    cck_numa_mapping *mapping = made_mapping(&m, 0, 64, 0);
    mapping->kind = CCK_NUMA_FILE;
    mapping->name = "/data/model.bin";
    made_mapping(&m, 500, 0, 0);
    find(false);
    assert_non_null(finding_of("file-cache-remote"));
}

static void test_balancing(void **state)
{
    (void)state;
    cck_numa_thread *thread = made_thread(&m, 1, 0);
    thread->ran_by = CCK_NUMA_RAN_CONFINED;
    m.faults[0][0] = 5000;
    thread->faults = m.faults[0];
    made_mapping(&m, 100, 0, 0);
    find(false);
    assert_null(finding_of("numa-balancing-fights-pinning"));
    find(true);
    assert_non_null(finding_of("numa-balancing-fights-pinning"));
    thread->ran_by = CCK_NUMA_RAN_SWITCHES;
    find(true);
    assert_null(finding_of("numa-balancing-fights-pinning"));
}

static void test_one_node_is_silent(void **state)
{
    (void)state;
    m.raw.node_count = 1;
    made_thread(&m, 1, 0);
    made_mapping(&m, 500, 0, 0);
    find(true);
    assert_int_equal(result->finding_count, 0);
    assert_string_equal(result->total.verdict.name, "one-node");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_memory_remote),
        TEST(test_at_home_is_no_finding),
        TEST(test_too_little_to_matter),
        TEST(test_fixes_keep_to_the_cpuset),
        TEST(test_unknown_cpuset_promises_nothing),
        TEST(test_no_room_no_move),
        TEST(test_first_touch),
        TEST(test_interleave_needs_two_nodes),
        TEST(test_wandering),
        TEST(test_full_node),
        TEST(test_policy_not_honoured),
        TEST(test_tier),
        TEST(test_huge_pages),
        TEST(test_file_cache),
        TEST(test_balancing),
        TEST(test_one_node_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
