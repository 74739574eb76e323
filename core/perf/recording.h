/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_RECORDING_H
#define CCK_CORE_PERF_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cachecheck/error.h>

/**
 * Files of records as the kernel wrote them, for every probe that records: text lines of a word
 * and what it says, with bytes in between, in the machine's byte order (records are; a file of the
 * other order is refused). The head, lines that say how to read the rest, comes first:
 *
 *     cachecheck-stream 1 little
 *     cpus 0 1                            a line of the head
 *     record -1 0 48                      a line, and so many bytes
 *     <48 bytes>
 *     end
 */

/* ---- writing ---- */

/** Begin a file of a format ("stream"); NULL with CCK_EIO in `err`. */
FILE *cck_recording_create(const char *path, const char *format, cck_error *err);

/** Bytes after the line that announced them. Failures show in the end. */
void cck_recording_put(FILE *file, const void *bytes, size_t size);

/** Write the end, and close. CCK_EIO when anything failed. */
int cck_recording_finish(FILE *file, const char *what, cck_error *err);

/* ---- reading: nothing in the file is trusted ---- */

/** A line by its word; `read` gets what follows it. */
typedef struct cck_recording_word {
    const char *word;
    bool head;
    int (*read)(void *context, const char *rest);
} cck_recording_word;

typedef struct cck_recording_format {
    const char *name; /* as in the first line */
    const char *what; /* "a recorded stream" */
    const cck_recording_word *words;
    size_t word_count;
    /** The head is complete: called once, before the first other line or the end. */
    int (*begin)(void *context);
} cck_recording_format;

enum { CCK_RECORDING_LINE = 16384 }; /* bytes of a line, at most */

/** A file in the reading. */
typedef struct cck_recording {
    FILE *file;       /* borrowed, as is what follows */
    const char *name; /* for messages */
    const cck_recording_format *format;
    void *context; /* of `read` and `begin` */
    cck_error *err;
    unsigned line;
    bool begun;
    char text[CCK_RECORDING_LINE];
} cck_recording;

/** Read it to its end. CCK_EFORMAT with the place; whatever else `read` and `begin` return. */
int cck_recording_read(cck_recording *recording);

/** The bytes that a line announced. */
int cck_recording_get(cck_recording *recording, void *bytes, size_t size);

/** CCK_EFORMAT at this line. */
int cck_recording_damaged(cck_recording *recording, const char *what);

#endif
