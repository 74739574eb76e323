/* SPDX-License-Identifier: MIT */
/* What the kernel writes of placement, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/numa/number_set.h"
#include "core/numa/policy.h"
#include "probes/placement/maps_line.h"
#include "probes/placement/numa_maps_line.h"
#include "probes/placement/status.h"

static cck_numa_maps_line line; /* large */
static cck_arena arena;

static int clear(void **state)
{
    (void)state;
    cck_arena_clear(&arena);
    return 0;
}

static bool read_numa(const char *text)
{
    static char copy[8192];
    snprintf(copy, sizeof copy, "%s", text);
    return cck_numa_maps_line_read(&line, copy, &arena);
}

/* mm/mempolicy.c, mpol_to_str(): every word, with flags and nodes. */
static void test_every_policy(void **state)
{
    static const struct {
        const char *text;
        cck_numa_mode mode;
        const char *flags, *nodes;
    } cases[] = {
        {"default", CCK_NUMA_MODE_DEFAULT, "", ""},
        {"prefer:1", CCK_NUMA_MODE_PREFER, "", "1"},
        {"prefer (many):1-2", CCK_NUMA_MODE_PREFER_MANY, "", "1-2"},
        {"bind:0,3-5", CCK_NUMA_MODE_BIND, "", "0,3-5"},
        {"bind=static:1", CCK_NUMA_MODE_BIND, "static", "1"},
        {"bind=relative:0-1", CCK_NUMA_MODE_BIND, "relative", "0-1"},
        {"bind=balancing:0", CCK_NUMA_MODE_BIND, "balancing", "0"},
        {"bind=static|balancing:0", CCK_NUMA_MODE_BIND, "static|balancing", "0"},
        {"interleave:0-3", CCK_NUMA_MODE_INTERLEAVE, "", "0-3"},
        {"interleave=static:0-3", CCK_NUMA_MODE_INTERLEAVE, "static", "0-3"},
        {"weighted interleave:0-1", CCK_NUMA_MODE_WEIGHTED, "", "0-1"},
        {"local", CCK_NUMA_MODE_LOCAL, "", ""},
        {"quantum:7", CCK_NUMA_MODE_UNKNOWN, "", "7"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[160];
        snprintf(text, sizeof text, "7f0000001000 %s anon=3 dirty=3 N0=1 N1=2 kernelpagesize_kB=4",
                 cases[i].text);
        assert_true(read_numa(text));
        assert_int_equal(line.policy.mode, cases[i].mode);
        assert_string_equal(line.policy.flags, cases[i].flags);
        assert_string_equal(line.policy.nodes, cases[i].nodes);
        assert_string_equal(line.policy.text, cases[i].text);
        assert_int_equal(line.start, 0x7f0000001000);
        assert_int_equal(line.node_count, 2);
        assert_int_equal(line.nodes[1].pages, 2);
        assert_int_equal(line.anonymous, 3);
    }
}

static void test_huge_pages_are_counted_in_their_own_size(void **state)
{
    (void)state;
    assert_true(read_numa("7f0000000000 bind:1 file=/anon_hugepage\\040(deleted) huge anon=2 dirty=2 "
                          "N1=2 kernelpagesize_kB=2048"));
    assert_true(line.huge);
    assert_int_equal(line.page_size, 2 << 20);
    assert_int_equal(line.nodes[0].node, 1);
    assert_int_equal(line.nodes[0].pages, 2);
    assert_string_equal(line.file, "/anon_hugepage (deleted)");
}

static void test_names_with_escapes(void **state)
{
    (void)state;
    assert_true(read_numa("1000 default file=/tmp/a\\040N9=9\\075b\\011c\\012d mapped=1 N0=1"));
    assert_string_equal(line.file, "/tmp/a N9=9=b\tc\\012d");
    assert_int_equal(line.node_count, 1); /* the name holds no node */
    assert_int_equal(line.nodes[0].node, 0);
    assert_true(read_numa("1000 default heap anon=1 N0=1"));
    assert_true(line.heap);
    assert_true(read_numa("1000 default stack anon=1 N0=1"));
    assert_true(line.stack);
}

static void test_damaged_numa_lines(void **state)
{
    static const char *const bad[] = {"", " ", "xyz default", "1000", "-1000 default", "\t"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(read_numa(bad[i]));
    assert_true(read_numa("1000 default N1024=5 N99999999999999999999=1 N=3 N1=x N0=4"));
    assert_int_equal(line.node_count, 1);
    assert_int_equal(line.nodes[0].pages, 4);
}

static void test_maps_lines(void **state)
{
    cck_maps_line map;
    (void)state;
    assert_true(cck_maps_line_read(&map, "7f01-7f03 rw-p 00001000 fe:01 1234                       "
                                         "/tmp/a b\\012c"));
    assert_int_equal(map.start, 0x7f01);
    assert_int_equal(map.end, 0x7f03);
    assert_string_equal(map.rights, "rw-p");
    assert_int_equal(map.major, 0xfe);
    assert_int_equal(map.inode, 1234);
    assert_string_equal(map.name, "/tmp/a b\\012c");
    assert_true(cck_maps_line_read(&map, "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
                                         "                 [vsyscall]"));
    assert_string_equal(map.name, "[vsyscall]");
    assert_true(cck_maps_line_read(&map, "1000-2000 ---p 00000000 00:00 0"));
    assert_string_equal(map.name, "");
    static const char *const bad[] = {"",
                                      "1000",
                                      "1000-",
                                      "2000-1000 rw-p 0 0:0 0",
                                      "1000-1000 rw-p 0 0:0 0",
                                      "1000-2000 rw",
                                      "1000-2000 rw-p",
                                      "1000-2000 rw-p 0 00 0",
                                      "-1000-2000 rw-p 0 0:0 0",
                                      "1000-2000 rw-pX0 0:0 0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cck_maps_line_read(&map, bad[i]));
}

static void test_status(void **state)
{
    cck_place_status status;
    (void)state;
    cck_place_status_read(&status, "Name:\ta\\nb: c\nState:\tS (sleeping)\nUid:\t0\t1000\t0\t0\n"
                                   "NSpid:\t812\t7\nVmRSS:\t    1024 kB\nHugetlbPages:\t2048 kB\n"
                                   "Cpus_allowed_list:\t0-3,8\nMems_allowed_list:\t0-1\n");
    assert_int_equal(status.state, 'S');
    assert_int_equal(status.rss, 1 << 20);
    assert_int_equal(status.huge, 2 << 20);
    assert_int_equal(status.namespaces, 2);
    assert_int_equal(status.uid, 1000);
    assert_string_equal(status.cpus, "0-3,8");
    assert_string_equal(status.mems, "0-1");
    assert_true(status.has_memory);
    cck_place_status_read(&status, "Name:\tkthreadd\nState:\tZ (zombie)\nKthread:\t1\n");
    assert_false(status.has_memory);
    assert_true(status.kernel);
    assert_int_equal(status.state, 'Z');
    cck_place_status_read(&status, "");
    assert_int_equal(status.state, '?');
}

static void test_sched(void **state)
{
    static cck_place_sched sched;
    (void)state;
    cck_place_sched_read(&sched, "numa_faults node=0 task_private=9 (12, #threads: 1)\n"
                                 "se.nr_migrations                :   42\n"
                                 "numa_preferred_nid              :   1\n"
                                 "current_node=1, numa_group_id=0\n"
                                 "numa_faults node=0 task_private=10 task_shared=5 group_private=0 "
                                 "group_shared=0\n"
                                 "numa_faults node=1 task_private=2040 task_shared=0 "
                                 "group_private=0 group_shared=0\n");
    assert_int_equal(sched.moves, 42);
    assert_int_equal(sched.preferred, 1);
    assert_true(sched.has_faults);
    assert_int_equal(sched.node_count, 2); /* not the first line: that is the thread's name */
    assert_int_equal(sched.nodes[0].faults, 15);
    assert_int_equal(sched.nodes[1].faults, 2040);
    cck_place_sched_read(&sched, "x (1, #threads: 1)\n");
    assert_int_equal(sched.moves, -1);
    assert_false(sched.has_faults);
}

static void test_number_sets(void **state)
{
    char both[64];
    (void)state;
    assert_true(cck_number_set_has("0-3,8", 8));
    assert_false(cck_number_set_has("0-3,8", 7));
    assert_false(cck_number_set_has("", 0));
    assert_int_equal(cck_number_set_count("0-3,8"), 5);
    assert_int_equal(cck_number_set_first("4,2-3"), 2);
    assert_int_equal(cck_number_set_first(""), -1);
    assert_true(cck_number_set_within("1-2", "0-3"));
    assert_false(cck_number_set_within("1-4", "0-3"));
    assert_true(cck_number_set_meets("0-3", "3-5"));
    assert_false(cck_number_set_meets("0-3", "4-5"));
    cck_number_set_common("0-3,8-11", "2-9", both, sizeof both);
    assert_string_equal(both, "2-3,8-9");
    assert_int_equal(cck_number_set_common("0-3", "8", both, sizeof both), 0);
    /* Damage ends a list, and large numbers do not loop for ever. */
    assert_int_equal(cck_number_set_count("3-1,5"), 0);
    assert_int_equal(cck_number_set_count("0-4294967295"), 0);
    assert_int_equal(cck_number_set_count("x"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_policy, clear),
        cmocka_unit_test_teardown(test_huge_pages_are_counted_in_their_own_size, clear),
        cmocka_unit_test_teardown(test_names_with_escapes, clear),
        cmocka_unit_test_teardown(test_damaged_numa_lines, clear),
        cmocka_unit_test(test_maps_lines),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_sched),
        cmocka_unit_test(test_number_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
