/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a machine: behind the first byte XML of hwloc's (even), or a synthetic string (odd).
 * hwloc may crash of what it reads, which is why the library lets a child try it first: the
 * library must not.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cachecheck/machine.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Parts are a tree: whoever walks it by `end` must arrive. */
static void check(const cck_machine *machine)
{
    size_t count;
    const cck_part *parts = cck_machine_get_parts(machine, &count);
    for (size_t i = 0; i < count; i++)
        if (parts[i].end <= i || parts[i].end > count || parts[i].parent > i || !parts[i].name)
            abort();
    const cck_machine_info *info = cck_machine_get_info(machine);
    if (!info->line_size || !info->cpu_model || !info->arch)
        abort();
    const cck_node *nodes = cck_machine_get_nodes(machine, &count);
    for (size_t i = 0; i < count; i++)
        cck_machine_distance(machine, nodes[i].index, nodes[0].index);
    cck_machine_data_cache(machine, 0);
    cck_machine_node_of_cpu(machine, UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cck_machine *machine = NULL;
    cck_error err = {0};
    char path[64], *text = malloc(size + 1);
    int fd = memfd_create("topology", MFD_CLOEXEC);
    if (!size || !text || fd < 0) {
        free(text);
        close(fd);
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (write(fd, text, size - 1) != (ssize_t)(size - 1))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cck_machine_options options = {.size = sizeof options};
    if (data[0] & 1)
        options.synthetic = text;
    else
        options.xml = path;
    int code = cck_machine_open(&machine, &options, &err);
    if (code == 0)
        check(machine);
    else if (machine || err.code != code || !*err.message)
        abort();
    cck_machine_free(machine);
    free(text);
    close(fd);
    return 0;
}
