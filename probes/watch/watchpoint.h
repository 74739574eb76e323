/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_WATCHPOINT_H
#define CCK_WATCH_WATCHPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/perf/open.h"
#include "probes/watch/sampler.h"

/**
 * One debug register of one thread. It is opened when it is armed first, and from then on
 * moved from word to word, which costs the thread less than closing and opening.
 */
typedef struct cck_watchpoint {
    int fd;      /* -1: not open */
    uint64_t id; /* of the event */
    uint64_t word;
    cck_watch_kind kind;
    bool armed;       /* the kernel may still let it fire */
    bool spent;       /* it fired as often as it was to */
    uint32_t left;    /* hits that the kernel still allows it */
    uint64_t base;    /* the event's count when it was armed */
    uint64_t count;   /* ... at the last hit that was read */
    uint64_t running; /* ns on a CPU when it was armed, or at the last hit that was read */
} cck_watchpoint;

#define CCK_WATCHPOINT_CLOSED ((cck_watchpoint){.fd = -1})

/** Where the records go and how it is opened. */
typedef struct cck_watchpoint_place {
    const cck_perf_calls *calls;
    int32_t tid;
    int output;  /* whose ring: the descriptor of the thread's clock */
    bool rearms; /* as cck_sampler_costs has it */
} cck_watchpoint_place;

/**
 * Make it silent. Its hits may still be in the ring: read them before it is armed again.
 * After that the kernel's counts stand still, and cck_watchpoint_exposure() is free.
 */
void cck_watchpoint_silence(cck_watchpoint *watchpoint);

/**
 * Arm what is silent, for 1 .. INT_MAX hits. CCK_EBUSY: no debug register is free. CCK_EGONE:
 * the thread is gone. CCK_EINVALID: the kernel does not allow that address.
 */
int cck_watchpoint_arm(cck_watchpoint *watchpoint, const cck_watchpoint_place *place, uint64_t word,
                       cck_watch_kind kind, uint32_t hits, cck_error *err);

/** ns of CPU time since it was armed, or its last hit that was read; 0 when it is spent. */
uint64_t cck_watchpoint_exposure(const cck_watchpoint *watchpoint);

/** Give the debug register back. */
void cck_watchpoint_close(cck_watchpoint *watchpoint);

#endif
