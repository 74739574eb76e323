/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_LINE_VERDICT_H
#define CCK_CORE_LINE_VERDICT_H

#include <cachecheck/finding.h>

#include "core/session/observed.h"

/** What threads do to each other on a line. */
typedef enum cck_line_class {
    CCK_LINE_PRIVATE, /* one thread, or nobody writes: never a finding */
    CCK_LINE_FALSE,   /* they use different bytes: nothing is handed over */
    CCK_LINE_TRUE,    /* they use the same bytes, one of them writes */
    CCK_LINE_MIXED    /* both */
} cck_line_class;

/**
 * Where the borders are, and why:
 * - Below 4,000 transfers a second not even a transfer of a microsecond costs half a percent.
 * - Fewer than 100 transfers in all are start-up, hand-over and chance, whatever their rate.
 * - 1 % of the time of the threads concerned is what a fix can gain and a benchmark can show.
 * - 0.1 % of the run's: two threads that fight for the first millisecond of a minute do not matter.
 * - One transfer in five of the other class is more than the blur of the interleaving
 *   (a model merges threads by virtual time; a sampler sees few transfers).
 * - Where each of two threads writes what the other reads, a line apart for each keeps the
 *   writer's own reads at home: one transfer in twenty tells that from blur, and how many
 *   of the transfers count as false there is up to the interleaving.
 * - Bytes that several use meet at start and end of threads: below one transfer in ten that
 *   is no reason to say that they share data.
 * - Threads that take turns under a lock use the same bytes, but for a branch not taken.
 * - A line that moves more often than watchpoints can time is worth a look, whatever share of the
 *   samples is at it: that share depends on which cores a hypervisor gave its CPUs just now, and
 *   who waits for its stores to that line is sampled at others. 100,000 of 100 ns are 1 % of it, as
 *   are 20,000 updates of two transfers of 250 ns each, whose samples are no bound of what they
 * cost.
 */
typedef struct cck_line_limits {
    double rate;        /* transfers a second */
    uint64_t transfers; /* in all */
    double cost;        /* share of the time of the threads concerned */
    double cost_of_run; /* share of the time of all threads */
    double other_class; /* share of transfers from which a line is mixed */
    double crossed;     /* the same, of threads that read what the other writes */
    double met;         /* share of transfers at bytes in common from which threads meet */
    double alike;       /* share of bytes in common from which a lock explains the line */
    double outrun;      /* transfers a second, a lower bound: at least medium */
    double outrun_plain; /* the same of plain stores, updates a second */
} cck_line_limits;

extern const cck_line_limits cck_line_default_limits;

typedef struct cck_line_verdict {
    cck_line_class kind;
    bool low_rate;         /* too little to matter: see the limits */
    double false_share;    /* of the transfers that have a class; < 0: none has */
    uint32_t users;        /* threads that use it and meet transfers, or cause them */
    uint32_t writers;      /* of these */
    uint64_t stalled;      /* virtual cycles lost to it, all threads */
    uint64_t elsewhere;    /* sampled: samples near their stores to other lines */
    uint64_t cycles;       /* of the users, in all; 0 unknown */
    double cost;           /* share of the time of its users lost; < 0 unknown */
    double beside;         /* sampled: share of its users' time with another of them on a CPU, too;
                              0 unknown */
    double potential;      /* transfers if threads interleaved at random; < 0 unknown */
    bool read_each_other;  /* each of two writes its own bytes and reads the other's: a ring */
    bool lock;             /* a word of it is used like one */
    bool take_turns;       /* the same bytes, in turns: false sharing at any moment, not over all */
    bool bounded;          /* sampled: of the rate a lower bound is known, or hardly more */
    bool atomics;          /* sampled: most accesses are locked instructions */
    bool confirmed;        /* sampled: two threads were seen to meet often enough to be sure */
    double transfer_ns;    /* measured: that an access waited for the line; 0 unknown */
    bool inferred;         /* measured: of most transfers the PMU does not say who had the line */
    bool at_most;          /* `cost` is an upper bound */
    bool by_rate;          /* sampled: `cost` is by the rate and the latency of a transfer */
    bool around;           /* sampled: `cost` counts the samples `elsewhere`, too */
    bool outran;           /* sampled: it moves more often than can be timed; at least medium */
    cck_severity severity; /* INFO when low_rate */
} cck_line_verdict;

/** Judge a line by what was seen of it. */
cck_line_verdict cck_line_judge(const cck_observed *observed, const cck_line *line,
                                const cck_line_limits *limits);

/** Whether a side has a part in the fight: who set a line up and left has none. */
bool cck_line_takes_part(const cck_line *line, const cck_line_side *side);

/**
 * From `stalled` and `cycles` of a verdict its cost, and whether that and the rate matter. `high`:
 * the upper end of the rate; < 0: it is a lower bound.
 */
void cck_line_weigh(const cck_observed *observed, double rate, double high, uint64_t transfers,
                    const cck_line_limits *limits, cck_line_verdict *verdict);

/** Virtual cycles of all threads of the run. */
uint64_t cck_observed_cycles(const cck_observed *observed);

/** How bad is a loss of that share of time. */
cck_severity cck_severity_of_cost(double cost);

#endif
