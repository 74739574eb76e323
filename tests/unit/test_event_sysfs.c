/* SPDX-License-Identifier: MIT */
/* Events that the kernel describes: recorded sysfs and tracefs trees. */
#include "event_tree.h"

/* A uniform x86 machine; formats as arch/x86/events/{core,intel/core}.c show them. */
static const tree_file uniform[] = {
    {TREE_PMU "cpu/type", "4\n"},
    {TREE_PMU "cpu/format/event", "config:0-7\n"},
    {TREE_PMU "cpu/format/umask", "config:8-15\n"},
    {TREE_PMU "cpu/format/edge", "config:18\n"},
    {TREE_PMU "cpu/format/inv", "config:23\n"},
    {TREE_PMU "cpu/format/cmask", "config:24-31\n"},
    {TREE_PMU "cpu/format/ldlat", "config1:0-15\n"},
    {TREE_PMU "cpu/format/offcore_rsp", "config1:0-63\n"},
    {TREE_PMU "cpu/format/split", "config:0-7,32-35\n"},
    {TREE_PMU "cpu/format/broken", "config:7-0\n"},
    {TREE_PMU "cpu/format/empty", "\n"},
    {TREE_PMU "cpu/format/elsewhere", "attr:0-7\n"},
    {TREE_PMU "cpu/format/wide", "config:0-64\n"},
    {TREE_PMU "cpu/events/cpu-cycles", "event=0x3c\n"},
    {TREE_PMU "cpu/events/mem-loads", "event=0xcd,umask=0x1,ldlat=3\n"},
    {TREE_PMU "cpu/events/asks", "event=0xcd,ldlat=?\n"},
    {TREE_PMU "cpu/events/circle", "circle\n"},
    {TREE_PMU "cpu/events/junk", "event=,,=\n"},
    {TREE_PMU "cpu/events/topdown-total-slots", "event=0x3c,umask=0x0\n"},
    {TREE_PMU "cpu/events/topdown-total-slots.scale", "4\n"},
    {TREE_PMU "power/type", "22\n"},
    {TREE_PMU "power/format/event", "config:0-7\n"},
    {TREE_PMU "power/events/energy-pkg", "event=0x02\n"},
    {TREE_PMU "power/events/energy-pkg.unit", "Joules\n"},
    {TREE_PMU "power/events/energy-pkg.scale", "2.3283064365386962890625e-10\n"},
    {TREE_PMU "software/type", "1\n"},
    {TREE_PMU "odd/type", "many\n"},
    {"sys/kernel/tracing/events/syscalls/sys_enter_read/id", "731\n"},
    {"sys/kernel/tracing/events/sched/sched_switch/id", "316\n"},
    {"sys/kernel/tracing/events/sched/bad/id", "x\n"},
    {NULL, NULL},
};

static cck_root root;

static int open_uniform(void **state)
{
    (void)state;
    root = tree_open(uniform);
    return 0;
}

static int close_tree(void **state)
{
    (void)state;
    tree_close(&root);
    return 0;
}

static void terms_go_where_the_format_says(void **state)
{
    (void)state;
    assert_encodes(&root, "cpu/event=0x2e,umask=0x41/", 4, 0x412e, "cpu/config=0x412e/");
    assert_encodes(&root, "cpu/event=46,umask=65/u", 4, 0x412e, "cpu/config=0x412e/:u");
    assert_encodes(&root, "cpu/event=0xa3,umask=6,cmask=6/", 4, 0x60006a3, "cpu/config=0x60006a3/");
    assert_encodes(&root, "cpu/event=0xc2,inv,edge,cmask=1/", 4, 0x18400c2 | 1u << 23,
                   "cpu/config=0x18400c2/");
    assert_encodes(&root, "cpu/split=0x1ff/", 4, 0x1000000ff, "cpu/config=0x1000000ff/");
    assert_encodes(&root, "cpu/config=0x1234,config1=0x5/", 4, 0x1234,
                   "cpu/config=0x1234,config1=0x5/");
    assert_encodes(&root, "cpu/r412e/", 4, 0x412e, "cpu/config=0x412e/");
    assert_encodes(&root, "cpu/event=0xb7,umask=1,offcore_rsp=0xffffffffffffffff/", 4, 0x1b7,
                   "cpu/config=0x1b7,config1=0xffffffffffffffff/");
}

static void a_name_can_be_given(void **state)
{
    (void)state;
    parse_result parsed;
    parse_in(&parsed, &root, "cpu/event=0x2e,umask=0x41,name=misses/u,cycles");
    assert_int_equal(parsed.list.count, 2);
    assert_string_equal(parsed.list.events[0].info.name, "misses");
    assert_string_equal(parsed.list.events[0].info.counted, "cpu/config=0x412e/:u");
    assert_true(parsed.list.events[0].info.user_only);
    assert_true(parsed.list.events[0].hardware);
    assert_string_equal(parsed.list.events[0].pmu, "cpu");
    parsed_free(&parsed);
}

