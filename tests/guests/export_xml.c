/* SPDX-License-Identifier: MIT */
/* Prints the machine as XML, which tests/machines keeps. */
#include <hwloc.h>
#include <stdio.h>

int main(void)
{
    hwloc_topology_t topology;
    char *text;
    int length;

    if (hwloc_topology_init(&topology) < 0 ||
        hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL) < 0 ||
        hwloc_topology_load(topology) < 0 ||
        hwloc_topology_export_xmlbuffer(topology, &text, &length, 0) < 0)
        return 1;
    fwrite(text, 1, (size_t)length - 1, stdout);
    return 0;
}
