/* SPDX-License-Identifier: MIT */
#include "probes/counters/counters.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* What the counting probes need, part by part, each tried for real. */

typedef struct report {
    cck_doctor_sink *sink;
    void *context;
    const char *backend;
} report;

static void tell(const report *to, const char *part, cck_check_state state, const char *reason,
                 const char *enable)
{
    cck_check check = {to->backend, part, state, reason, enable};
    to->sink(to->context, &check);
}

/* Open for this thread and close again: 0 or a negative `CCK_E*`. */
static int attempt(const cck_root *root, struct perf_event_attr *attr, cck_error *err)
{
    attr->size = sizeof *attr;
    attr->disabled = 1;
    int fd = cck_perf_open(cck_counters_backend_now.calls, root, attr, 0, -1, err);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static void try_event(const report *to, const cck_root *root, const char *part,
                      struct perf_event_attr attr, const char *good)
{
    cck_error reason = {0};
    bool asked_kernel = !attr.exclude_kernel;
    if (attempt(root, &attr, &reason) < 0)
        tell(to, part, CCK_CHECK_NO, reason.message, reason.hint);
    else if (asked_kernel && attr.exclude_kernel)
        tell(to, part, CCK_CHECK_PARTLY, "without the kernel's own work",
             "sudo sysctl kernel.perf_event_paranoid=1");
    else
        tell(to, part, CCK_CHECK_YES, good, "");
}

/* ---- pmu ------------------------------------------------------------------ */

#define HARDWARE(event)                                                                            \
    {                                                                                              \
        .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_##event                                \
    }
#define LLC_MISSES                                                                                 \
    {                                                                                              \
        .type = PERF_TYPE_HW_CACHE, .config = PERF_COUNT_HW_CACHE_LL |                             \
                                              PERF_COUNT_HW_CACHE_OP_READ << 8 |                   \
                                              PERF_COUNT_HW_CACHE_RESULT_MISS << 16                \
    }

static const struct {
    const char *part;
    struct perf_event_attr attr;
} pmu_events[] = {
    {"cycles", HARDWARE(CPU_CYCLES)},
    {"instructions", HARDWARE(INSTRUCTIONS)},
    {"cache-misses", HARDWARE(CACHE_MISSES)},
    {"LLC-load-misses", LLC_MISSES},
};

void cck_counters_doctor_pmu(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    report to = {sink, context, "pmu"};
    cck_error reason = {0};
    cck_pmu_tier tier;
    int code = cck_calibrate(cck_counters_backend_now.calibration, root, 1, &tier, &reason);
    if (code < 0)
        tell(&to, "", CCK_CHECK_NO, reason.message, reason.hint);
    else
        tell(&to, "", CCK_CHECK_YES, "a known loop was counted right", "");
    for (size_t i = 0; i < sizeof pmu_events / sizeof *pmu_events; i++) {
        if (tier == CCK_PMU_FROZEN)
            tell(&to, pmu_events[i].part, CCK_CHECK_NO, "opens, but cannot be believed",
                 reason.hint);
        else
            try_event(&to, root, pmu_events[i].part, pmu_events[i].attr, "counts");
    }
    if (code < 0)
        tell(&to, "sampling", CCK_CHECK_NO, reason.message, reason.hint);
    else if (tier == CCK_PMU_FULL)
        tell(&to, "sampling", CCK_CHECK_YES, "overflow interrupts work", "");
    else
        tell(&to, "sampling", CCK_CHECK_NO, "the PMU counts but raises no interrupts",
             "have the virtual PMU's interrupt enabled by the machine's owner");
}

/* ---- software ------------------------------------------------------------- */

/* Whether the level binds us: with CAP_PERFMON in the first user namespace it does not
 * (perfmon_capable() in include/linux/perf_event.h), and only a trial tells which
 * namespace a capability is of. A whole CPU, kernel included, is what level 1 forbids. */
static bool level_is_passed_over(const cck_root *root)
{
    struct perf_event_attr attr = {.size = sizeof attr,
                                   .type = PERF_TYPE_SOFTWARE,
                                   .config = PERF_COUNT_SW_DUMMY,
                                   .disabled = 1};
    int cpu = sched_getcpu();
    int fd =
        cck_perf_open(cck_counters_backend_now.calls, root, &attr, -1, cpu < 0 ? 0 : cpu, NULL);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void check_paranoid(const report *to, const cck_root *root)
{
    static const char *const allows[] = {"everything", "everything but raw tracepoints",
                                         "your programs, whole CPUs not",
                                         "your programs' user part only"};
    static const char advice[] = "sudo sysctl kernel.perf_event_paranoid=1";
    char text[128];
    int level = cck_perf_paranoid(root);
    if (level == INT_MAX) {
        tell(to, "paranoid level", CCK_CHECK_UNKNOWN,
             "/proc/sys/kernel/perf_event_paranoid cannot be read", "mount /proc");
        return;
    }
    bool privileged = level > 0 && level_is_passed_over(root);
    int place = level < 0 ? 0 : level > 2 ? 3 : level + 1;
    if (privileged)
        snprintf(text, sizeof text, "%d, but with CAP_PERFMON: everything", level);
    else if (level > 2)
        snprintf(text, sizeof text, "%d: nothing without CAP_PERFMON", level);
    else
        snprintf(text, sizeof text, "%d: %s", level, allows[place]);
    tell(to, "paranoid level",
         privileged || level < 2 ? CCK_CHECK_YES
         : level == 2            ? CCK_CHECK_PARTLY
                                 : CCK_CHECK_NO,
         text, level >= 2 && !privileged ? advice : "");
}

static void check_breakpoints(const report *to, const cck_root *root)
{
    static uint64_t target;
    struct perf_event_attr attr = {.type = PERF_TYPE_BREAKPOINT,
                                   .bp_type = 2, /* HW_BREAKPOINT_W */
                                   .bp_addr = (uintptr_t)&target,
                                   .bp_len = 8,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    try_event(to, root, "breakpoints", attr, "writes to an address can be counted: -e mem:ADDR:w");
}

static void check_tracepoints(const report *to, const cck_root *root)
{
    static const char *const places[] = {"sys/kernel/tracing", "sys/kernel/debug/tracing"};
    char path[128];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int64_t id;
        snprintf(path, sizeof path, "%s/events/sched/sched_switch/id", places[i]);
        int code = cck_root_read_number(root, path, &id);
        if (code == CCK_EACCESS) {
            tell(to, "tracepoints", CCK_CHECK_NO, "tracefs may not be read",
                 "sudo mount -o remount,mode=755 /sys/kernel/tracing");
            return;
        }
        if (code < 0)
            continue;
        struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .config = (uint64_t)id};
        try_event(to, root, "tracepoints", attr, "-e subsystem:name");
        return;
    }
    tell(to, "tracepoints", CCK_CHECK_NO, "tracefs is not mounted",
         "sudo mount -t tracefs nodev /sys/kernel/tracing");
}

static void check_memory(const report *to, const cck_root *root)
{
    char text[128];
    int64_t kb;
    struct rlimit limit;
    if (cck_root_read_number(root, "proc/sys/kernel/perf_event_mlock_kb", &kb) < 0) {
        tell(to, "buffers", CCK_CHECK_UNKNOWN, "kernel.perf_event_mlock_kb cannot be read", "");
        return;
    }
    getrlimit(RLIMIT_MEMLOCK, &limit);
    snprintf(text, sizeof text, "%lld KiB a CPU, and %lld KiB of locked memory", (long long)kb,
             limit.rlim_cur == RLIM_INFINITY ? -1LL : (long long)(limit.rlim_cur / 1024));
    /* A page of header and one of data for each ring. */
    bool enough = kb >= 64 || geteuid() == 0;
    tell(to, "buffers", enough ? CCK_CHECK_YES : CCK_CHECK_PARTLY, text,
         enough ? "" : "sudo sysctl kernel.perf_event_mlock_kb=516");
}

static void check_files(const report *to)
{
    char text[128];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    snprintf(text, sizeof text, "%llu, can be raised to %llu", (unsigned long long)limit.rlim_cur,
             (unsigned long long)limit.rlim_max);
    bool enough = limit.rlim_max >= 1024;
    tell(to, "file descriptors", enough ? CCK_CHECK_YES : CCK_CHECK_PARTLY, text,
         enough ? "" : "ulimit -Hn 65536 (as root)");
}

void cck_counters_doctor_software(const cck_root *root, cck_doctor_sink *sink, void *context)
{
    report to = {sink, context, "software"};
    struct perf_event_attr clock = {.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_TASK_CLOCK};
    struct perf_event_attr switches = {.type = PERF_TYPE_SOFTWARE,
                                       .config = PERF_COUNT_SW_DUMMY,
                                       .exclude_kernel = 1,
                                       .exclude_hv = 1,
                                       .context_switch = 1};
    try_event(&to, root, "", clock, "perf events work");
    check_paranoid(&to, root);
    cck_error reason = {0};
    int code = attempt(root, &switches, &reason);
    tell(&to, "switch records", code == 0 && switches.context_switch ? CCK_CHECK_YES : CCK_CHECK_NO,
         code < 0                  ? reason.message
         : switches.context_switch ? "switches and migrations of each thread"
                                   : "this kernel is older than 4.3",
         reason.hint);
    check_breakpoints(&to, root);
    check_tracepoints(&to, root);
    check_memory(&to, root);
    check_files(&to);
}
