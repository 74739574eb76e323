/* SPDX-License-Identifier: MIT */
/* Which events sample addresses: recorded /sys and /proc of machines, with and without. */
#include "tests/unit/made_up.h"

#include "event_tree.h"
#include "probes/precise/plan.h"
#include "probes/precise/processor.h"

#define CPUINFO_INTEL                                                                              \
    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: X\n" \
    "cpu MHz\t\t: 2700.000\nflags\t\t: fpu vme\n"
#define CPUINFO_AMD(family, model, flags)                                                          \
    "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: " family "\nmodel\t\t: " model       \
    "\nflags\t\t: fpu" flags "\n"
#define CPUINFO_ARM "processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\n"

#define INTEL_FORMAT(pmu)                                                                          \
    {TREE_PMU pmu "/format/event", "config:0-7\n"},                                                \
        {TREE_PMU pmu "/format/umask", "config:8-15\n"},                                           \
    {                                                                                              \
        TREE_PMU pmu "/format/ldlat", "config1:0-15\n"                                             \
    }

#define ONLINE                                                                                     \
    {                                                                                              \
        "sys/devices/system/cpu/online", "0-3\n"                                                   \
    }
#define PARANOID(level)                                                                            \
    {                                                                                              \
        "proc/sys/kernel/perf_event_paranoid", level "\n"                                          \
    }
#define NO_RIGHTS                                                                                  \
    {                                                                                              \
        "proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n"                                \
    }
#define ALL_RIGHTS                                                                                 \
    {                                                                                              \
        "proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n"                                \
    }

static const tree_file skylake[] = {
    {"proc/cpuinfo", CPUINFO_INTEL},
    ONLINE,
    PARANOID("2"),
    {TREE_PMU "cpu/type", "4\n"},
    INTEL_FORMAT("cpu"),
    {TREE_PMU "cpu/events/mem-loads", "event=0xcd,umask=0x1,ldlat=3\n"},
    {TREE_PMU "cpu/events/mem-stores", "event=0xd0,umask=0x82\n"},
    {"sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3700000\n"},
    {0},
};

static const tree_file sapphire_rapids[] = {
    {"proc/cpuinfo", CPUINFO_INTEL},
    ONLINE,
    PARANOID("2"),
    {TREE_PMU "cpu/type", "4\n"},
    INTEL_FORMAT("cpu"),
    {TREE_PMU "cpu/events/mem-loads", "event=0xcd,umask=0x1,ldlat=3\n"},
    {TREE_PMU "cpu/events/mem-stores", "event=0xcd,umask=0x2\n"},
    {TREE_PMU "cpu/events/mem-loads-aux", "event=0x03,umask=0x82\n"},
    {0},
};

static const tree_file alder_lake[] = {
    {"proc/cpuinfo", CPUINFO_INTEL},
    ONLINE,
    PARANOID("2"),
    {TREE_PMU "cpu_core/type", "4\n"},
    {TREE_PMU "cpu_core/cpus", "0-1\n"},
    INTEL_FORMAT("cpu_core"),
    {TREE_PMU "cpu_core/events/mem-loads", "event=0xcd,umask=0x1,ldlat=3\n"},
    {TREE_PMU "cpu_core/events/mem-stores", "event=0xcd,umask=0x2\n"},
    {TREE_PMU "cpu_core/events/mem-loads-aux", "event=0x03,umask=0x82\n"},
    {TREE_PMU "cpu_atom/type", "10\n"},
    {TREE_PMU "cpu_atom/cpus", "2-3\n"},
    INTEL_FORMAT("cpu_atom"),
    {TREE_PMU "cpu_atom/events/mem-loads", "event=0xd0,umask=0x5,ldlat=3\n"},
    {TREE_PMU "cpu_atom/events/mem-stores", "event=0xd0,umask=0x6\n"},
    {0},
};

#define IBS                                                                                        \
    ONLINE, {TREE_PMU "cpu/type", "4\n"}, {TREE_PMU "ibs_op/type", "11\n"},                        \
        {TREE_PMU "ibs_op/format/cnt_ctl", "config:19\n"},                                         \
    {                                                                                              \
        TREE_PMU "ibs_op/format/l3missonly", "config:16\n"                                         \
    }

static const tree_file zen4[] = {
    {"proc/cpuinfo", CPUINFO_AMD("25", "17", "")}, IBS, PARANOID("1"), NO_RIGHTS, {0}};
static const tree_file zen4_paranoid[] = {
    {"proc/cpuinfo", CPUINFO_AMD("25", "17", "")}, IBS, PARANOID("2"), NO_RIGHTS, {0}};
