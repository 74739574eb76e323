/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc and /sys that tell of a machine, as captures of strangers bring them. The input
 * is these files, form feeds between them.
 */
#include <hwloc.h>

#include "core/machine/machine.h"
#include "tests/fuzz/tree.h"

#define CGROUP "sys/fs/cgroup/"
#define CACHE  "sys/devices/system/cpu/cpu0/cache/index0/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = {
    "proc/self/cgroup",
    "proc/self/status",
    "proc/cpuinfo",
    CGROUP "a/cpu.max",
    CGROUP "a/memory.max",
    CGROUP "cpu/cpu.cfs_quota_us",
    CGROUP "cpu/cpu.cfs_period_us",
    CACHE "size",
    CACHE "ways_of_associativity",
    CACHE "shared_cpu_list",
    "sys/hypervisor/type",
    "proc/1/environ",
    "sys/class/dmi/id/sys_vendor",
    "sys/devices/system/node/node0/cpulist",
    "proc/self/mountinfo",
};

/* A topology that says little, so that files are asked. */
static hwloc_topology_t topology(void)
{
    static hwloc_topology_t made;
    if (!made && (hwloc_topology_init(&made) < 0 ||
                  hwloc_topology_set_synthetic(made, "numa:1 l3:1(size=0) core:2 pu:1") < 0 ||
                  hwloc_topology_load(made) < 0))
        abort();
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_machine machine = {.topology = topology()};
    cck_error err = {0};
    fuzz_tree_make();
    fuzz_tree_fill(files, sizeof files / sizeof *files, '\f', data, size);
    int code = cck_machine_read_cpus(&machine, &fuzz_tree, &err);
    if (code == 0)
        code = cck_machine_read_caches(&machine, &fuzz_tree, &err);
    if (code == 0)
        code = cck_machine_read_limits(&machine, &fuzz_tree, &err);
    if (code == 0)
        code = cck_machine_read_names(&machine, &fuzz_tree, &err);
    if (code == 0 &&
        (!machine.info.cpu_model || !machine.limits.cpus || machine.limits.cpu_time < 0))
        abort();
    cck_arena_clear(&machine.arena);
    return 0;
}
