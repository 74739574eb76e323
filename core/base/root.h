/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_ROOT_H
#define CCK_CORE_ROOT_H

#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

/**
 * A file system tree to read /proc and /sys from: the live one, a recorded one
 * or a guest's. Paths are given without the leading slash ("proc/self/stat"),
 * so that one parser serves them all.
 */
typedef struct cck_root {
    int fd; /* of the directory that stands for "/" */
} cck_root;

/** Open `path` ("/" for the live tree). */
int cck_root_open(cck_root *out_root, const char *path, cck_error *err);

void cck_root_close(cck_root *root);

/**
 * Read a small file whole into `buffer`, ended by NUL. Returns its length, or a
 * negative `CCK_E*`: CCK_ENOTFOUND, CCK_EACCESS, CCK_EGONE, CCK_ELIMIT when it
 * does not fit (a cut-off file is never returned as whole), CCK_EIO. errno says why: EFBIG if it
 * does not fit.
 */
long cck_root_read(const cck_root *root, const char *path, char *buffer, size_t size);

/** As cck_root_read(), without the white space at the end. */
long cck_root_read_line(const cck_root *root, const char *path, char *buffer, size_t size);

/** Read a file that holds one decimal or 0x number. 0, or a negative `CCK_E*`. */
int cck_root_read_number(const cck_root *root, const char *path, int64_t *out_number);

#endif
