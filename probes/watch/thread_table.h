/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_THREAD_TABLE_H
#define CCK_WATCH_THREAD_TABLE_H

#include "core/base/map.h"
#include "probes/watch/sampler.h"

/** The threads that the engine was told of: when they ran lately, and what their slots watch. */
enum {
    CCK_THREAD_MOMENTS = 96,
    CCK_THREAD_DEPARTED = 4096,
    CCK_THREAD_LINGER_NS = 200000000 /* an ended thread is kept, for hits on others before */
};

/** What a debug register watches. */
typedef struct cck_watch_slot {
    uint64_t key;  /* of the line; see `armed` */
    uint64_t word; /* address */
    uint64_t window;
    uint64_t since;    /* ns; a hit from before is of what it watched then */
    int32_t reference; /* tid whose access made us watch */
    bool armed, reads;
    bool alone;        /* no other word was watched in this window of the thread */
    bool echo;         /* it watches the instruction behind what hits slot `echo_of` */
    unsigned echo_of;
    uint64_t lead;     /* ns from the last hit of that to the last of this; 0: not in turn */
    unsigned limit;    /* hits until it falls silent */
    uint32_t number;   /* of its last hit; 0 none */
    uint64_t hit_at;   /* ns: its last hit */
    uint64_t carried;  /* ns watched up to hits that were not verified */
    uint64_t samples, hits; /* the thread's, at its last hit */
} cck_watch_slot;

typedef struct cck_watch_moment {
    uint64_t time;
    uint32_t cpu;
    int32_t tid;
} cck_watch_moment;

typedef struct cck_watch_thread {
    int32_t pid, tid;
    bool alive;
    bool rests; /* its events are closed for a time, */
    uint64_t rests_since; /* ns; and how long it did before: */
    uint64_t rested_ns;
    unsigned stayed;      /* times that it did not rest for the sake of a line worth haste */
    uint64_t first, last;   /* ns */
    uint64_t samples, hits; /* all */
    uint64_t stores;        /* samples near which it writes, whatever */
    double busy;            /* of one that ended: share of its life on a CPU */
    uint64_t cpu_ns;        /* that its samples stand for, while it was watched */
    cck_watch_moment moments[CCK_THREAD_MOMENTS]; /* a ring */
    uint64_t moment_count;
    cck_watch_slot slots[CCK_WATCH_SLOTS];
    unsigned last_hit;  /* slot of the last hit, and */
    uint64_t last_hits; /* number of it among `hits` */
    uint64_t disturbed; /* ns: until then its slots were being armed, which interrupts it */
} cck_watch_thread;

/** What is kept of a thread for good; of many, the latest. */
typedef struct cck_departed {
    int32_t pid, tid;
    uint64_t samples, stores;
    double busy; /* share of its life on a CPU */
} cck_departed;

typedef struct cck_thread_table {
    cck_map by_tid;
    cck_departed *departed; /* CCK_THREAD_DEPARTED, by tid; made with the first */
    cck_watch_thread **list;
    size_t count, capacity, alive;
} cck_thread_table;

cck_watch_thread *cck_thread_get(const cck_thread_table *table, int32_t tid);

/** Find or add; a thread of that tid that had ended begins anew. NULL when memory is out. */
cck_watch_thread *cck_thread_put(cck_thread_table *table, int32_t pid, int32_t tid, uint64_t now);

void cck_thread_end(cck_thread_table *table, cck_watch_thread *thread, uint64_t now, double busy);

/** Where a thread of that tid that ended would be; NULL: nowhere. */
const cck_departed *cck_departed_of(const cck_thread_table *table, int32_t tid);

/** Forget those that ended long enough ago. */
void cck_thread_sweep(cck_thread_table *table, uint64_t now);

/** It ran at `time` on `cpu`. */
void cck_thread_ran(cck_watch_thread *thread, uint64_t time, uint32_t cpu);

/** It ran both within `reach` before and within `reach` after `time`, on other CPUs than `cpu`. */
bool cck_thread_ran_about(const cck_watch_thread *thread, uint64_t time, uint64_t reach,
                          uint32_t cpu);

/**
 * Time since it was first seen over that in which it was watched, 1 .. 100: a sample stands for
 * so many periods.
 */
double cck_thread_periods(const cck_watch_thread *thread, uint64_t now);

void cck_thread_table_clear(cck_thread_table *table);

#endif
