/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_THREADS_H
#define CCK_CORE_PROCESS_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/map.h"
#include "core/base/root.h"

/** Threads that were seen, with what samples tell of them. */
typedef struct cck_watch_thread {
    int32_t pid, tid;
    char name[16];     /* comm, as last read; "" unknown */
    uint64_t samples;
    uint64_t stack;    /* its stack pointer when it was sampled last; 0: never */
    uint64_t code;     /* and its instruction pointer */
    uint64_t frame;    /* and its frame pointer, if the code keeps one */
    uint64_t base;     /* its thread pointer; 0 unknown */
    uint32_t image;    /* of its process, when it was sampled last; CCK_NONE: never */
    bool alive;
    bool sought; /* its thread pointer was looked for */
    bool asked;  /* where it waits was, of one that was never sampled */
} cck_watch_thread;

typedef struct cck_watch_threads {
    cck_watch_thread **list; /* in the order of their first sight */
    size_t count, capacity, alive;
    cck_map by_tid; /* the latest that had that tid */
    size_t named;   /* whose name was read last, of all */
} cck_watch_threads;

/** The thread that has that tid now, made if it is new; NULL: memory is out. */
cck_watch_thread *cck_watch_threads_get(cck_watch_threads *threads, int32_t pid, int32_t tid);

/** It came or went; of one that came the name is read. */
void cck_watch_threads_note(cck_watch_threads *threads, const cck_root *root, int32_t pid,
                            int32_t tid, bool alive);

/** Threads name themselves as they go: read the names of the next few that live. */
void cck_watch_threads_name(cck_watch_threads *threads, const cck_root *root, size_t most);

/** Index in `list`; CCK_NONE. */
uint32_t cck_watch_threads_index(const cck_watch_threads *threads, int32_t pid, int32_t tid);

void cck_watch_threads_clear(cck_watch_threads *threads);

#endif
