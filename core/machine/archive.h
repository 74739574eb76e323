/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_ARCHIVE_H
#define CCK_CORE_MACHINE_ARCHIVE_H

#include <stdio.h>

#include <cachecheck/error.h>

/**
 * tar archives (POSIX.1-1988 ustar) of regular files: written so that any tar reads them, read
 * as somebody's bytes. A library would bring compression and a dozen formats that nobody sends.
 */

/** One file. Names are relative, at most 255 bytes, and split at a slash. CCK_EINVALID. */
int cck_archive_put(FILE *out, const char *name, const void *bytes, size_t length);

/** The two empty blocks behind all files. Errors of writing stay in the stream. */
void cck_archive_end(FILE *out);

/**
 * Unpack into the empty directory of descriptor `folder`. Everything but regular files and
 * directories is refused, as are names that lead elsewhere. `path` is for messages. CCK_EFORMAT
 * (no archive, damaged, compressed), CCK_ELIMIT (more than a capture can hold), CCK_EIO.
 */
int cck_archive_unpack(FILE *in, const char *path, int folder, cck_error *err);

#endif