static const tree_file zen4_rights[] = {
    {"proc/cpuinfo", CPUINFO_AMD("25", "17", "")}, IBS, PARANOID("4"), ALL_RIGHTS, {0}};
static const tree_file zen4_filter[] = {
    {"proc/cpuinfo", CPUINFO_AMD("25", "17", "")},    IBS, PARANOID("2"), NO_RIGHTS,
    {TREE_PMU "ibs_op/format/swfilt", "config2:0\n"}, {0}};
static const tree_file zen3[] = {
    {"proc/cpuinfo", CPUINFO_AMD("25", "1", "")}, IBS, PARANOID("1"), NO_RIGHTS, {0}};
static const tree_file zen_guest[] = {{"proc/cpuinfo", CPUINFO_AMD("25", "1", " hypervisor")},
                                      ONLINE,
                                      {TREE_PMU "software/type", "1\n"},
                                      {0}};

static const tree_file neoverse[] = {
    {"proc/cpuinfo", CPUINFO_ARM},
    ONLINE,
    PARANOID("2"),
    {TREE_PMU "armv8_pmuv3_0/type", "8\n"},
    {TREE_PMU "armv8_pmuv3_0/cpus", "0-3\n"},
    {TREE_PMU "arm_spe_0/type", "9\n"},
    {TREE_PMU "arm_spe_0/cpumask", "0-3\n"},
    {TREE_PMU "arm_spe_0/format/ts_enable", "config:0\n"},
    {TREE_PMU "arm_spe_0/format/load_filter", "config:33\n"},
    {TREE_PMU "arm_spe_0/format/store_filter", "config:34\n"},
    {"sys/devices/system/cpu/cpu0/regs/identification/midr_el1", "0x00000000413fd0c1\n"},
    {0},
};
static const tree_file arm_without[] = {{"proc/cpuinfo", CPUINFO_ARM}, ONLINE, {0}};
static const tree_file intel_guest[] = {
    {"proc/cpuinfo", CPUINFO_INTEL}, ONLINE, {TREE_PMU "cpu/type", "4\n"}, {0}};
static const tree_file other[] = {{"proc/cpuinfo", "processor : 0\nisa : rv64gc\n"}, ONLINE, {0}};
static const tree_file odd_format[] = {
    {"proc/cpuinfo", CPUINFO_INTEL},
    ONLINE,
    {TREE_PMU "cpu/type", "4\n"},
    {TREE_PMU "cpu/format/event", "config9:0-7\n"},
    {TREE_PMU "cpu/format/ldlat", "config1:0-15\n"},
    {TREE_PMU "cpu/events/mem-loads", "event=0xcd,ldlat=3\n"},
    {0},
};

typedef struct planned {
    cck_arena arena;
    cck_precise_plan plan;
    cck_error err;
    int code;
} planned;

static planned plan(const tree_file *files)
{
    planned out = {0};
    cck_root root = tree_open(files);
    out.code = cck_precise_plan_read(&out.plan, &root, 5000, &out.arena, &out.err);
    tree_close(&root);
    return out;
}

static void planned_clear(planned *out)
{
    cck_arena_clear(&out->arena);
}

static void skylake_has_two_events(void **state)
{
    (void)state;
    planned p = plan(skylake);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.plan.count, 2);
    const cck_precise_event *loads = &p.plan.events[0], *stores = &p.plan.events[1];
    assert_string_equal(loads->name, "cpu/mem-loads,ldlat=30/");
    assert_true(loads->attr.type == 4 && loads->attr.config == 0x1cd && loads->attr.config1 == 30);
    assert_true(loads->attr.precise_ip == 2 && loads->attr.freq && loads->attr.sample_freq == 2500);
    assert_true(loads->attr.exclude_kernel && loads->attr.inherit && !loads->led);
    assert_true(loads->attr.sample_type & PERF_SAMPLE_DATA_SRC &&
                loads->attr.sample_type & PERF_SAMPLE_WEIGHT);
    assert_int_equal(stores->attr.config, 0x82d0);
    assert_int_equal(loads->cpus.count, 4);
    assert_true(p.plan.bounded);
    assert_true(p.plan.format.hertz > 3.69e9 && p.plan.format.hertz < 3.71e9);
    assert_string_equal(p.plan.name, "Intel PEBS");
    planned_clear(&p);
}

static void newer_cores_want_a_group(void **state)
{
    (void)state;
    planned p = plan(sapphire_rapids);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.plan.count, 2);
    assert_true(p.plan.events[0].led && !p.plan.events[1].led);
    assert_int_equal(p.plan.events[0].leader.config, 0x8203);
    assert_int_equal(p.plan.events[0].leader.sample_period, 0); /* it only counts */
    assert_int_equal(p.plan.events[1].attr.config, 0x2cd);
    planned_clear(&p);
}

