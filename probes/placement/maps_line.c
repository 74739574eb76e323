/* SPDX-License-Identifier: MIT */
#include "probes/placement/maps_line.h"

#include <stdlib.h>
#include <string.h>

/* Not sscanf(): a process may have 100,000 mappings. */
static bool read_number(const char **at, int base, char behind, uint64_t *out)
{
    char *end;
    uint64_t number = strtoull(*at, &end, base);
    if (end == *at || *end != behind || **at == '-' || **at == '+' || **at == ' ')
        return false;
    *out = number;
    *at = end + 1;
    return true;
}

bool cck_maps_line_read(cck_maps_line *out, const char *line)
{
    const char *at = line;
    uint64_t offset, major, minor;
    if (!read_number(&at, 16, '-', &out->start) || !read_number(&at, 16, ' ', &out->end) ||
        out->end <= out->start || strnlen(at, 5) < 5 || at[4] != ' ')
        return false;
    memcpy(out->rights, at, 4);
    out->rights[4] = '\0';
    at += 5;
    if (!read_number(&at, 16, ' ', &offset) || !read_number(&at, 16, ':', &major) ||
        !read_number(&at, 16, ' ', &minor))
        return false;
    char *end;
    out->inode = strtoull(at, &end, 10);
    if (end == at)
        return false;
    out->major = (uint32_t)major;
    out->minor = (uint32_t)minor;
    out->name = end + strspn(end, " ");
    return true;
}
