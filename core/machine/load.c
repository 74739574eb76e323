/* SPDX-License-Identifier: MIT */
/* From a source to hwloc's topology. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>

#include "core/base/fail.h"
#include "core/base/trust.h"
#include "core/machine/machine.h"

/* Caches of every kind; nothing of devices. x86 is left out because it would bind
 * this thread to each CPU in turn to ask CPUID: slow on a big machine, disturbing
 * on a busy one, and Linux tells the same through sysfs. */
static int configure(hwloc_topology_t topology)
{
    unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED |
                          HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS | HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS;
    const unsigned long drop = HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST;
    if (hwloc_topology_set_flags(topology, flags) < 0 ||
        hwloc_topology_set_cache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) < 0 ||
        hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) < 0 ||
        hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) < 0 ||
        hwloc_topology_set_type_filter(topology, HWLOC_OBJ_MISC, HWLOC_TYPE_FILTER_KEEP_NONE) < 0)
        return -1;
    /* Groups stay as they are by default: below them hang the nodes of a divided package. */
    /* Not every build of hwloc has it: failing to drop what is not there is fine. */
    hwloc_topology_set_components(topology, drop, "x86");
    return 0;
}

/* hwloc wants the size with the ending NUL (hwloc.h), and copies the text. */
static bool set_source(hwloc_topology_t topology, const cck_machine_source *source)
{
    if (source->xml)
        return hwloc_topology_set_xmlbuffer(topology, source->xml, (int)source->xml_length + 1) ==
               0;
    return !source->synthetic || hwloc_topology_set_synthetic(topology, source->synthetic) == 0;
}

/*
 * hwloc looks for its plugins whenever the first topology is set up, and those for GPUs
 * pull in OpenCL and X11: most of the time of a live discovery, for devices that are
 * filtered out anyway. The variable that says where is the only way to tell it not to
 * (hwloc/components.c). Changing the environment is safe only while there is no other
 * thread, which glibc knows. XML keeps its plugin: libxml2 takes more than hwloc does.
 */
static int init_topology(hwloc_topology_t *out_topology, bool needs_plugins)
{
    static const char variable[] = "HWLOC_PLUGINS_PATH";
    const char *named = getenv(variable);
    bool refused = cck_trust_refuses_list(variable); /* plugins are code */
    bool skip = __libc_single_threaded && (refused || (!needs_plugins && !named));
    if (refused && !skip) {
        errno = EPERM;
        return -1;
    }
    char *before = skip && named ? strdup(named) : NULL;
    if (skip)
        skip = setenv(variable, "", 1) == 0;
    int rc = refused && !skip ? -1 : hwloc_topology_init(out_topology);
    if (skip && before)
        setenv(variable, before, 1);
    else if (skip)
        unsetenv(variable);
    free(before);
    return rc;
}

/* A tree of /proc and /sys is told to hwloc by a variable as well, which it reads while it loads
 * (hwloc/topology-linux.c); the same care for threads. */
static int load(hwloc_topology_t topology, const cck_machine_source *source, cck_error *err)
{
    static const char variable[] = "HWLOC_FSROOT";
    if (source->fsroot && (!__libc_single_threaded || setenv(variable, source->root, 1) != 0)) {
        cck_fail(err, CCK_EUNSUPPORTED, "a recorded tree cannot be loaded beside other threads");
        cck_hint(err, "set HWLOC_FSROOT=%s for the whole program", source->root);
        return CCK_EUNSUPPORTED;
    }
    int rc = hwloc_topology_load(topology), why = errno;
    if (source->fsroot)
        unsetenv(variable);
    if (rc == 0)
        return 0;
    if (source->xml || source->synthetic)
        return cck_machine_damaged(source, "is damaged: hwloc cannot load it", err);
    return cck_fail_os(err, CCK_EIO, why, "hwloc cannot discover this machine");
}

int cck_machine_load_topology(cck_machine *machine, const cck_machine_source *source,
                              cck_error *err)
{
    if (init_topology(&machine->topology, source->xml != NULL) < 0)
        return cck_fail_os(err, CCK_ENOMEM, errno, "cannot set up hwloc");
    if (configure(machine->topology) < 0)
        return cck_fail_os(err, CCK_EINTERNAL, errno, "hwloc refuses its configuration");
    if (!set_source(machine->topology, source))
        return cck_machine_damaged(source, "is damaged: hwloc cannot parse it", err);
    int code = load(machine->topology, source, err);
    if (code < 0)
        return code;
    cck_machine_info *info = &machine->info;
    info->is_thissystem = hwloc_topology_is_thissystem(machine->topology) == 1;
    info->origin = info->is_thissystem ? "live" : "recorded";
    if (source->xml)
        info->origin = source->captured ? "captured" : "xml";
    if (source->synthetic)
        info->origin = "synthetic";
    return 0;
}

const char *cck_machine_hwloc_info(const cck_machine *machine, const char *name)
{
    static const hwloc_obj_type_t places[] = {HWLOC_OBJ_MACHINE, HWLOC_OBJ_PACKAGE, HWLOC_OBJ_CORE,
                                              HWLOC_OBJ_PU};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        hwloc_obj_t object = hwloc_get_obj_by_type(machine->topology, places[i], 0);
        const char *value = object ? hwloc_obj_get_info_by_name(object, name) : NULL;
        if (value && *value)
            return value;
    }
    return NULL;
}
