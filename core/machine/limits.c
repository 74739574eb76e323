/* SPDX-License-Identifier: MIT */
/* What is left of the machine for this process: its cpuset, and what its cgroups allow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/machine/machine.h"

enum { PATH_SIZE = 4096, TEXT = 16384 };

/* The tightest limit on the way from a cgroup to the root holds. */
typedef struct bounds {
    cck_machine *machine;
    const cck_root *root;
    double cpu_time;
    uint64_t memory;
    const char *cpu_time_from, *memory_from;
} bounds;

static void bound_cpu(bounds *b, double quota, double period, const char *from)
{
    if (quota <= 0 || period <= 0 || (b->cpu_time > 0 && b->cpu_time <= quota / period))
        return;
    b->cpu_time = quota / period;
    b->cpu_time_from = from;
}

/* Version 1 has no word for "none": a number near 2^63, cut down to pages. */
static void bound_memory(bounds *b, uint64_t bytes, const char *from)
{
    if (!bytes || bytes >= 1ull << 62 || (b->memory && b->memory <= bytes))
        return;
    b->memory = bytes;
    b->memory_from = from;
}

/* "150000 100000", or "max 100000" (Documentation/admin-guide/cgroup-v2.rst). */
static void read_v2(bounds *b, const char *folder)
{
    char path[PATH_SIZE + 32], text[64];
    double quota, period;
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (cck_machine_read_line(b->machine, b->root, path, text, sizeof text) > 0 &&
        sscanf(text, "%lf %lf", &quota, &period) == 2)
        bound_cpu(b, quota, period, "cpu.max");
    snprintf(path, sizeof path, "%s/memory.max", folder);
    if (cck_machine_read_line(b->machine, b->root, path, text, sizeof text) > 0)
        bound_memory(b, strtoull(text, NULL, 10), "memory.max");
}

/* 0: unknown. */
static int64_t read_number(bounds *b, const char *path)
{
    char text[64];
    return cck_machine_read_line(b->machine, b->root, path, text, sizeof text) > 0
               ? strtoll(text, NULL, 10)
               : 0;
}

static void read_v1(bounds *b, const char *folder)
{
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    int64_t quota = read_number(b, path), period = 0;
    if (quota > 0) { /* -1: none */
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
        period = read_number(b, path);
    }
    bound_cpu(b, (double)quota, (double)period, "cpu.cfs_quota_us");
    snprintf(path, sizeof path, "%s/memory.limit_in_bytes", folder);
    int64_t bytes = read_number(b, path);
    bound_memory(b, bytes > 0 ? (uint64_t)bytes : 0, "memory.limit_in_bytes");
}

/* From the cgroup up. In a container the path may be the host's, which does not exist here: then
 * only the mount itself is found, which is the container's own cgroup. */
static void climb(bounds *b, const char *mount, const char *path,
                  void (*read)(bounds *b, const char *folder))
{
    char folder[PATH_SIZE];
    int length = snprintf(folder, sizeof folder, "%s%s", mount, path);
    size_t least = strlen(mount);
    if (length < 0 || (size_t)length >= sizeof folder || strstr(path, ".."))
        snprintf(folder, sizeof folder, "%s", mount);
    for (char *slash; (slash = strrchr(folder, '/')) && strlen(folder) > least; *slash = '\0')
        if (slash[1]) /* else once more the folder before it */
            read(b, folder);
    snprintf(folder, sizeof folder, "%s", mount);
    read(b, folder);
}

/* "4:memory:/path", "5:cpu,cpuacct:/path", "0::/path" (cgroups(7)). */
static void read_line(bounds *b, char *line)
{
    char *controllers = strchr(line, ':'),
         *path = controllers ? strchr(controllers + 1, ':') : NULL;
    char mount[256];
    if (!path)
        return;
    *path++ = '\0';
    controllers++;
    if (!*controllers) {
        climb(b, "sys/fs/cgroup", path, read_v2);
        climb(b, "sys/fs/cgroup/unified", path, read_v2);
        return;
    }
    if (strchr(controllers, '/') || strchr(controllers, '.'))
        return;
    snprintf(mount, sizeof mount, "sys/fs/cgroup/%s", controllers);
    climb(b, mount, path, read_v1);
}

static void read_cgroups(bounds *b)
{
    char *text = malloc(TEXT), *rest = text, *line;
    if (!text)
        b->machine->out_of_memory = true;
    if (text && cck_machine_read_line(b->machine, b->root, "proc/self/cgroup", text, TEXT) > 0)
        while ((line = strsep(&rest, "\n")))
            read_line(b, line);
    free(text);
}

/* "Cpus_allowed_list:\t0-3". */
static const char *status_value(cck_machine *machine, const char *status, const char *key)
{
    char value[4096];
    size_t cursor = 0;
    if (!cck_machine_cpuinfo_value(status, key, &cursor, value, sizeof value))
        return "";
    return cck_arena_strdup(&machine->arena, value);
}

int cck_machine_read_limits(cck_machine *machine, const cck_root *root, cck_error *err)
{
    cck_limits *limits = &machine->limits;
    *limits = (cck_limits){.cpus = "", .nodes = "", .cpu_time_from = "", .memory_from = ""};
    if (!root)
        return 0;
    bounds b = {.machine = machine, .root = root, .cpu_time_from = "", .memory_from = ""};
    char *status = malloc(TEXT);
    if (!status)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    if (cck_machine_read_line(machine, root, "proc/self/status", status, TEXT) > 0) {
        limits->cpus = status_value(machine, status, "Cpus_allowed_list");
        limits->nodes = status_value(machine, status, "Mems_allowed_list");
        limits->known = true;
    }
    free(status);
    read_cgroups(&b);
    limits->cpu_time = b.cpu_time;
    limits->memory = b.memory;
    limits->cpu_time_from = b.cpu_time_from;
    limits->memory_from = b.memory_from;
    return limits->cpus && limits->nodes ? 0 : cck_fail(err, CCK_ENOMEM, "out of memory");
}
