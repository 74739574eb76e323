/* SPDX-License-Identifier: MIT */
#include "probes/placement/huge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/placement/lines.h"
#include "probes/placement/maps_line.h"

static const char walks[] = "only smaps tells it, which walks all pages: --exact";
static const char denied[] = "smaps: not permitted: run as its user, or as root";
static const char missing[] = "smaps cannot be read";
static const char unmapped[] = "it was gone when smaps was read";

/* "AnonHugePages:      2048 kB" in bytes; 0 of other lines. Those of anonymous memory, of shared
 * memory and of files are told apart (fs/proc/task_mmu.c, __show_smap()). */
static uint64_t huge_bytes(const char *line)
{
    static const char *const keys[] = {"AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t length = strlen(keys[i]);
        if (*line == *keys[i] && strncmp(line, keys[i], length) == 0)
            return strtoull(line + length, NULL, 10) << 10;
    }
    return 0;
}

/* Whether nobody on the system has any. */
static bool none_anywhere(const cck_root *root)
{
    char text[8192];
    uint64_t sum = 0;
    long length = cck_root_read(root, "proc/meminfo", text, sizeof text);
    if (length <= 0 || !strstr(text, "\nAnonHugePages:"))
        return false;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
        sum += huge_bytes(line);
    return sum == 0;
}

static void tell_all(cck_numa_mapping *mappings, size_t count, const char *unknown)
{
    for (size_t i = 0; i < count; i++) {
        mappings[i].huge = 0;
        mappings[i].huge_unknown = unknown;
    }
}

/* Both lists are by address: the mapping that a line of smaps begins, at or behind `*at`. */
static cck_numa_mapping *next_mapping(cck_numa_mapping *mappings, size_t count, size_t *at,
                                      uint64_t start)
{
    while (*at < count && mappings[*at].end <= start)
        ++*at;
    return *at < count && mappings[*at].start <= start ? &mappings[*at] : NULL;
}

static int walk(cck_place_lines *lines, cck_numa_mapping *mappings, size_t count)
{
    cck_numa_mapping *mapping = NULL;
    cck_maps_line head;
    size_t at = 0;
    for (char *line; (line = cck_place_lines_next(lines));) {
        if (*line >= 'A' && *line <= 'Z') { /* addresses have small letters */
            if (mapping)
                mapping->huge += huge_bytes(line);
        } else if (cck_maps_line_read(&head, line)) {
            mapping = next_mapping(mappings, count, &at, head.start);
            if (mapping)
                mapping->huge_unknown = NULL;
        }
    }
    return lines->code;
}

int cck_place_huge(const cck_root *root, int32_t pid, bool may_walk, cck_numa_mapping *mappings,
                   size_t count)
{
    char path[48];
    cck_place_lines lines;
    bool none = none_anywhere(root);
    tell_all(mappings, count, none ? NULL : may_walk ? unmapped : walks);
    if (none || !may_walk)
        return 0;
    snprintf(path, sizeof path, "proc/%" PRId32 "/smaps", pid);
    int code = cck_place_lines_open(&lines, root, path);
    if (code == 0) {
        code = walk(&lines, mappings, count);
        cck_place_lines_close(&lines);
    }
    if (code < 0)
        tell_all(mappings, count, code == CCK_EACCESS ? denied : missing);
    return code == CCK_EGONE ? code : 0;
}
