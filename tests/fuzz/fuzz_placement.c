/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc that placement is read from, made of any bytes. The first byte chooses
 * which: maps, numa_maps, status, sched, or a list of numbers.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/numa/number_set.h"
#include "core/numa/policy.h"
#include "probes/placement/maps_line.h"
#include "probes/placement/numa_maps_line.h"
#include "probes/placement/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_maps(char *text)
{
    cck_maps_line line;
    char *rest = NULL;
    for (char *at = strtok_r(text, "\n", &rest); at; at = strtok_r(NULL, "\n", &rest))
        if (cck_maps_line_read(&line, at) && (line.end <= line.start || strlen(line.rights) != 4))
            abort();
}

static void fuzz_numa_maps(char *text)
{
    static cck_numa_maps_line line;
    cck_arena arena = {0};
    char *rest = NULL;
    for (char *at = strtok_r(text, "\n", &rest); at; at = strtok_r(NULL, "\n", &rest)) {
        if (!cck_numa_maps_line_read(&line, at, &arena))
            continue;
        for (uint32_t i = 0; i < line.node_count; i++)
            if (line.nodes[i].node >= CCK_PLACE_NODE_LIMIT)
                abort();
        if (!line.page_size || strlen(line.policy.text) < strlen(line.policy.nodes))
            abort();
    }
    cck_arena_clear(&arena);
}

static void fuzz_list(const char *text)
{
    char both[64];
    if (cck_number_set_count(text) && cck_number_set_empty(text))
        abort();
    if (cck_number_set_common(text, "3-70,200", both, sizeof both) >= sizeof both ||
        !cck_number_set_within(both, text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cck_place_sched sched;
    cck_place_status status;
    char *text = size ? malloc(size) : NULL;
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 5) {
    case 0:
        fuzz_maps(text);
        break;
    case 1:
        fuzz_numa_maps(text);
        break;
    case 2:
        cck_place_status_read(&status, text);
        break;
    case 3:
        cck_place_sched_read(&sched, text);
        break;
    default:
        fuzz_list(text);
    }
    free(text);
    return 0;
}