static void aliases_slashed_and_bare(void **state)
{
    (void)state;
    assert_encodes(&root, "cpu/cpu-cycles/", 4, 0x3c, "cpu/config=0x3c/");
    assert_encodes(&root, "cpu/mem-loads/", 4, 0x1cd, "cpu/config=0x1cd,config1=0x3/");
    assert_encodes(&root, "cpu/mem-loads,ldlat=30/u", 4, 0x1cd, "cpu/config=0x1cd,config1=0x1e/:u");
    assert_encodes(&root, "cpu/asks,ldlat=7/", 4, 0xcd, "cpu/config=0xcd,config1=0x7/");
    assert_encodes(&root, "mem-loads", 4, 0x1cd, "cpu/config=0x1cd,config1=0x3/");
    assert_encodes(&root, "mem-loads:u", 4, 0x1cd, "cpu/config=0x1cd,config1=0x3/:u");
    /* A generic name that is no alias works on a core PMU, too. */
    assert_encodes(&root, "cpu/instructions/", PERF_TYPE_HARDWARE, 1,
                   "cpu/PERF_COUNT_HW_INSTRUCTIONS/");
    assert_fails(&root, "cpu/task-clock/", CCK_ENOTFOUND, "task-clock");
}

static void units_and_scales_are_told(void **state)
{
    (void)state;
    parse_result parsed;
    parse_in(&parsed, &root, "power/energy-pkg/,topdown-total-slots,energy-pkg");
    assert_int_equal(parsed.list.count, 3);
    assert_string_equal(parsed.list.events[0].info.unit, "2.3283064365386962890625e-10 Joules");
    assert_string_equal(parsed.list.events[1].info.unit, "4");
    assert_int_equal(parsed.list.events[2].attr.type, 22);
    /* Such PMUs refuse every exclude flag. */
    assert_int_equal(parsed.list.events[0].attr.exclude_guest, 0);
    parsed_free(&parsed);
}

static void bad_terms_are_refused(void **state)
{
    (void)state;
    assert_fails(&root, "cpu//", CCK_EINVALID, "bad terms");
    assert_fails(&root, "cpu/event=/", CCK_EINVALID, "bad terms");
    assert_fails(&root, "cpu/event=1,,umask=1/", CCK_EINVALID, "bad terms");
    assert_fails(&root, "cpu/=1/", CCK_EINVALID, "bad terms");
    assert_fails(&root, "cpu/event=0x100/", CCK_EINVALID, "does not fit");
    assert_fails(&root, "cpu/event=-1/", CCK_EINVALID, "number");
    assert_fails(&root, "cpu/event=0xfffffffffffffffff/", CCK_EINVALID, "number");
    assert_fails(&root, "cpu/edge=2/", CCK_EINVALID, "does not fit");
    assert_fails(&root, "cpu/evnt=1/", CCK_ENOTFOUND, "did you mean `event'");
    assert_fails(&root, "cpu/mem-load/", CCK_ENOTFOUND, "did you mean `mem-loads'");
    assert_fails(&root, "cpu/../", CCK_ENOTFOUND, "..");
    assert_fails(&root, "../cpu/event=1/", CCK_EINVALID, "unknown modifier");
    assert_fails(&root, "cpu/event=1,period=1000/", CCK_EINVALID, "how to sample");
    assert_fails(&root, "cpu/asks/", CCK_EINVALID, "needs a value");
    assert_fails(&root, "cpu/circle/", CCK_EFORMAT, "circles");
    assert_fails(&root, "cpu/junk/", CCK_EINVALID, "bad terms");
    assert_fails(&root, "cpu/broken=1/", CCK_EFORMAT, "not understood");
    assert_fails(&root, "cpu/wide=1/", CCK_EFORMAT, "not understood");
    assert_fails(&root, "cpu/elsewhere=1/", CCK_EFORMAT, "not understood");
    assert_fails(&root, "cpu/empty=1/", CCK_ENOTFOUND, "empty");
    assert_fails(&root, "cpi/event=1/", CCK_ENOTFOUND, "did you mean `cpu'");
    assert_fails(&root, "odd/event=1/", CCK_ENOTFOUND, "no PMU");
    assert_fails(&root, "mem-laods", CCK_ENOTFOUND, "did you mean `mem-loads'");
    assert_fails(&root, "software/nonsense/", CCK_ENOTFOUND, "nonsense");
}

