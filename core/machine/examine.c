/* SPDX-License-Identifier: MIT */
/* The doctor's view of the machine: what the model knows, and what hides the rest. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/machine/doctor.h"
#include "core/machine/machine.h"

/* One examination: the sink and a line's text under way. */
typedef struct ward {
    const cck_doctor_scope *scope;
    const cck_machine *machine;
    const cck_machine_info *info;
    cck_doctor_sink *sink;
    void *context;
} ward;

static void say(const ward *at, const char *part, cck_check_state state, const char *reason,
                const char *enable)
{
    const cck_check check = {"machine", part, state, reason, enable};
    at->sink(at->context, &check);
}

static void add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Append, with ", " in between. */
static void add(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    if (used && used + 2 < size) {
        memcpy(text + used, ", ", 3);
        used += 2;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

static const char *plural(unsigned count)
{
    return count == 1 ? "" : "s";
}

static void examine_topology(const ward *at)
{
    const cck_machine_info *info = at->info;
    const char *version = at->machine->hwloc_version;
    char text[256];
    snprintf(text, sizeof text, "hwloc%s%s: %u package%s, %u core%s, %u CPU%s", *version ? " " : "",
             version, info->packages, plural(info->packages), info->cores, plural(info->cores),
             info->pus, plural(info->pus));
    if (info->is_thissystem) {
        say(at, "topology", CCK_CHECK_YES, text, "");
        return;
    }
    add(text, sizeof text, "but of some other machine (%s)", info->origin);
    say(at, "topology", CCK_CHECK_PARTLY, text,
        "unset HWLOC_XMLFILE HWLOC_SYNTHETIC HWLOC_FSROOT HWLOC_THISSYSTEM");
}

static void describe_cache(char *text, size_t size, const cck_cache *cache)
{
    static const char *const suffix[] = {"", "d", "i"};
    char bytes[CCK_NUMBER_SIZE];
    if (cache->size == 0) {
        add(text, size, "L%u%s of unknown size", cache->level, suffix[cache->kind]);
        return;
    }
    cck_number_bytes(bytes, (double)cache->size);
    add(text, size, "L%u%s %s", cache->level, suffix[cache->kind], bytes);
}

/* What the simulation must assume because nobody says it. */
static unsigned count_unknown(const cck_machine_info *info, char *text, size_t size)
{
    unsigned sizes = 0, ways = 0, lines = 0;
    for (size_t i = 0; i < info->cache_count; i++) {
        sizes += info->caches[i].size == 0;
        ways += info->caches[i].ways == 0;
        lines += info->caches[i].line == 0;
    }
    if (ways)
        add(text, size, "ways unknown");
    if (lines)
        add(text, size, "line size unknown");
    return sizes + ways + lines;
}

static void examine_caches(const ward *at)
{
    const cck_machine_info *info = at->info;
    const char *enable = cck_advice_for_caches(info->hypervisor);
    if (!*enable)
        enable = "tell the simulation: cachecheck stat --cache 'I1=32768,8,64 D1=32768,8,64 "
                 "L2=524288,8,64 LL=8388608,16,64'";
    char text[512] = "";
    const cck_cache *last = cck_machine_data_cache(at->machine, 0);
    if (!last) {
        say(at, "caches", CCK_CHECK_NO, "the system shows no caches", enable);
        return;
    }
    for (size_t i = 0; i < info->cache_count; i++)
        describe_cache(text, sizeof text, &info->caches[i]);
    unsigned unknown = count_unknown(info, text, sizeof text);
    /* Most guests that hide a cache hide the shared one. */
    bool hidden = last->level < 3 && *info->hypervisor;
    if (hidden)
        add(text, sizeof text, "no L3 is shown to this guest");
    if (unknown || hidden)
        say(at, "caches", CCK_CHECK_PARTLY, text, enable);
    else
        say(at, "caches", CCK_CHECK_YES, text, "");
}

static void examine_numa(const ward *at)
{
    const cck_machine_info *info = at->info;
    char text[256] = "";
    unsigned cpuless = 0, forbidden = 0;
    for (size_t i = 0; i < at->machine->node_count; i++) {
        cpuless += at->machine->nodes[i].pus == 0;
        /* Linux allows no one a node without memory: that is no restriction. */
        forbidden += !at->machine->nodes[i].allowed && at->machine->nodes[i].memory;
    }
    char path[64] = "sys/devices/system/node/online";
    if (info->is_thissystem &&
        cck_root_read_line(at->scope->root, path, text, sizeof text) == CCK_ENOTFOUND) {
        say(at, "numa", CCK_CHECK_NO, "the kernel shows no nodes (/sys/devices/system/node)",
            "boot a kernel with CONFIG_NUMA, or mount /sys in the container");
        return;
    }
    text[0] = '\0';
    add(text, sizeof text, "%u node%s", info->nodes, plural(info->nodes));
    if (cpuless)
        add(text, sizeof text, "%u without CPUs", cpuless);
    if (forbidden) {
        add(text, sizeof text, "%u of them not for this process (cpuset)", forbidden);
        say(at, "numa", CCK_CHECK_PARTLY, text,
            "docker run --cpuset-mems, or cpuset.mems of the cgroup");
    } else if (info->nodes < 2 && *info->hypervisor) {
        add(text, sizeof text, "but the guest may hide the host's");
        say(at, "numa", CCK_CHECK_UNKNOWN, text,
            "on the host: libvirt <numatune> with <cpu><numa><cell .../></numa></cpu>");
    } else {
        say(at, "numa", CCK_CHECK_YES, text, "");
    }
}

static void examine_cpus(const ward *at)
{
    const cck_machine_info *info = at->info;
    char text[256] = "";
    unsigned offline = at->machine->offline_pus;
    bool restricted = info->allowed_pus < info->pus;
    if (restricted)
        add(text, sizeof text, "%u of %u CPUs may be used (cpuset or affinity)", info->allowed_pus,
            info->pus);
    else
        add(text, sizeof text, "%s may be used", info->pus == 1 ? "the one CPU" : "all CPUs");
    if (offline)
        add(text, sizeof text, "%u offline", offline);
    if (restricted)
        say(at, "cpus", CCK_CHECK_PARTLY, text,
            "taskset -c LIST cachecheck ..., docker run --cpuset-cpus=LIST, or cpuset.cpus of the "
            "cgroup");
    else if (offline)
        say(at, "cpus", CCK_CHECK_PARTLY, text,
            "echo 1 | sudo tee /sys/devices/system/cpu/cpuN/online");
    else
        say(at, "cpus", CCK_CHECK_YES, text, "");
}

static void examine_hypervisor(const ward *at)
{
    const char *name = at->info->hypervisor;
    char text[256] = "";
    if (!*name) {
        say(at, "hypervisor", CCK_CHECK_YES, "none seen: the hardware is our own", "");
        return;
    }
    add(text, sizeof text, "%s decides which counters and caches this guest sees", name);
    say(at, "hypervisor", CCK_CHECK_PARTLY, text, cck_advice_for_counters(name));
}

/* A field of /proc/self/status, read as a number of that base. */
static bool status_number(const ward *at, const char *key, int base, uint64_t *out)
{
    char text[8192], value[64];
    size_t cursor = 0;
    if (cck_root_read(at->scope->root, "proc/self/status", text, sizeof text) < 0 ||
        !cck_machine_cpuinfo_value(text, key, &cursor, value, sizeof value))
        return false;
    *out = strtoull(value, NULL, base);
    return true;
}

static void examine_container(const ward *at)
{
    enum { CAP_SYS_ADMIN_BIT = 21, CAP_PERFMON_BIT = 38 }; /* linux/capability.h */
    const char *name = at->info->container;
    uint64_t seccomp = 0, caps = 0;
    char text[256] = "";
    if (!*name) {
        say(at, "container", CCK_CHECK_YES, "none seen", "");
        return;
    }
    bool known =
        status_number(at, "Seccomp", 10, &seccomp) && status_number(at, "CapEff", 16, &caps);
    bool privileged = caps >> CAP_SYS_ADMIN_BIT & 1 || caps >> CAP_PERFMON_BIT & 1;
    add(text, sizeof text, "%s", name);
    if (!known) {
        add(text, sizeof text, "what it allows cannot be read");
        say(at, "container", CCK_CHECK_UNKNOWN, text, "mount /proc in the container");
        return;
    }
    if (seccomp)
        add(text, sizeof text, "with a seccomp filter");
    if (!privileged)
        add(text, sizeof text, "without CAP_PERFMON");
    if (!seccomp && privileged)
        add(text, sizeof text, "with CAP_PERFMON and no seccomp filter");
    say(at, "container", !seccomp && privileged ? CCK_CHECK_YES : CCK_CHECK_PARTLY, text,
        !seccomp && privileged ? "" : cck_advice_for_container(name));
}

static void examine_kernel(const ward *at)
{
    const cck_machine_info *info = at->info;
    unsigned major = 0, minor = 0;
    char text[256] = "";
    if (!*info->kernel)
        return;
    add(text, sizeof text, "Linux %s, %s", info->kernel, info->arch);
    sscanf(info->kernel, "%u.%u", &major, &minor);
    /* PERF_RECORD_SWITCH, which residency is made of, came with 4.3. */
    if (major < 4 || (major == 4 && minor < 3)) {
        add(text, sizeof text, "too old for context-switch records");
        say(at, "kernel", CCK_CHECK_PARTLY, text, "boot Linux 4.3 or later");
        return;
    }
    say(at, "kernel", CCK_CHECK_YES, text, "");
}

void cck_machine_examine(const cck_doctor_scope *scope, cck_doctor_sink *sink, void *context)
{
    const cck_machine_info *info = scope->machine ? cck_machine_get_info(scope->machine) : NULL;
    const ward at = {
        .scope = scope, .machine = scope->machine, .info = info, .sink = sink, .context = context};
    if (!scope->machine) {
        say(&at, "topology", CCK_CHECK_NO, scope->machine_error->message,
            scope->machine_error->hint);
        return;
    }
    examine_topology(&at);
    examine_caches(&at);
    examine_numa(&at);
    examine_cpus(&at);
    examine_hypervisor(&at);
    examine_container(&at);
    examine_kernel(&at);
}
