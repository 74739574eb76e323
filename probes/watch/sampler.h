/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_H
#define CCK_WATCH_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <cachecheck/error.h>

#include "core/base/root.h"
#include "probes/watch/registers.h"

/**
 * The kernel's side of watching: samples by the software clock of each thread, and
 * watchpoints (debug registers) on it. All from outside; the target is never stopped.
 * What is watched and why is for the engine (engine.h).
 *
 * All events live in this process: when it dies, by whatever signal, the kernel closes
 * them and no breakpoint stays armed.
 */
enum { CCK_WATCH_SLOTS = 4, CCK_WATCH_WORD = 8 /* bytes a debug register covers */ };

/** What a watchpoint fires for. */
typedef enum cck_watch_kind {
    CCK_WATCH_WRITES,   /* of a word */
    CCK_WATCH_ACCESSES, /* reads and writes of it: x86 has no watchpoints for reads alone */
    CCK_WATCH_CODE      /* the instruction at an address is about to be executed */
} cck_watch_kind;

typedef struct cck_sample {
    uint64_t time; /* ns, CLOCK_MONOTONIC */
    int32_t pid, tid;
    uint32_t cpu;
    cck_registers registers; /* thread_base filled in when known */
} cck_sample;

/** A watchpoint fired. */
typedef struct cck_hit {
    uint64_t time; /* ns, CLOCK_MONOTONIC */
    int32_t pid, tid;
    uint32_t cpu;
    unsigned slot;     /* of the thread */
    uint64_t word;     /* watched address */
    uint64_t exposure; /* ns of CPU time of the thread since it was armed or the hit before */
    uint32_t number;   /* of this arming: 1 first */
    cck_registers registers;
} cck_hit;

/** Where records go. Called from cck_sampler_drain() only. */
typedef struct cck_sampler_sink {
    void (*sample)(void *context, const cck_sample *sample);
    void (*hit)(void *context, const cck_hit *hit);
    /** A thread was found or is gone (`alive`); its last records were handed over before. */
    /** An exec ends a thread and begins another with the same id. */
    void (*thread)(void *context, int32_t pid, int32_t tid, bool alive);
    void *context;
    /** Its events are to be closed for a time, or are open again: until then nothing comes of it.
     * From cck_sampler_rest(), before they are closed. False: not now. NULL: nobody wants to
     * know. */
    bool (*rests)(void *context, int32_t pid, int32_t tid, bool resting);
} cck_sampler_sink;

typedef struct cck_sampler_costs {
    double sample_ns, hit_ns; /* of the target's time, each; measured at the start */
    double arm_ns;            /* ... to arm a slot of a running thread and to disarm it */
    double arm_own_ns;        /* ... of ours */
    /* From a hit to one at the instruction behind it takes as long as from that to the next hit
     * of a thread that does nothing else, but for `echo_ns`: so a trap's cost can be taken off
     * where it came about. False: that does not work here, or was not tried. */
    bool echoes;
    bool echoes_apart; /* it takes the instruction behind that one: the trap at the first comes
                          together with the hit, as on some processors */
    double echo_ns;
    bool rearms;              /* PERF_EVENT_IOC_REFRESH arms again what its limit disabled */
    unsigned slots;           /* debug registers that are free for us, 0 .. CCK_WATCH_SLOTS */
} cck_sampler_costs;

typedef struct cck_sampler_numbers {
    uint64_t samples, hits;
    uint64_t lost;      /* records for which a ring had no room */
    uint64_t throttled; /* times that the kernel held a clock back */
    uint64_t narrow;    /* records of 32-bit code, whose registers are not read */
    uint64_t threads_seen;
    uint64_t threads_unwatched; /* of these, refused: by policy, or for want of files or memory */
    uint64_t threads_in_turns; /* refused for want of memory at first, then in place of others */
    uint64_t threads_missed;    /* ended before their clock was open */
    uint64_t threads_now;       /* alive and watched */
} cck_sampler_numbers;

typedef struct cck_sampler cck_sampler;