static void tracepoints_by_their_id(void **state)
{
    (void)state;
    parse_result parsed;
    parse_in(&parsed, &root, "syscalls:sys_enter_read,sched:sched_switch:u");
    assert_int_equal(parsed.list.count, 2);
    assert_int_equal(parsed.list.events[0].attr.type, PERF_TYPE_TRACEPOINT);
    assert_int_equal(parsed.list.events[0].attr.config, 731);
    assert_string_equal(parsed.list.events[0].pmu, "tracepoint");
    assert_false(parsed.list.events[0].hardware);
    assert_true(parsed.list.events[1].attr.exclude_kernel);
    parsed_free(&parsed);
    assert_fails(&root, "syscalls:sys_enter_nothing", CCK_ENOTFOUND, "sys_enter_nothing");
    assert_fails(&root, "sched:bad", CCK_ENOTFOUND, "sched:bad");
    assert_fails(&root, "..:..", CCK_ENOTFOUND, "no event");
}

static void tracefs_that_is_not_there_or_closed_is_said(void **state)
{
    (void)state;
    cck_root empty = tree_open((const tree_file[]){{NULL, NULL}});
    assert_fails(&empty, "syscalls:sys_enter_read", CCK_EACCESS, "not mounted");
    assert_fails(&empty, "cpu/event=1/", CCK_ENOTFOUND, "no hardware PMU");
    tree_close(&empty);

    cck_root closed = tree_open(uniform);
    char events[128];
    snprintf(events, sizeof events, "%s/sys/kernel/tracing/events", tree_path);
    assert_int_equal(chmod(tree_path, 0755), 0);
    assert_int_equal(chmod(events, 0), 0);
    bool was_root = geteuid() == 0; /* whom no mode keeps out */
    assert_int_equal(was_root ? seteuid(65534) : 0, 0);
    assert_fails(&closed, "syscalls:sys_enter_read", CCK_EACCESS, "not readable");
    /* An upper case name may still be libpfm4's, and is not called a tracepoint. */
    assert_fails(&closed, "NO_SUCH_EVENT:MASK", CCK_ENOTFOUND, "no event");
    assert_int_equal(was_root ? seteuid(0) : 0, 0);
    chmod(events, 0755);
    tree_close(&closed);
}

/* Alder Lake: two core PMUs, each with a type of its own. */
static const tree_file hybrid[] = {
    {TREE_PMU "cpu_core/type", "4\n"},
    {TREE_PMU "cpu_core/cpus", "0-15\n"},
    {TREE_PMU "cpu_core/format/event", "config:0-7\n"},
    {TREE_PMU "cpu_core/format/umask", "config:8-15\n"},
    {TREE_PMU "cpu_core/events/mem-loads", "event=0xcd,umask=0x1,ldlat=3\n"},
    {TREE_PMU "cpu_core/format/ldlat", "config1:0-15\n"},
    {TREE_PMU "cpu_atom/type", "10\n"},
    {TREE_PMU "cpu_atom/cpus", "16-23\n"},
    {TREE_PMU "cpu_atom/format/event", "config:0-7\n"},
    {TREE_PMU "cpu_atom/format/umask", "config:8-15\n"},
    {TREE_PMU "cpu_atom/format/ldlat", "config1:0-15\n"},
    {TREE_PMU "cpu_atom/events/mem-loads", "event=0xd0,umask=0x5,ldlat=3\n"},
    {TREE_PMU "cpu_atom/events/ocr", "event=0xb7,umask=0x1\n"},
    {TREE_PMU "uncore_imc_0/type", "20\n"},
    {TREE_PMU "uncore_imc_0/cpumask", "0\n"},
    {"proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
                     "model\t\t: 151\nmodel name\t: 12th Gen Intel(R) Core(TM) i9-12900K\n"},
    {NULL, NULL},
};

typedef struct expected {
    const char *name, *counted;
    uint32_t type;
    uint64_t config;
} expected;

static void assert_events(const cck_event_list *list, const expected *rows, size_t count)
{
    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++) {
        const cck_event *event = &list->events[i];
        assert_string_equal(event->info.name, rows[i].name);
        assert_string_equal(event->info.counted, rows[i].counted);
        assert_int_equal(event->attr.type, rows[i].type);
        assert_int_equal(event->attr.config, rows[i].config);
    }
}

