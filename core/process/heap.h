/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_HEAP_H
#define CCK_CORE_PROCESS_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/preload/heap_table.h"

/** Blocks of the heap of launched programs, as the recorder that is preloaded notes them. */
typedef struct cck_watch_heaps cck_watch_heaps;

typedef struct cck_watch_block {
    uint64_t start, size; /* as asked for */
    int32_t tid;          /* that allocated it */
    bool freed;
    uint64_t instances;   /* blocks of that size that are known from the same stack */
    uint64_t key;         /* of its stack; 0: none */
    cck_heap_stack stack; /* size 0: none */
} cck_watch_block;

/** Prepare to record. CCK_ENOTFOUND: the recorder is not installed. */
int cck_watch_heaps_new(cck_watch_heaps **out_heaps, cck_error *err);

/** What to set in the environment of a program; NULL: memory is out. `before`: see
 * core/session/probe.h. */
const char *const *cck_watch_heaps_environment(const cck_watch_heaps *heaps,
                                               const char *const *before, cck_arena *arena);

/** What noting allocations may cost, as a share of a program's time; 0.02 unless told. */
void cck_watch_heaps_set_share(cck_watch_heaps *heaps, double share);

/**
 * Take over the tables of programs that began since, and let all note a few blocks more; every
 * 100 ms or so.
 */
void cck_watch_heaps_scan(cck_watch_heaps *heaps);

/** Whether any program records; false for NULL. */
bool cck_watch_heaps_any(const cck_watch_heaps *heaps);

/** Whether any program allocated too often to note every block; false for NULL. */
bool cck_watch_heaps_partial(const cck_watch_heaps *heaps);

/** Whether the program that began so in that process records its blocks. */
bool cck_watch_heaps_has(const cck_watch_heaps *heaps, int32_t pid, uint64_t began);

/** The block around an address; false: none is known. */
bool cck_watch_heaps_find(const cck_watch_heaps *heaps, int32_t pid, uint64_t began,
                          uint64_t address, cck_watch_block *out_block);

void cck_watch_heaps_free(cck_watch_heaps *heaps);

#endif