/**
 * Check on a thread of this process that samples come with registers and that watchpoints
 * fire, and measure what they cost (takes about 50 ms). CCK_EACCESS, CCK_EUNSUPPORTED,
 * CCK_EBUSY (no debug register is free) with a hint when they do not. `budget`: share of the
 * target's time, 0.02 for 2 %; half of it goes into samples until cck_sampler_period().
 * `root` is borrowed, `sink` copied.
 */
int cck_sampler_new(cck_sampler **out_sampler, const cck_root *root, double budget,
                    const cck_sampler_sink *sink, cck_error *err);
const cck_sampler_costs *cck_sampler_costs_of(const cck_sampler *sampler);

/**
 * Watch the threads of `pid` and, if `tree`, those of its children, as they come and go.
 * CCK_EGONE, CCK_EACCESS, CCK_ELIMIT, CCK_EUNSUPPORTED (a thread of the kernel) when none of
 * its threads can be watched; where some can, the others are counted as unwatched.
 */
int cck_sampler_follow(cck_sampler *sampler, pid_t pid, bool tree, cck_error *err);

/**
 * Look for new and ended threads; cheap enough for every 20 ms. Threads tell by themselves
 * what they start, when the rings are drained: this finds what they could not tell.
 */
int cck_sampler_scan(cck_sampler *sampler, cck_error *err);

/**
 * Hand what is in the rings to the sink, in order of time; what is younger than 0.1 ms waits
 * for the next time. The rings hold about 40 samples a thread, 20 in a crowd.
 */
int cck_sampler_drain(cck_sampler *sampler, cck_error *err);

/**
 * Let threads that come to run too often to be watched all the time rest, and others have their
 * turn (rests.h); after a drain, every 20 ms or so. Returns what their clocks have taken of the
 * threads' time since the last call, ns.
 */
double cck_sampler_rest(cck_sampler *sampler);

/** How that stands. */
typedef struct cck_sampler_rested {
    bool now;      /* some thread rests */
    uint64_t ever; /* threads that did, */
    double rate;   /* times a second that they came to run, all of them together, at most; */
    double watched; /* and the share of their time that they were watched, 0 .. 1 */
    double awake;   /* share of turns in which every thread that runs is watched now, 0 .. 1 */
} cck_sampler_rested;
cck_sampler_rested cck_sampler_rested_of(const cck_sampler *sampler);

/** How often to drain, ns: every 20 ms at 500 samples a second. */
uint64_t cck_sampler_drain_every(const cck_sampler *sampler);

/**
 * CPU time between samples of a thread, from now on; interrupts each once. Not below what
 * kernel.perf_event_max_sample_rate allows without throttling.
 */
void cck_sampler_period(cck_sampler *sampler, uint64_t ns);

/**
 * Watch a word in a thread, aligned to 8 bytes, or an instruction. Fires up to `hits`
 * times (at least 1), then falls silent. Replaces what the slot watched. CCK_EBUSY when the
 * register is taken or a debugger traces the process (then all are left to it), CCK_EGONE
 * when the thread is gone: neither is a failure of ours. CCK_EINVALID: an address that
 * cannot be watched.
 */
int cck_sampler_arm(cck_sampler *sampler, int32_t tid, unsigned slot, uint64_t word,
                    cck_watch_kind kind, unsigned hits, cck_error *err);
/** Silence all slots of a thread. */
void cck_sampler_disarm(cck_sampler *sampler, int32_t tid);

/**
 * CPU time that the slot has been armed for without a hit so far, ns; 0 once it is silent by
 * its hits. Interrupts a running thread while the slot is armed: disarm first, where it is
 * to be armed anew anyway.
 */
uint64_t cck_sampler_exposure(cck_sampler *sampler, int32_t tid, unsigned slot);

/**
 * CPU time that a thread has used since it was first seen, ns, as of its last sample. A
 * thread that is gone can be asked for until the sink was told so.
 */
uint64_t cck_sampler_cpu_time(cck_sampler *sampler, int32_t tid);

cck_sampler_numbers cck_sampler_numbers_of(const cck_sampler *sampler);

/** A thread was refused for want of memory for its ring. */
bool cck_sampler_crowded(const cck_sampler *sampler);

/** Disarms everything. */
void cck_sampler_free(cck_sampler *sampler);

#endif