static void hybrid_machines_count_on_both_kinds_of_cores(void **state)
{
    (void)state;
    static const expected rows[] = {
        {"cpu_atom/cycles/u", "cpu_atom/PERF_COUNT_HW_CPU_CYCLES/:u", 0, 0xa00000000},
        {"cpu_core/cycles/u", "cpu_core/PERF_COUNT_HW_CPU_CYCLES/:u", 0, 0x400000000},
        {"cpu_atom/LLC-load-misses/", "cpu_atom/PERF_COUNT_HW_CACHE_LL:READ:MISS/", 3, 0xa00010002},
        {"cpu_core/LLC-load-misses/", "cpu_core/PERF_COUNT_HW_CACHE_LL:READ:MISS/", 3, 0x400010002},
        {"cpu_atom/r412e/", "cpu_atom/config=0x412e/", 10, 0x412e},
        {"cpu_core/r412e/", "cpu_core/config=0x412e/", 4, 0x412e},
        {"cpu_atom/mem-loads/u", "cpu_atom/config=0x5d0,config1=0x3/:u", 10, 0x5d0},
        {"cpu_core/mem-loads/u", "cpu_core/config=0x1cd,config1=0x3/:u", 4, 0x1cd},
        {"cpu_atom/ocr/", "cpu_atom/config=0x1b7/", 10, 0x1b7},
        {"cpu_core/instructions/", "cpu_core/PERF_COUNT_HW_INSTRUCTIONS/", 0, 0x400000001},
        {"cpu_atom/event=0x2e,umask=0x41/", "cpu_atom/config=0x412e/", 10, 0x412e},
        {"task-clock", "PERF_COUNT_SW_TASK_CLOCK", 1, 1},
    };
    parse_result parsed;
    parse_in(&parsed, &root,
             "cycles:u,LLC-load-misses,r412e,mem-loads:u,ocr,cpu_core/instructions/,"
             "cpu_atom/event=0x2e,umask=0x41/,task-clock");
    assert_events(&parsed.list, rows, sizeof rows / sizeof *rows);
    parsed_free(&parsed);
    assert_fails(&root, "cpu/event=1/", CCK_ENOTFOUND, "no PMU `cpu'");
}

static void hybrid_sets_have_an_event_for_each_kind(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_event_scope scope = {.root = &root, .arena = &arena};
    cck_event_list list = {0};
    cck_error err = {0};
    assert_string_equal(cck_event_uarch(&root), "intel-adl");
    assert_int_equal(cck_event_set(&list, "default", &scope, &err), 0);
    static const expected rows[] = {
        {"task-clock", "PERF_COUNT_SW_TASK_CLOCK", 1, 1},
        {"cpu_core/cycles/", "cpu_core/PERF_COUNT_HW_CPU_CYCLES/", 0, 0x400000000},
        {"cpu_atom/cycles/", "cpu_atom/PERF_COUNT_HW_CPU_CYCLES/", 0, 0xa00000000},
        {"cpu_core/instructions/", "cpu_core/PERF_COUNT_HW_INSTRUCTIONS/", 0, 0x400000001},
        {"cpu_atom/instructions/", "cpu_atom/PERF_COUNT_HW_INSTRUCTIONS/", 0, 0xa00000001},
        {"cpu_core/L1d-load-misses/", "MEM_LOAD_RETIRED:L1_MISS (0x08d1)", 4, 0x8d1},
        {"cpu_atom/L1d-load-misses/", "MEM_LOAD_UOPS_RETIRED.L1_MISS (0x08d1)", 10, 0x8d1},
        {"cpu_core/LLC-misses/", "LONGEST_LAT_CACHE:MISS (0x412e)", 4, 0x412e},
        {"cpu_atom/LLC-misses/", "LONGEST_LAT_CACHE.MISS (0x412e)", 10, 0x412e},
        {"cpu_core/stalls-mem/", "EXE_ACTIVITY:BOUND_ON_LOADS (0x50021a6)", 4, 0x50021a6},
        {"cpu_atom/stalls-mem/", "MEM_BOUND_STALLS.LOAD (0x0734)", 10, 0x734},
    };
    assert_events(&list, rows, sizeof rows / sizeof *rows);
    for (size_t i = 1; i < list.count; i++)
        assert_true(list.events[i].optional);
    cck_arena_clear(&arena);
}

static int open_hybrid(void **state)
{
    (void)state;
    root = tree_open(hybrid);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(terms_go_where_the_format_says, open_uniform, close_tree),
        cmocka_unit_test_setup_teardown(a_name_can_be_given, open_uniform, close_tree),
        cmocka_unit_test_setup_teardown(aliases_slashed_and_bare, open_uniform, close_tree),
        cmocka_unit_test_setup_teardown(units_and_scales_are_told, open_uniform, close_tree),
        cmocka_unit_test_setup_teardown(bad_terms_are_refused, open_uniform, close_tree),
        cmocka_unit_test_setup_teardown(tracepoints_by_their_id, open_uniform, close_tree),
        cmocka_unit_test(tracefs_that_is_not_there_or_closed_is_said),
        cmocka_unit_test_setup_teardown(hybrid_machines_count_on_both_kinds_of_cores, open_hybrid,
                                        close_tree),
        cmocka_unit_test_setup_teardown(hybrid_sets_have_an_event_for_each_kind, open_hybrid,
                                        close_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
