/* SPDX-License-Identifier: MIT */
/* Arm's common events that a PMU does not implement, told by its sysfs. */
#include "event_tree.h"

#include "probes/counters/event_arm.h"

static bool lacks(const cck_root *root, uint32_t type, uint64_t config)
{
    cck_event event = {.hardware = true, .attr = {.type = type, .config = config}};
    return cck_event_arm_lacks(root, &event);
}

/* What QEMU 7.2 shows of a Neoverse N1. */
static void add_guest_pmu(void)
{
    tree_add(TREE_PMU "armv8_pmuv3/type", "8\n");
    tree_add(TREE_PMU "armv8_pmuv3/cpus", "0\n");
    tree_add(TREE_PMU "armv8_pmuv3/events/inst_retired", "event=0x0008\n");
    tree_add(TREE_PMU "armv8_pmuv3/events/cpu_cycles", "event=0x0011\n");
    tree_add(TREE_PMU "armv8_pmuv3/events/odd", "config=1\n");
}

static void what_sysfs_lists_is_there(void **state)
{
    (void)state;
    cck_root root = tree_open(NULL);
    add_guest_pmu();
    assert_false(lacks(&root, PERF_TYPE_RAW, 0x08));
    assert_false(lacks(&root, 8, 0x11));
    assert_true(lacks(&root, PERF_TYPE_RAW, 0x37)); /* LL_CACHE_MISS_RD */
    assert_true(lacks(&root, 8, 0x03));             /* L1D_CACHE_REFILL */
    assert_true(lacks(&root, 8, 0x4004));           /* CNT_CYCLES */
    tree_close(&root);
}

static void what_it_cannot_tell_is_left_to_the_kernel(void **state)
{
    (void)state;
    cck_root root = tree_open(NULL);
    assert_false(lacks(&root, PERF_TYPE_RAW, 0x37)); /* no PMU at all */
    tree_add(TREE_PMU "armv8_cortex_a72/type", "9\n");
    tree_add(TREE_PMU "armv8_cortex_a72/cpus", "0-3\n");
    assert_false(lacks(&root, 9, 0x37)); /* one that lists nothing */
    add_guest_pmu();
    assert_false(lacks(&root, 9, 0x37));
    assert_false(lacks(&root, 8, 0xc0));               /* the maker's own events */
    assert_false(lacks(&root, 8, 0x4040));             /* beyond the extended range */
    assert_false(lacks(&root, PERF_TYPE_HARDWARE, 3)); /* the kernel's mapping refuses itself */
    assert_false(lacks(&root, PERF_TYPE_BREAKPOINT, 0));
    assert_false(lacks(&root, 33, 0x37)); /* another PMU's event */
    tree_close(&root);
}

static void other_machines_are_not_asked(void **state)
{
    (void)state;
    cck_root root = tree_open(NULL);
    add_guest_pmu();
    tree_add(TREE_PMU "cpu/type", "4\n");
    assert_false(lacks(&root, PERF_TYPE_RAW, 0x37));
    tree_close(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_sysfs_lists_is_there),
        cmocka_unit_test(what_it_cannot_tell_is_left_to_the_kernel),
        cmocka_unit_test(other_machines_are_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
