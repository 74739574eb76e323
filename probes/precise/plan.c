/* SPDX-License-Identifier: MIT */
/* Which events sample addresses here: a table, and what sysfs says of the PMUs in it. */
#include "probes/precise/plan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fail.h"
#include "core/perf/open.h"
#include "core/perf/pmu.h"
#include "probes/precise/processor.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum {
    EVENTS_MOST = 16,
    SPE_PERIOD = 65536 /* operations: some 30,000 samples a second of a busy core */
};

/* The stack pointer, as arch/x86/include/uapi/asm/perf_regs.h and arm64's number it. */
#if defined(__aarch64__)
static const uint64_t stack_register = UINT64_C(1) << 31;
#else
static const uint64_t stack_register = UINT64_C(1) << 7;
#endif

/* Who samples addresses, and by which events. */
static const struct {
    cck_precise_kind kind;
    const char *pmu;   /* its name, or what it begins with (ended by *) */
    const char *needs; /* an alias that must be there, NULL: none */
    const char *terms;
    const char *leader; /* an alias: where it is there, the event works in its group only */
    unsigned precise;   /* perf_event_attr.precise_ip */
} ways[] = {
    /* tools/perf/util/mem-events.c, perf_mem_events_intel. Loads that took 30 cycles or more:
     * L3, other cores, memory. The aux event: arch/x86/events/intel/core.c,
     * require_mem_loads_aux_event() (Alder Lake, Sapphire Rapids). */
    {CCK_PRECISE_LATENCY, "cpu", "mem-loads", "mem-loads,ldlat=30", "mem-loads-aux", 2},
    {CCK_PRECISE_LATENCY, "cpu", "mem-stores", "mem-stores", NULL, 2},
    {CCK_PRECISE_LATENCY, "cpu_core", "mem-loads", "mem-loads,ldlat=30", "mem-loads-aux", 2},
    {CCK_PRECISE_LATENCY, "cpu_core", "mem-stores", "mem-stores", NULL, 2},
    {CCK_PRECISE_LATENCY, "cpu_atom", "mem-loads", "mem-loads,ldlat=30", "mem-loads-aux", 2},
    {CCK_PRECISE_LATENCY, "cpu_atom", "mem-stores", "mem-stores", NULL, 2},
    /* arch/x86/events/amd/ibs.c. Operations are counted, not cycles, so that a sample stands for
     * as many accesses. l3missonly is left off: a line that another core of the CCX had does not
     * miss L3. */
    {CCK_PRECISE_IBS, "ibs_op", NULL, "cnt_ctl=1", NULL, 0},
    /* drivers/perf/arm_spe_pmu.c. */
    {CCK_PRECISE_SPE, "arm_spe_*", NULL, "ts_enable=1,load_filter=1,store_filter=1", NULL, 0},
};

static const struct {
    const char *name;
    uint64_t sample_type;
    bool bounded;
} kinds[] = {
    /* One load at a time is tagged and followed: those in between are not counted (Intel SDM
     * vol. 3B, "Load Latency Performance Monitoring Facility"). */
    [CCK_PRECISE_LATENCY] = {"Intel PEBS",
                             PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
                                 PERF_SAMPLE_ADDR | PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD |
                                 PERF_SAMPLE_REGS_USER | PERF_SAMPLE_WEIGHT | PERF_SAMPLE_DATA_SRC,
                             true},
    [CCK_PRECISE_IBS] = {"AMD IBS",
                         PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU |
                             PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW | PERF_SAMPLE_REGS_USER,
                         false},
    [CCK_PRECISE_SPE] = {"Arm SPE", PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU, false},
};

/* ---- an event ---- */

static bool has_format(const cck_root *root, const cck_pmu *pmu, const char *term)
{
    char path[256];
    snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%.100s/format/%s", pmu->name, term);
    return faccessat(root->fd, path, F_OK, 0) == 0;
}

static bool is_named(const char *pattern, const char *name)
{
    size_t length = strlen(pattern);
    return length && pattern[length - 1] == '*' ? strncmp(pattern, name, length - 1) == 0
                                                : strcmp(pattern, name) == 0;
}

static struct perf_event_attr attr_of(const cck_pmu *pmu, const cck_pmu_config *config)
{
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = pmu->type,
                                   .config = config->words[0],
                                   .config1 = config->words[1],
                                   .config2 = config->words[2],
                                   .disabled = 1,
                                   .inherit = 1};
    return attr;
}

