/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_PROCESSES_H
#define CCK_PLACEMENT_PROCESSES_H

#include "core/numa/judge.h"
#include "probes/placement/memory.h"
#include "probes/placement/threads.h"

/** A process of the target, with its memory as it was seen last. */
typedef struct cck_place_process {
    int32_t pid;
    char name[16];
    bool gone;
    cck_place_memory memory; /* `by` "" and nothing in it: not looked at yet */
    bool looked;
    const char *unknown; /* why it was not, static */
    uint64_t looked_at;  /* CLOCK_MONOTONIC, ns */
} cck_place_process;

/** Zero-initialise it. */
typedef struct cck_place_processes {
    cck_place_process **list; /* the first one first */
    size_t count, capacity;
    uint64_t left_out; /* too many */
} cck_place_processes;

/** Add a process unless it is there. False: memory is out. */
bool cck_place_processes_add(cck_place_processes *processes, int32_t pid);

/**
 * Look at the memory of each that still runs. `*out_cost_ns`: what that took. 0, CCK_ENOMEM.
 */
int cck_place_processes_look(cck_place_processes *processes, const cck_place_wish *wish,
                             uint64_t *out_cost_ns);

/**
 * What was seen, for judging, all of it in the arena. `now`: CLOCK_MONOTONIC, ns, from which
 * ages are told; 0: none are. 0, or CCK_ENOMEM.
 */
int cck_place_processes_give(const cck_place_processes *processes,
                             const cck_place_threads *threads, uint64_t now, bool once,
                             cck_arena *arena, cck_numa_raw *out);

void cck_place_processes_clear(cck_place_processes *processes);

#endif
