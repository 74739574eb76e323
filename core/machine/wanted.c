/* SPDX-License-Identifier: MIT */
/* What a capture holds: what is named here, and nothing else. So nothing private can slip in. */
#include "core/machine/wanted.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

#define CPU  "sys/devices/system/cpu/"
#define NODE "sys/devices/system/node/"
#define PMU  "sys/bus/event_source/devices/*/"

const cck_wanted cck_wanted_files[] = {
    {"proc/cpuinfo", NULL, "Serial"}, /* of a Raspberry Pi */
    {"proc/meminfo", "MemTotal|HugePages_Total|Hugepagesize|AnonHugePages", NULL},
    {"proc/self/status", "Cpus_allowed|Mems_allowed|CapEff|Seccomp|NoNewPrivs", NULL},
    {"proc/sysinfo", "Manufacturer|Type|VM00 Control Program", NULL},
    {"proc/device-tree/hypervisor/compatible", NULL, NULL},
    {"proc/sys/kernel/osrelease", NULL, NULL},
    {"proc/sys/kernel/perf_*", NULL, NULL},
    {"proc/sys/kernel/kptr_restrict", NULL, NULL},
    {"proc/sys/kernel/nmi_watchdog", NULL, NULL},
    {"proc/sys/kernel/numa_balancing", NULL, NULL},
    {"proc/sys/kernel/yama/ptrace_scope", NULL, NULL},
    {"proc/sys/vm/nr_hugepages", NULL, NULL},
    {"proc/sys/vm/zone_reclaim_mode", NULL, NULL},
    {CPU "online", NULL, NULL},
    {CPU "offline", NULL, NULL},
    {CPU "possible", NULL, NULL},
    {CPU "present", NULL, NULL},
    {CPU "smt/*", NULL, NULL},
    {CPU "cpu[0-9]*/online", NULL, NULL},
    {CPU "cpu[0-9]*/cpu_capacity", NULL, NULL},
    {CPU "cpu[0-9]*/topology/*", NULL, NULL},
    {CPU "cpu[0-9]*/cache/index[0-9]*/*", NULL, NULL},
    {CPU "cpu[0-9]*/cpufreq/*_freq", NULL, NULL},
    {CPU "cpu[0-9]*/cpufreq/scaling_driver", NULL, NULL},
    {CPU "cpu[0-9]*/cpufreq/scaling_governor", NULL, NULL},
    {NODE "online", NULL, NULL},
    {NODE "possible", NULL, NULL},
    {NODE "has_*", NULL, NULL},
    {NODE "node[0-9]*/cpulist", NULL, NULL},
    {NODE "node[0-9]*/cpumap", NULL, NULL},
    {NODE "node[0-9]*/distance", NULL, NULL},
    {NODE "node[0-9]*/meminfo", "Node * MemTotal", NULL},
    {NODE "node[0-9]*/access[01]/initiators/*", NULL, NULL},
    {NODE "node[0-9]*/memory_side_cache/index[0-9]*/*", NULL, NULL},
    {NODE "node[0-9]*/hugepages/*/nr_hugepages", NULL, NULL},
    {"sys/kernel/mm/transparent_hugepage/enabled", NULL, NULL},
    {"sys/kernel/mm/transparent_hugepage/defrag", NULL, NULL},
    {"sys/kernel/mm/hugepages/*/nr_hugepages", NULL, NULL},
    {"sys/hypervisor/type", NULL, NULL},
    {"sys/class/dmi/id/sys_vendor", NULL, NULL},
    {"sys/class/dmi/id/product_name", NULL, NULL},
    {"sys/class/dmi/id/bios_vendor", NULL, NULL},
    {PMU "type", NULL, NULL},
    {PMU "cpumask", NULL, NULL},
    {PMU "cpus", NULL, NULL},
    {PMU "format/*", NULL, NULL},
    {PMU "events/*", NULL, NULL},
    {PMU "caps/*", NULL, NULL},
    {NULL, NULL, NULL},
};

typedef struct finder {
    const cck_root *root;
    bool (*each)(void *context, const char *path);
    void *context;
    bool on;
} finder;

/* "cpu2" before "cpu10". */
static int in_order(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static void find_in(finder *f, const char *found, const char *rest);

static void descend(finder *f, const char *found, const char *name, const char *rest)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s%s%s", found, *found ? "/" : "", name);
    if (length > 0 && (size_t)length < sizeof path)
        find_in(f, path, rest);
}

static void match_folder(finder *f, const char *found, const char *part, const char *rest)
{
    struct dirent **entries;
    int fd = openat(f->root->fd, *found ? found : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count = fd < 0 ? -1 : scandirat(fd, ".", &entries, NULL, in_order);
    for (int i = 0; i < count; i++) {
        if (f->on && fnmatch(part, entries[i]->d_name, FNM_PERIOD) == 0)
            descend(f, found, entries[i]->d_name, rest);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    if (fd >= 0)
        close(fd);
}

/* `found` exists so far; `rest` is what the pattern still wants. */
static void find_in(finder *f, const char *found, const char *rest)
{
    struct stat status;
    char part[128];
    size_t length = strcspn(rest, "/");
    if (!f->on)
        return;
    if (!*rest) {
        if (fstatat(f->root->fd, found, &status, 0) == 0 && S_ISREG(status.st_mode))
            f->on = f->each(f->context, found);
        return;
    }
    snprintf(part, sizeof part, "%.*s", (int)length, rest);
    rest += length + (rest[length] == '/');
    if (strpbrk(part, "*["))
        match_folder(f, found, part, rest);
    else
        descend(f, found, part, rest);
}

void cck_wanted_find(const cck_root *root, const char *pattern,
                     bool (*each)(void *context, const char *path), void *context)
{
    finder f = {root, each, context, true};
    find_in(&f, "", pattern);
}

/* A '*' of a key stands for one word. */
static bool begins(const char *line, const char *key, size_t length)
{
    for (const char *end = key + length; key < end; key++)
        if (*key == '*')
            line += strcspn(line, " \n");
        else if (*line++ != *key)
            return false;
    return true;
}

static bool is_among(const char *line, const char *keys)
{
    for (const char *key = keys; *key;) {
        size_t length = strcspn(key, "|");
        if (begins(line, key, length))
            return true;
        key += length + (key[length] == '|');
    }
    return false;
}

size_t cck_wanted_filter(const cck_wanted *wanted, char *text, size_t length)
{
    size_t kept = 0;
    if (!wanted->keys && !wanted->without)
        return length;
    for (size_t at = 0; at < length;) {
        char *end = memchr(text + at, '\n', length - at);
        size_t size = end ? (size_t)(end - text) + 1 - at : length - at;
        bool wants = (!wanted->keys || is_among(text + at, wanted->keys)) &&
                     (!wanted->without || !is_among(text + at, wanted->without));
        if (wants) {
            memmove(text + kept, text + at, size);
            kept += size;
        }
        at += size;
    }
    return kept;
}
