/* SPDX-License-Identifier: MIT */
#include "probes/watch/budget.h"

#include <math.h>

enum {
    LEAST_PERIOD = 2000000, /* ns: 500 samples a second of a thread */
    MOST_PERIOD = 1000000000,
    SAMPLES_A_SECOND = 8000 /* of all threads: what decoding them may take of a CPU */
};
static const double for_samples = 0.4; /* of the budget, at most; the rest is for windows */
static const double for_switches = 0.4; /* as well */
static const double own_share = 0.06;  /* of a CPU, for arming */
static const double most_credit = 2e7; /* ns: what a quiet time may save up */
static const double most_debt = -5e7;  /* ns: what is not made up for within seconds is let go */
static const double start_ns = 15e6;   /* of our own time, to get to know a program */
static const double most_thinned = 4;  /* times the period may grow for the sake of our own time */

/* Where our own time is the target's loss, what we do about a sample is a part of its cost. Much
 * of that goes with the clock rather than with samples: fewer of them save less than it seems. */
static uint64_t period_for(const cck_budget *budget)
{
    double least = budget->costs.sample_ns / (budget->share * for_samples);
    double both = least + budget->own_sample_ns / (budget->share * for_samples);
    double crowd = budget->running * 1e9 / SAMPLES_A_SECOND;
    double alone = fmax(fmax(least, crowd), LEAST_PERIOD);
    double period = fmax(alone, fmin(both, most_thinned * alone));
    return period < MOST_PERIOD ? (uint64_t)period : MOST_PERIOD;
}

void cck_budget_init(cck_budget *budget, double share, const cck_sampler_costs *costs)
{
    *budget = (cck_budget){.share = share, .costs = *costs, .awake = 1};
    budget->period = period_for(budget);
    /* Enough for the first windows: there is nothing earned yet, but much to be learnt. */
    budget->credit_ns = 2 * CCK_WATCH_SLOTS * (costs->arm_ns + costs->hit_ns);
    budget->own_ns = 1e7;
    budget->advance_ns = start_ns;
}

void cck_budget_sample(cck_budget *budget, double periods)
{
    double period = (double)budget->period * periods;
    budget->cpu_ns += period;
    budget->samples++;
    double earned = period * budget->share, paid = fmin(budget->owed_ns, for_switches * earned);
    budget->owed_ns -= paid;
    budget->credit_ns += earned - paid - budget->costs.sample_ns;
    if (budget->credit_ns > most_credit)
        budget->credit_ns = most_credit;
}

void cck_budget_switches(cck_budget *budget, double ns)
{
    budget->owed_ns = fmin(budget->owed_ns + ns, -most_debt);
}

void cck_budget_hit(cck_budget *budget)
{
    budget->credit_ns -= budget->costs.hit_ns;
}

void cck_budget_arm(cck_budget *budget, bool runs)
{
    /* Whoever waits for a CPU finds its debug registers set when it comes to run. */
    const double asleep = 0.1;
    budget->credit_ns -= budget->costs.arm_ns * (runs ? 1 : asleep);
    budget->own_ns -= budget->costs.arm_own_ns;
    budget->arming_ns += budget->costs.arm_own_ns;
}

void cck_budget_own(cck_budget *budget, double ns, double taken, double busy)
{
    /* Of what is taken from all that run the target bears its part. */
    double part = taken * (budget->running < busy ? budget->running / busy : 1);
    double lost = ns * part, free = fmin(lost, budget->advance_ns);
    budget->advance_ns -= free;
    budget->credit_ns = fmax(budget->credit_ns - (lost - free), most_debt);
    budget->taken_ns += fmax(ns - budget->arming_ns, 0) * part;
    budget->arming_ns = 0;
}

static void count_own(cck_budget *budget)
{
    double each = budget->taken_ns / (double)(budget->samples ? budget->samples : 1);
    budget->own_sample_ns += 0.3 * (each - budget->own_sample_ns);
    budget->taken_ns = 0;
    budget->samples = 0;
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
    count_own(budget);
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
    budget->looks += passed * budget->awake / (double)budget->period;
    budget->own_ns = fmin(budget->own_ns + passed * own_share, 1e8 * own_share);
    budget->earned = now;
    count_running(budget, now);
}

bool cck_budget_allows(const cck_budget *budget)
{
    return budget->credit_ns > 0 && budget->own_ns > 0;
}

uint64_t cck_budget_wait(const cck_budget *budget)
{
    double earned = fmax(budget->running, 0.1) * budget->share; /* ns a ns */
    double wait = fmax(-budget->credit_ns / earned, -budget->own_ns / own_share);
    return cck_budget_allows(budget) ? 0 : (uint64_t)fmin(wait, 1e9) + 1;
}