/* Which CPUs a PMU serves: core PMUs of mixed machines say `cpus`, SPE `cpumask`. */
static int read_cpus(cck_cpus *out, const cck_root *root, const cck_pmu *pmu, cck_arena *arena,
                     cck_error *err)
{
    static const char *const files[] = {"cpus", "cpumask"};
    for (size_t i = 0; i < COUNT(files); i++) {
        char path[256], text[4096];
        snprintf(path, sizeof path, CCK_PMU_DIRECTORY "/%.100s/%s", pmu->name, files[i]);
        if (cck_root_read_line(root, path, text, sizeof text) <= 0)
            continue;
        long count = cck_cpus_parse(text, NULL, 0);
        uint32_t *numbers =
            count > 0 ? cck_arena_array(arena, (size_t)count, sizeof *numbers) : NULL;
        if (!numbers)
            return cck_fail(err, CCK_EFORMAT, "/%s makes no sense: %s", path, text);
        cck_cpus_parse(text, numbers, (size_t)count);
        *out = (cck_cpus){numbers, (size_t)count};
        return 0;
    }
    return cck_cpus_read(out, root, arena, err);
}

typedef struct planning {
    const cck_root *root;
    cck_arena *arena;
    cck_error *err;
    cck_pmu_list pmus;
    cck_processor processor;
    double rate;
    cck_precise_plan plan;
    cck_precise_event *events;
} planning;

static void set_sampling(const planning *p, size_t way, struct perf_event_attr *attr)
{
    attr->sample_type = kinds[ways[way].kind].sample_type;
    if (attr->sample_type & PERF_SAMPLE_REGS_USER)
        attr->sample_regs_user = stack_register;
    attr->precise_ip = ways[way].precise & 3;
    attr->sample_id_all = 1;
    attr->task = 1;
    attr->comm = 1;
    attr->comm_exec = 1;
    attr->watermark = 1;
    if (ways[way].kind == CCK_PRECISE_SPE) {
        attr->sample_period = SPE_PERIOD; /* it has no frequencies */
        return;
    }
    attr->freq = 1;
    attr->sample_freq = (uint64_t)p->rate / (ways[way].kind == CCK_PRECISE_LATENCY ? 2 : 1);
}

/* User code is all that matters; IBS could not leave the kernel out before `swfilt`. */
static void leave_kernel_out(const planning *p, const cck_pmu *pmu, size_t way,
                             struct perf_event_attr *attr)
{
    bool can = ways[way].kind != CCK_PRECISE_IBS || has_format(p->root, pmu, "swfilt");
    attr->exclude_kernel = can;
    attr->exclude_hv = can;
}

static int add_event(planning *p, size_t way, const cck_pmu *pmu)
{
    cck_pmu_config config, leader = {0};
    const char *terms = ways[way].terms;
    bool led = ways[way].leader && cck_pmu_alias(pmu, ways[way].leader, p->root, p->arena);
    bool filter = ways[way].kind == CCK_PRECISE_IBS && has_format(p->root, pmu, "swfilt");
    if (ways[way].needs && !cck_pmu_alias(pmu, ways[way].needs, p->root, p->arena))
        return 0;
    if (filter)
        terms = cck_arena_printf(p->arena, "%s,swfilt=1", terms);
    const char *name = terms ? cck_arena_printf(p->arena, "%s/%s/", pmu->name, terms) : NULL;
    if (!name)
        return cck_fail(p->err, CCK_ENOMEM, "out of memory");
    int code = cck_pmu_encode(pmu, terms, p->root, p->arena, &config, p->err);
    if (code == 0 && led)
        code = cck_pmu_encode(pmu, ways[way].leader, p->root, p->arena, &leader, p->err);
    if (code < 0)
        return code;
    cck_precise_event *event = &p->events[p->plan.count];
    *event = (cck_precise_event){.name = name, .attr = attr_of(pmu, &config), .led = led};
    set_sampling(p, way, &event->attr);
    leave_kernel_out(p, pmu, way, &event->attr);
    if (led) {
        event->leader = attr_of(pmu, &leader);
        leave_kernel_out(p, pmu, way, &event->leader);
    }
    code = read_cpus(&event->cpus, p->root, pmu, p->arena, p->err);
    p->plan.count += code == 0;
    return code;
}

/* ---- all of them ---- */

/* The first kind of which there is an event is the machine's. */
static int add_events(planning *p)
{
    for (size_t way = 0; way < COUNT(ways); way++) {
        if (p->plan.count && p->plan.format.kind != ways[way].kind)
            break;
        for (size_t i = 0; i < p->pmus.count && p->plan.count < EVENTS_MOST; i++) {
            if (!is_named(ways[way].pmu, p->pmus.pmus[i].name))
                continue;
            p->plan.format.kind = ways[way].kind;
            int code = add_event(p, way, &p->pmus.pmus[i]);
            if (code < 0)
                return code;
        }
    }
    return 0;
}

static const char *limit_of(const planning *p)
{
    switch (p->plan.format.kind) {
    case CCK_PRECISE_LATENCY:
        return "of loads the PMU follows one at a time: rates are lower bounds";
    case CCK_PRECISE_IBS:
        return p->plan.format.ibs == CCK_IBS_ZEN3
                   ? "IBS of Zen 3 does not tell other cores' caches from L3 (Zen 4 does): that a "
                     "line came from another core is inferred from misses"
                   : "";
    case CCK_PRECISE_SPE:
        break;
    }
    return "";
}

/* ---- why not ---- */

