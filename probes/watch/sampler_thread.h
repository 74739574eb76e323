/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_THREAD_H
#define CCK_WATCH_SAMPLER_THREAD_H

#include "core/perf/ring.h"
#include "probes/watch/rests.h"
#include "probes/watch/sampler_queue.h"
#include "probes/watch/watchpoint.h"

/**
 * The events of one thread: its clock, whose ring all of them write to, and its
 * watchpoints. A thread that the kernel refuses to have watched has none of them.
 */
typedef struct cck_sampler_thread {
    int32_t pid, tid;
    int fd;      /* of the clock; -1: not watched */
    uint64_t id; /* of the clock's event */
    void *map;
    size_t map_size;
    cck_ring ring;
    cck_watchpoint slots[CCK_WATCH_SLOTS];
    uint64_t cpu_time;    /* ns since it was found, when it was sampled last */
    uint64_t sampled;     /* when that was; 0 never */
    uint64_t thread_base; /* 0: unknown */
    uint64_t stack;       /* pointer, when it was sampled last */
    unsigned base_looks;  /* how often thread_base was looked for */
    bool ended;
    uint64_t opened;      /* ns: when its clock was */
    uint64_t waits_since; /* ns: for memory of a ring; 0: it does not */
    uint64_t cpu_before;  /* ns of CPU time that earlier clocks of it counted */
    bool told;            /* the sink knows it */
    bool rests, rested;   /* its events are closed for a time (sampler_rests.h); ever were */
    uint64_t rest_run;    /* ns it had run when they were closed */
    cck_rest_pulse pulse;
    uint64_t look; /* number of the look into /proc that saw it last */
} cck_sampler_thread;

/** What reading a ring may bring besides samples and hits. */
typedef struct cck_sampler_reading {
    cck_sampler_queue *queue;
    cck_sampler_numbers *numbers;
    void *scratch; /* CCK_RECORD_MAX bytes */
    /** It started a thread or a process. */
    void (*forked)(void *context, const cck_sampler_thread *thread, int32_t pid, int32_t tid);
    /** Records were lost, or ids changed hands in an exec: look which threads there are. */
    void (*missed)(void *context, const cck_sampler_thread *thread);
    void *context;
} cck_sampler_reading;

/**
 * The shortest period of a clock at which the kernel does not throttle it, ns. Never go below:
 * Linux 6.16 and 6.17 hang when they stop a software clock from its own timer (mended by
 * eb3182ef0405).
 */
uint64_t cck_sampler_least_period(const cck_root *root);

/**
 * Open the clock of a thread, enabled. Its ring is small, one of a `crowd` smaller: they all
 * have to fit into what a user may lock. CCK_EGONE, CCK_EACCESS, CCK_ELIMIT, ...
 * (core/perf/open.h).
 */
int cck_sampler_thread_open(cck_sampler_thread *out_thread, const cck_perf_calls *calls,
                            const cck_root *root, int32_t pid, int32_t tid, uint64_t period_ns,
                            bool crowd, cck_error *err);

/** Give clock, ring and watchpoints up for others; its ring was read before. */
void cck_sampler_thread_rest(cck_sampler_thread *thread, uint64_t now);

/** Open the clock of a thread that rests or was refused, with the smallest ring. */
int cck_sampler_thread_reopen(cck_sampler_thread *thread, const cck_perf_calls *calls,
                              const cck_root *root, uint64_t period_ns, cck_error *err);

/** Add what is in its ring to the queue. */
void cck_sampler_thread_read(cck_sampler_thread *thread, const cck_sampler_reading *reading);

/** As cck_sampler_arm(). Reads the ring first, so that no hit is taken for a new one. */
int cck_sampler_thread_arm(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                           const cck_perf_calls *calls, bool rearms, unsigned slot, uint64_t word,
                           cck_watch_kind kind, unsigned hits, cck_error *err);

/** Silence its watchpoints; `release` gives the debug registers back too. */
void cck_sampler_thread_disarm(cck_sampler_thread *thread, const cck_sampler_reading *reading,
                               bool release);

/** CPU time since it was found, ns: asked of the kernel when the last sample is old. */
uint64_t cck_sampler_thread_cpu_time(cck_sampler_thread *thread, uint64_t oldest);

/** Close its events, whose ring was read before. */
void cck_sampler_thread_close(cck_sampler_thread *thread);

#endif
