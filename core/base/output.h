/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_OUTPUT_H
#define CCK_CORE_OUTPUT_H

#include <stdio.h>

#include <cachecheck/error.h>

/** Writes a document to `out`; errors stay in the stream. */
typedef void cck_output_writer(const void *context, FILE *out);

/**
 * Write a file whole or not at all: to a temporary one beside it, flushed to disk,
 * then renamed. What is no regular file (a device, a pipe) is written directly. A
 * symbolic link is followed, but not one that lies in a directory that everybody
 * may write to. On failure `path` is as it was, and the temporary file is gone.
 * CCK_EIO (disk full, broken pipe), CCK_EACCESS, CCK_ENOTFOUND (no such directory).
 */
int cck_output_save(const char *path, cck_output_writer *writer, const void *context,
                    cck_error *err);

/**
 * Have a document written to an open stream, and flush it. CCK_ENOMEM if memory ran out meanwhile:
 * then something may be missing in it.
 */
int cck_output_write(FILE *out, const char *what, cck_output_writer *writer, const void *context,
                     cck_error *err);

#endif
