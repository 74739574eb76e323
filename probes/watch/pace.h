/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_PACE_H
#define CCK_WATCH_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/statistics.h"

/**
 * How often one thread accesses one word, from what its watchpoint told. All times are CPU
 * time of that thread, in ns, as the watchpoint counts it. docs/how-it-works/watching.md
 * derives the estimate.
 */
enum {
    CCK_PACE_GAPS = 128,          /* kept, the latest */
    CCK_PACE_GAPS_LEAST = 8,      /* for an estimate from them */
    CCK_PACE_ECHOES = 128,
    CCK_PACE_SETTLE_NS = 60000,   /* a watchpoint counts time before it is really armed: a
                                     first hit within that says nothing of the rate */
    CCK_PACE_FAST_NS = 100000,    /* gaps up to that are timed one by one */
    CCK_PACE_ACTIVE_NS = 250000   /* a first hit within that: the thread was at it */
};

typedef struct cck_pace {
    uint32_t events;    /* hits that ended a wait or a gap */
    double exposure_ns; /* those waits and gaps, and the time without a hit */
    uint32_t prompt;    /* first hits within the settling time: in none of both */
    uint32_t armings, active; /* that were hit or watched for CCK_PACE_ACTIVE_NS; of these
                                 hit within it */
    uint64_t watched_ns;      /* all there was */
    uint32_t gap_count;       /* ever */
    float *gaps;              /* CCK_PACE_GAPS, made with the first one; behind them as many
                                 costs that were taken off */
    uint32_t alone_count;     /* ever */
    float *alone;             /* the same, of windows in which nothing else was watched */
    uint32_t echo_count;      /* ever */
    float *echoes;            /* CCK_PACE_ECHOES: gaps from which their own trap was taken off */
    uint64_t after;           /* the instruction behind all that hit it; 0 none so far, UINT64_MAX
                                 several */
} cck_pace;

/** The first hit of an arming, after `wait`. */
void cck_pace_first(cck_pace *pace, uint64_t wait);

/** A further hit, `gap` after the one before; `cost`: of that, what our own traps and samples
 * took; `alone`: no other word was watched in that thread. False when memory is out. */
bool cck_pace_next(cck_pace *pace, uint64_t gap, double cost, bool alone);

/**
 * The same where the trap of just before was timed, too: `net` is the gap without it, which may
 * be below 0 by chance.
 */
bool cck_pace_echo(cck_pace *pace, uint64_t gap, double net);

/** Other words are hit between two hits of this one: what their traps took, nobody knows well.
 * It should be watched alone for a while. */
bool cck_pace_wants_alone(const cck_pace *pace, double hit_ns);

/** Gaps are so short that traps must be timed with them, and there are not enough such gaps. */
bool cck_pace_wants_echoes(const cck_pace *pace, double hit_ns);

/** An arming ended `time` after its last hit (`hit`) or, without one, after its begin. */
void cck_pace_silent(cck_pace *pace, uint64_t time, bool hit);

typedef struct cck_pace_rate {
    double rate, low, high; /* accesses a second of CPU time; 95 %; high < 0: at least `rate` */
} cck_pace_rate;

/**
 * `hit_ns`: what a trap costs. Gaps below 60 % of what was taken off (5 % of a trap where the
 * one before was timed, too) cannot be told from the spread of that cost: then `rate` is a bound.
 */
cck_pace_rate cck_pace_estimate(const cck_pace *pace, double hit_ns);

void cck_pace_clear(cck_pace *pace);

#endif
