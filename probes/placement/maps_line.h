/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_MAPS_LINE_H
#define CCK_PLACEMENT_MAPS_LINE_H

#include <stdbool.h>
#include <stdint.h>

/** A line of /proc/PID/maps. */
typedef struct cck_maps_line {
    uint64_t start, end, inode;
    uint32_t major, minor;
    char rights[5];   /* "rw-p" */
    const char *name; /* in the line; "" none. A newline in it is "\012", as the kernel has it */
} cck_maps_line;

/** False: that is no such line. */
bool cck_maps_line_read(cck_maps_line *out, const char *line);

#endif