static void mixed_cores_each_have_their_own(void **state)
{
    (void)state;
    planned p = plan(alder_lake);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.plan.count, 4);
    const cck_precise_event *core = &p.plan.events[0], *atom = &p.plan.events[2];
    assert_string_equal(core->name, "cpu_core/mem-loads,ldlat=30/");
    assert_string_equal(atom->name, "cpu_atom/mem-loads,ldlat=30/");
    assert_true(core->led && !atom->led);
    assert_true(core->attr.type == 4 && atom->attr.type == 10 && atom->attr.config == 0x5d0);
    assert_true(core->cpus.count == 2 && core->cpus.numbers[0] == 0 && core->cpus.numbers[1] == 1);
    assert_true(atom->cpus.count == 2 && atom->cpus.numbers[0] == 2 && atom->cpus.numbers[1] == 3);
    planned_clear(&p);
}

static void ibs_goes_by_the_generation_and_the_kernel(void **state)
{
    (void)state;
    planned p = plan(zen4);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.plan.count, 1);
    const cck_precise_event *op = &p.plan.events[0];
    assert_string_equal(op->name, "ibs_op/cnt_ctl=1/");
    assert_int_equal(op->attr.sample_freq, 5000);
    assert_true(op->attr.type == 11 && op->attr.config == 1 << 19 && !op->attr.exclude_kernel);
    assert_true(op->attr.sample_type & PERF_SAMPLE_RAW);
    assert_false(p.plan.bounded);
    assert_string_equal(p.plan.limit, "");
    planned_clear(&p);

    p = plan(zen4_filter); /* user code alone, for everybody */
    assert_int_equal(p.code, 0);
    assert_true(p.plan.events[0].attr.exclude_kernel && p.plan.events[0].attr.config2 == 1);
    planned_clear(&p);

    p = plan(zen4_rights);
    assert_int_equal(p.code, 0);
    planned_clear(&p);

    p = plan(zen3);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.plan.format.ibs, CCK_IBS_ZEN3);
    assert_non_null(strstr(p.plan.limit, "Zen 3 does not tell"));
    planned_clear(&p);
}

static void spe_is_found_by_its_name(void **state)
{
    (void)state;
    planned p = plan(neoverse);
    assert_int_equal(p.code, 0);
    assert_int_equal(p.plan.count, 1);
    const cck_precise_event *spe = &p.plan.events[0];
    assert_true(spe->attr.type == 9 && spe->attr.config == (UINT64_C(1) | UINT64_C(3) << 33));
    assert_true(!spe->attr.freq && spe->attr.sample_period == p.plan.format.period &&
                p.plan.format.period > 0);
    assert_true(spe->attr.exclude_kernel);
    assert_int_equal(p.plan.format.kind, CCK_PRECISE_SPE);
    planned_clear(&p);
    cck_root root = tree_open(neoverse);
    assert_int_equal(cck_processor_midr(&root, 0), 0x413fd0c1);
    assert_int_equal(cck_processor_midr(&root, 1), 0);
    tree_close(&root);
}

static void what_is_missing_is_said_with_a_way_out(void **state)
{
    (void)state;
    static const struct {
        const tree_file *files;
        int code;
        const char *why, *hint;
    } cases[] = {
        {zen4_paranoid, CCK_EACCESS, "perf_event_paranoid is 2", "CAP_PERFMON"},
        {zen_guest, CCK_ENOTFOUND, "(a virtual machine): no ibs_op PMU", "--backend watch"},
        {intel_guest, CCK_ENOTFOUND, "no mem-loads event", "bare metal"},
        {arm_without, CCK_ENOTFOUND, "no arm_spe PMU", "arm_spe_pmu"},
        {other, CCK_ENOTFOUND, "Intel PEBS, AMD IBS and Arm SPE are what is known",
         "--backend watch"},
        {odd_format, CCK_EFORMAT, "config9:0-7", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        planned p = plan(cases[i].files);
        if (p.code != cases[i].code || !strstr(p.err.message, cases[i].why) ||
            !strstr(p.err.hint, cases[i].hint))
            fail_msg("case %zu: %d, %s, %s", i, p.code, p.err.message, p.err.hint);
        planned_clear(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skylake_has_two_events),
        cmocka_unit_test(newer_cores_want_a_group),
        cmocka_unit_test(mixed_cores_each_have_their_own),
        cmocka_unit_test(ibs_goes_by_the_generation_and_the_kernel),
        cmocka_unit_test(spe_is_found_by_its_name),
        cmocka_unit_test(what_is_missing_is_said_with_a_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