#define no_ibs   "no ibs_op PMU (IBS is hidden by the hypervisor, or off in the firmware)"
#define ibs_hint "run on bare metal, and look for IBS among the CPU settings of its firmware"
#define no_spe                                                                                     \
    "no arm_spe PMU (the core has no SPE, or the hypervisor or firmware keeps it, or the kernel "  \
    "lacks CONFIG_ARM_SPE_PMU)"
#define spe_hint                                                                                   \
    "modprobe arm_spe_pmu; if the kernel log says \"profiling buffer inaccessible\", boot with "   \
    "kpti=off; or run on bare metal"

/* Why there is none, as far as the processor's maker tells; and what would help. */
static const struct {
    cck_maker maker;
    bool core; /* a core PMU is there */
    const char *why, *hint;
} reasons[] = {
    {CCK_MAKER_INTEL, true, "no mem-loads event (PEBS is hidden by the hypervisor, or missing)",
     "run on bare metal, or in a guest with PEBS (KVM: -cpu host; Ice Lake, Linux 6.0)"},
    {CCK_MAKER_INTEL, false, "no PMU at all",
     "give the virtual machine one (KVM: -cpu host,pmu=on), or use bare metal"},
    {CCK_MAKER_AMD, true, no_ibs, ibs_hint},
    {CCK_MAKER_AMD, false, no_ibs, ibs_hint},
    {CCK_MAKER_ARM, true, no_spe, spe_hint},
    {CCK_MAKER_ARM, false, no_spe, spe_hint},
};

static int say_why_not(const planning *p)
{
    const char *guest = p->processor.guest ? " (a virtual machine)" : "";
    const char *instead = "; or use --backend watch, which needs no PMU";
    for (size_t i = 0; i < COUNT(reasons); i++) {
        if (reasons[i].maker != p->processor.maker || reasons[i].core != (p->pmus.core_count > 0))
            continue;
        cck_fail(p->err, CCK_ENOTFOUND, "no PMU here samples addresses%s: %s", guest,
                 reasons[i].why);
        cck_hint(p->err, "%s%s", reasons[i].hint, instead);
        return CCK_ENOTFOUND;
    }
    cck_fail(p->err, CCK_ENOTFOUND,
             "no PMU here samples addresses%s: Intel PEBS, AMD IBS and Arm SPE are what is known",
             guest);
    cck_hint(p->err, "use --backend watch, which needs no PMU");
    return CCK_ENOTFOUND;
}

static bool has_capability(const cck_root *root)
{
    enum { CAP_SYS_ADMIN = 21, CAP_PERFMON = 38 };
    char text[8192];
    if (cck_root_read(root, "proc/self/status", text, sizeof text) < 0)
        return false;
    const char *line = strstr(text, "\nCapEff:");
    uint64_t set = line ? strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;
    return set >> CAP_PERFMON & 1 || set >> CAP_SYS_ADMIN & 1;
}

/* What cannot leave the kernel out needs the right to look at it. */
static int check_rights(const planning *p)
{
    int level = cck_perf_paranoid(p->root);
    for (size_t i = 0; i < p->plan.count; i++) {
        if (p->events[i].attr.exclude_kernel || level <= 1 || has_capability(p->root))
            continue;
        cck_fail(p->err, CCK_EACCESS,
                 "not allowed: on this kernel %s samples the kernel, too, and "
                 "kernel.perf_event_paranoid is %d",
                 p->plan.name, level);
        cck_hint(p->err, "sudo sysctl kernel.perf_event_paranoid=1, or give CAP_PERFMON "
                         "(container: --cap-add=PERFMON); a kernel that knows ibs_op/swfilt/ needs neither");
        return CCK_EACCESS;
    }
    return 0;
}

int cck_precise_plan_read(cck_precise_plan *out_plan, const cck_root *root, double rate,
                          cck_arena *arena, cck_error *err)
{
    planning p = {.root = root, .arena = arena, .err = err, .rate = rate < 2 ? 2 : rate};
    p.processor = cck_processor_read(root);
    p.events = cck_arena_array(arena, EVENTS_MOST, sizeof *p.events);
    if (!p.events || cck_pmu_list_read(&p.pmus, root, arena) < 0)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = add_events(&p);
    if (code == 0 && !p.plan.count)
        return say_why_not(&p);
    if (code < 0)
        return code;
    p.plan.name = kinds[p.plan.format.kind].name;
    p.plan.bounded = kinds[p.plan.format.kind].bounded;
    p.plan.events = p.events;
    p.plan.format.sample_type = p.events[0].attr.sample_type;
    p.plan.format.registers = p.events[0].attr.sample_regs_user;
    p.plan.format.period = p.events[0].attr.freq ? 0 : p.events[0].attr.sample_period;
    p.plan.format.hertz = p.processor.hertz;
    p.plan.format.ibs = cck_ibs_kind_of(p.processor.family, p.processor.model);
    p.plan.limit = limit_of(&p);
    code = check_rights(&p);
    if (code == 0)
        *out_plan = p.plan;
    return code;
}
