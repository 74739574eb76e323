/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_FOLLOW_H
#define CCK_SIMULATE_FOLLOW_H

#include "probes/simulate/collect.h"
#include "probes/simulate/reader/reader.h"

/** What came with the traces, besides what comes with records. */
typedef struct cck_followed {
    cck_collected collected;
    uint32_t forked;          /* images of processes that forked: their caches began cold */
    uint32_t stopped;         /* images that were not read to their end, as asked for */
    uint32_t heapless;        /* images that told of no heap block */
    bool started;             /* `start_at` was reached in one of them */
    uint64_t instructions;    /* simulated, of all */
    uint32_t cut_off;         /* images whose traces were taken up too late: the rest is missing */
    uint64_t real_time_turns; /* whose order the machine's timing decided */
} cck_followed;

/**
 * Add the counts of every process that a reader has read to a tally that is set up for
 * `simulated`: the same rows as cck_collect() makes of records. CCK_ENOMEM.
 */
int cck_follow_collect(cck_followed *out_followed, cck_tally *tally,
                       const cck_simulated *simulated, const cck_reader *reader,
                       const cck_plan *plan, cck_error *err);

#endif
