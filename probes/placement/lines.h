/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_LINES_H
#define CCK_PLACEMENT_LINES_H

#include <stddef.h>

#include "core/base/root.h"

/** A file of /proc, line by line, however large. */
typedef struct cck_place_lines {
    int fd;
    char *buffer;
    size_t begin, end; /* of what is read and not yet handed out */
    int code;          /* why it ended: 0, or a negative CCK_E* */
} cck_place_lines;

/** 0, or a negative `CCK_E*`: CCK_EACCESS, CCK_EGONE, CCK_ENOTFOUND, ... */
int cck_place_lines_open(cck_place_lines *lines, const cck_root *root, const char *path);

/** The next line without its end, changeable until the next call; NULL at the end. */
char *cck_place_lines_next(cck_place_lines *lines);

void cck_place_lines_close(cck_place_lines *lines);

/**
 * The first line only. The kernel makes it and no more when it is read byte by byte
 * (fs/seq_file.c, seq_read_iter()): of numa_maps that is the walk of one mapping.
 * 0, or a negative `CCK_E*`.
 */
int cck_place_first_line(const cck_root *root, const char *path, char *line, size_t size);

#endif
