/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_TALLY_H
#define CCK_CORE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/counts.h>

#include "core/base/arena.h"
#include "core/base/map.h"

/**
 * A tally: what a probe hands over. Raw counts by thread and event, time by
 * thread and CPU. It grows with the number of threads, never with the length of
 * the run. core/ turns it into the rows of a result.
 */

/** A raw count. running == 0: never on a counter, so there is no number. */
typedef struct cck_tally_count {
    uint64_t raw;
    uint64_t enabled; /* ns (any unit, if the same as `running`) */
    uint64_t running; /* ns */
} cck_tally_count;

/** Time on a CPU. */
typedef struct cck_tally_cpu {
    uint32_t cpu;
    uint64_t ns;
} cck_tally_cpu;

typedef struct cck_tally_thread {
    int32_t pid, tid;
    cck_row_kind kind;      /* CCK_ROW_THREAD or CCK_ROW_REST */
    uint32_t threads;       /* that a rest row stands for; 1 for a thread */
    char name[64];          /* comm; what a rest row stands for */
    char process[16];       /* comm of the thread group leader; "" unknown */
    bool ended;             /* its end was seen */
    cck_tally_count *counts; /* one an event */
    cck_tally_cpu *cpus;     /* sorted by CPU number */
    uint32_t cpu_count, cpu_capacity;
} cck_tally_thread;

/** Counts of one CPU (or modelled core) over all threads. */
typedef struct cck_tally_core {
    uint32_t cpu;
    cck_tally_count *counts;
} cck_tally_core;

typedef struct cck_tally {
    cck_arena arena;
    size_t event_count;
    const char **not_counted; /* one an event: NULL, or why no thread has a count */
    cck_tally_thread **threads; /* in the order of their first sight */
    size_t thread_count, thread_capacity;
    cck_map by_tid; /* tid -> the thread that has that tid now (tids are reused) */
    cck_tally_count *totals; /* one an event; the truth the rows must sum up to */
    cck_tally_core *cores;
    size_t core_count;
    const char *residency_unknown; /* NULL, or why there is no residency */
    uint64_t lost_records;
    uint32_t processes;
} cck_tally;

/** Set up for that many events. False when memory is out. */
bool cck_tally_init(cck_tally *tally, size_t event_count);

/** The thread that has `tid` now, or NULL. */
cck_tally_thread *cck_tally_find(const cck_tally *tally, int32_t tid);

/** A new thread with that tid, hiding an ended one that had it. NULL: memory is out. */
cck_tally_thread *cck_tally_add(cck_tally *tally, int32_t pid, int32_t tid);

/** cck_tally_find(), else cck_tally_add(). */
cck_tally_thread *cck_tally_get(cck_tally *tally, int32_t pid, int32_t tid);

/** A row for counts that belong to no single thread. NULL: memory is out. */
cck_tally_thread *cck_tally_add_rest(cck_tally *tally, const char *name, uint32_t threads);

/** Add time on a CPU. False when memory is out. */
bool cck_tally_ran(cck_tally_thread *thread, uint32_t cpu, uint64_t ns);

/** Counts of a CPU, made at first use. NULL: memory is out. */
cck_tally_core *cck_tally_core_of(cck_tally *tally, uint32_t cpu);

void cck_tally_clear(cck_tally *tally);

#endif
