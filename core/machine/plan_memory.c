/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/machine/meter.h"

enum { TEXT = 16384, KIB = 1024 };

static const uint64_t guess = 1ull << 30; /* where nobody tells what is free */

/* "MemAvailable:  123 kB", "Node 0 MemFree:  123 kB". */
static uint64_t find_bytes(const cck_root *root, const char *path, const char *key)
{
    char *text = malloc(TEXT);
    uint64_t bytes = guess;
    const char *found = NULL;
    if (text && cck_root_read(root, path, text, TEXT) > 0)
        found = strstr(text, key);
    if (found)
        bytes = strtoull(found + strlen(key), NULL, 10) * KIB;
    free(text);
    return bytes;
}

uint64_t cck_plan_spare(const cck_plan *plan, int node)
{
    uint64_t spare = find_bytes(plan->root, "proc/meminfo", "MemAvailable:") / 4;
    uint64_t limit = cck_machine_get_limits(plan->machine)->memory;
    if (limit && limit / 8 < spare)
        spare = limit / 8;
    if (node >= 0) {
        char path[64];
        snprintf(path, sizeof path, "sys/devices/system/node/node%d/meminfo", node);
        uint64_t on_node = find_bytes(plan->root, path, "MemFree:") / 4;
        spare = on_node < spare ? on_node : spare;
    }
    return spare;
}
