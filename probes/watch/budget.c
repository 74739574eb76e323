/* SPDX-License-Identifier: MIT */
#include "probes/watch/budget.h"

#include <math.h>

enum {
    LEAST_PERIOD = 2000000, /* ns: 500 samples a second of a thread */
    MOST_PERIOD = 1000000000,
    SAMPLES_A_SECOND = 8000 /* of all threads: what decoding them may take of a CPU */
};
static const double for_samples = 0.4; /* of the budget, at most; the rest is for windows */
static const double own_share = 0.06;  /* of a CPU, for arming */
static const double most_credit = 2e7; /* ns: what a quiet time may save up */

static uint64_t period_for(const cck_budget *budget)
{
    double least = budget->costs.sample_ns / (budget->share * for_samples);
    double crowd = budget->running * 1e9 / SAMPLES_A_SECOND;
    double period = fmax(fmax(least, crowd), LEAST_PERIOD);
    return period < MOST_PERIOD ? (uint64_t)period : MOST_PERIOD;
}

void cck_budget_init(cck_budget *budget, double share, const cck_sampler_costs *costs)
{
    *budget = (cck_budget){.share = share, .costs = *costs};
    budget->period = period_for(budget);
    /* Enough for the first windows: there is nothing earned yet, but much to be learnt. */
    budget->credit_ns = 2 * CCK_WATCH_SLOTS * (costs->arm_ns + costs->hit_ns);
    budget->own_ns = 1e7;
}

void cck_budget_sample(cck_budget *budget)
{
    double period = (double)budget->period;
    budget->cpu_ns += period;
    budget->credit_ns += period * budget->share - budget->costs.sample_ns;
    if (budget->credit_ns > most_credit)
        budget->credit_ns = most_credit;
}

void cck_budget_hit(cck_budget *budget)
{
    budget->credit_ns -= budget->costs.hit_ns;
}

void cck_budget_arm(cck_budget *budget)
{
    budget->credit_ns -= budget->costs.arm_ns;
    budget->own_ns -= budget->costs.arm_own_ns;
}

static void count_running(cck_budget *budget, uint64_t now)
{
    double passed = (double)(now - budget->counted);
    if (passed < 1e8)
        return;
    double running = (budget->cpu_ns - budget->counted_ns) / passed;
    budget->running += (running - budget->running) * (budget->running > 0 ? 0.3 : 1);
    budget->counted = now;
    budget->counted_ns = budget->cpu_ns;
    uint64_t period = period_for(budget);
    /* Changing it is a system call a thread: not for a trifle. */
    if (fabs((double)period - (double)budget->period) > 0.2 * (double)budget->period)
        budget->period = period;
}

void cck_budget_tick(cck_budget *budget, uint64_t now)
{
    if (!budget->earned) {
        budget->earned = budget->counted = now;
        return;
    }
    if (now <= budget->earned)
        return;
    double passed = (double)(now - budget->earned);
    budget->looks += passed / (double)budget->period;
    budget->own_ns = fmin(budget->own_ns + passed * own_share, 1e8 * own_share);
    budget->earned = now;
    count_running(budget, now);
}

bool cck_budget_allows(const cck_budget *budget)
{
    return budget->credit_ns > 0 && budget->own_ns > 0;
}
