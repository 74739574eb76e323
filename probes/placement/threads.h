/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_THREADS_H
#define CCK_PLACEMENT_THREADS_H

#include "core/base/map.h"
#include "core/result/row.h"
#include "probes/placement/nodes.h"

/** A thread as it was seen so far. */
typedef struct cck_place_thread {
    int32_t pid, tid;
    char name[16];
    char state;
    int32_t cpu; /* last seen; -1 unknown */
    const char *cpus, *mems; /* allowed; "" unknown */
    cck_numa_policy policy;
    const char *policy_unknown;
    bool detailed;           /* the above was read */
    uint64_t clock;          /* ns on CPUs at the last look */
    bool clock_known;
    uint64_t recorded_ns;    /* of the time below, what switch records tell */
    cck_residency_sum ran;   /* since the first look */
    uint64_t ran_ns;
    uint32_t looks;
    int64_t first_moves, last_moves; /* nr_migrations; -1 unknown */
    int64_t node_moves;
    int node_before;         /* slot at the last look that found it running; -1 none */
    uint64_t *faults;        /* by slot; NULL unknown */
    const char *faults_unknown;
    int32_t preferred;
    uint64_t stack_pointer;  /* 0 unknown */
    uint32_t seen;           /* number of the look that saw it last */
} cck_place_thread;

/** All threads of the processes that are looked at. Zero-initialise, then set the first three. */
typedef struct cck_place_threads {
    const cck_root *root;
    const cck_place_nodes *nodes;
    cck_arena *arena; /* of the run: texts */
    cck_map by_tid;   /* cck_place_thread */
    cck_place_thread **list;
    size_t count, capacity;
    uint32_t look;     /* number of looks */
    uint64_t details_until; /* CLOCK_MONOTONIC, ns: policies and the like are read no longer */
    char *text;        /* room for files */
} cck_place_threads;

/** Look at the threads of a process. 0, CCK_EGONE, CCK_ENOMEM. */
int cck_place_threads_look(cck_place_threads *threads, int32_t pid);

/** Read counts of migrations and hint faults again: when the run ends. */
void cck_place_threads_finish(cck_place_threads *threads);

/** A switch record: the thread ran so long on a CPU. */
bool cck_place_threads_ran(cck_place_threads *threads, int32_t pid, int32_t tid, uint32_t cpu,
                           uint64_t ns);

/** Append the children of a process's threads that are not in the list yet. */
bool cck_place_children(const cck_root *root, int32_t pid,
                        bool (*each)(void *context, int32_t child), void *context);

/** As they are now, for a report; sorted by time. Strings live as long as the arena. */
int cck_place_threads_give(const cck_place_threads *threads, cck_arena *arena, bool once,
                           cck_numa_thread **out, size_t *out_count);

void cck_place_threads_clear(cck_place_threads *threads);

#endif
