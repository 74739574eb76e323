/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_IMAGE_H
#define CCK_SIMULATE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

/**
 * A record that the Valgrind tool wrote of one process image (the life of a
 * process between two execs). The format is described in valgrind/record.c. The
 * program that was simulated could have written here: nothing in it is trusted.
 */
typedef enum cck_image_state {
    CCK_IMAGE_RUNNING, /* the process never said that it ended: counts are partial */
    CCK_IMAGE_EXEC,    /* it was about to execute another program */
    CCK_IMAGE_ENDED
} cck_image_state;

enum { CCK_IMAGE_FETCH, CCK_IMAGE_LOAD, CCK_IMAGE_STORE, CCK_IMAGE_KINDS };

typedef struct cck_image_thread {
    int32_t tid;
    uint32_t core;
    bool ended;
    uint64_t instructions, loads, stores, atomics;
    uint64_t misses[3][CCK_IMAGE_KINDS]; /* of L1, L2, LL */
    char name[16];                       /* "" : never set one */
} cck_image_thread;

typedef struct cck_image {
    int32_t pid, ppid;
    uint32_t levels; /* 2 or 3 */
    uint32_t cores;
    cck_image_state state;
    char program[256]; /* base name */
    cck_image_thread *threads;
    size_t thread_count;
} cck_image;

/**
 * Take in a record. CCK_EFORMAT with the line when it is damaged, cut off, of
 * another version or larger than its own header says; CCK_ENOMEM. End a good one
 * with cck_image_clear().
 */
int cck_image_parse(cck_image *out_image, const char *text, size_t length, cck_error *err);

/** Read a regular file `name` in a directory and take it in. CCK_EIO, CCK_ELIMIT besides. */
int cck_image_read(cck_image *out_image, int directory, const char *name, cck_error *err);

void cck_image_clear(cck_image *image);

#endif
