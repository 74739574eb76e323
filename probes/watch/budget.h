/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_BUDGET_H
#define CCK_WATCH_BUDGET_H

#include "probes/watch/sampler.h"

/**
 * What watching may cost. The target's CPU time earns credit at the rate of the budget;
 * samples, hits and arming take from it what they cost by measure, and windows open only
 * while there is some left. So whatever the threads do, costs over earnings tend to the
 * budget at most. Our own CPU time has an account of its own; where the target would have had
 * it, it is a cost like the others, but for an advance that the start takes.
 */
typedef struct cck_budget {
    double share; /* of the target's time */
    cck_sampler_costs costs;
    double credit_ns, own_ns; /* may be below 0 for a while */
    double advance_ns;        /* of our own time that is not charged: what the start takes */
    double arming_ns;         /* of our own time, since that was told last */
    double taken_ns;          /* from the target by the rest, since running threads were counted, */
    uint64_t samples;         /* and samples since then */
    double own_sample_ns;     /* that is for each sample, of late */
    double owed_ns;           /* by clocks' coming and going: paid from a part of what is earned */
    double cpu_ns;            /* of the target, that samples stand for */
    uint64_t period;          /* ns */
    uint64_t earned;          /* when our own account was last filled */
    uint64_t counted;         /* when running threads were last counted, */
    double counted_ns;        /* with `cpu_ns` then */
    double running;           /* threads, on average of late */
    double awake;             /* share of the time that every thread is watched, 0 .. 1 */
    double looks;             /* samples that a thread which always runs has had */
} cck_budget;

void cck_budget_init(cck_budget *budget, double share, const cck_sampler_costs *costs);

/** A sample came that stands for so many periods: it earns what they allow, less what it cost. */
void cck_budget_sample(cck_budget *budget, double periods);

/**
 * What clocks took of threads that came to run and went, ns. How much that is, rests.h sees to:
 * windows are not to wait until what the start took is paid.
 */
void cck_budget_switches(cck_budget *budget, double ns);
void cck_budget_hit(cck_budget *budget);

/** A slot was armed, of a thread that `runs`; else it is not interrupted for that. */
void cck_budget_arm(cck_budget *budget, bool runs);

/**
 * Our own CPU time since the last call, the share of it that others would have had, and how many
 * CPUs are busy (own_time.h).
 */
void cck_budget_own(cck_budget *budget, double ns, double taken, double busy);

/** Time passes: the sampling period follows how many threads run. */
void cck_budget_tick(cck_budget *budget, uint64_t now);
bool cck_budget_allows(const cck_budget *budget);

/** How long until it may allow anything again, ns; 0: it does. */
uint64_t cck_budget_wait(const cck_budget *budget);

#endif
