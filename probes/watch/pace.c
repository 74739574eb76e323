/* SPDX-License-Identifier: MIT */
#include "probes/watch/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double UNSURE = 0.15; /* share of a trap's cost that it may be off by */

/* ---- learning ---- */

void cck_pace_first(cck_pace *pace, uint64_t wait)
{
    pace->armings++;
    pace->active += wait <= CCK_PACE_ACTIVE_NS;
    pace->watched_ns += wait;
    if (wait <= CCK_PACE_SETTLE_NS) {
        pace->prompt++;
        return;
    }
    pace->events++;
    pace->exposure_ns += (double)(wait - CCK_PACE_SETTLE_NS);
}

bool cck_pace_next(cck_pace *pace, uint64_t gap, double cost)
{
    if (!pace->gaps && !(pace->gaps = malloc(CCK_PACE_GAPS * sizeof *pace->gaps)))
        return false;
    double net = (double)gap - cost;
    pace->gaps[pace->gap_count++ % CCK_PACE_GAPS] = (float)net;
    pace->events++;
    pace->exposure_ns += net > 0 ? net : 0;
    pace->watched_ns += gap;
    return true;
}

void cck_pace_silent(cck_pace *pace, uint64_t time, bool hit)
{
    pace->watched_ns += time;
    if (hit) {
        pace->exposure_ns += (double)time;
        return;
    }
    pace->armings += time >= CCK_PACE_ACTIVE_NS;
    if (time > CCK_PACE_SETTLE_NS)
        pace->exposure_ns += (double)(time - CCK_PACE_SETTLE_NS);
}

void cck_pace_clear(cck_pace *pace)
{
    free(pace->gaps);
    *pace = (cck_pace){0};
}

/* ---- telling ---- */

static int by_size(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

typedef struct gap_mean {
    double mean, error; /* ns; standard error */
} gap_mean;

/* A few gaps are far too long: an interrupt or another guest took its time. What is above
 * three times the longest of the lower nine tenths is left out, which makes the mean of
 * gaps that come at random 1 % too short, and leaves such as are alike alone. The short ones all
 * count: what the trap cost, more or less than usual, averages out only over all. */
static gap_mean mean_gap(const cck_pace *pace, double hit_ns)
{
    float gaps[CCK_PACE_GAPS];
    uint32_t count = pace->gap_count < CCK_PACE_GAPS ? pace->gap_count : CCK_PACE_GAPS;
    memcpy(gaps, pace->gaps, count * sizeof *gaps);
    qsort(gaps, count, sizeof *gaps, by_size);
    double most = 3 * fmax((double)gaps[(count * 9 - 1) / 10], hit_ns / 3);
    double sum = 0, squares = 0;
    while (count > 1 && (double)gaps[count - 1] > most)
        count--;
    for (uint32_t i = 0; i < count; i++)
        sum += (double)gaps[i];
    double mean = sum / count;
    for (uint32_t i = 0; i < count; i++)
        squares += ((double)gaps[i] - mean) * ((double)gaps[i] - mean);
    return (gap_mean){mean, count > 1 ? sqrt(squares / (count - 1) / count) : mean};
}

/* Of the armings, those that found the thread at it: half a one at least, since it was hit. */
static double active_share(const cck_pace *pace)
{
    double active = pace->active ? pace->active : 0.5;
    return pace->armings ? active / pace->armings : 1;
}

static cck_pace_rate from_gaps(const cck_pace *pace, gap_mean gap, double hit_ns)
{
    double active = active_share(pace);
    double unsure = UNSURE * hit_ns, spread = 1.96 * gap.error + unsure;
    if (gap.mean < unsure) {
        double least = active * 1e9 / (fmax(gap.mean, 0) + unsure);
        return (cck_pace_rate){least, active * 1e9 / (fmax(gap.mean, 0) + spread), -1};
    }
    double shortest = fmax(gap.mean - spread, gap.mean / 4);
    return (cck_pace_rate){active * 1e9 / gap.mean, active * 1e9 / (gap.mean + spread),
                           active * 1e9 / shortest};
}

/* No gaps, and waits are as long as our own delay: they tell of that. */
static bool is_saturated(const cck_pace *pace)
{
    return pace->prompt > pace->events ||
           (pace->events && pace->exposure_ns < (double)pace->events * CCK_PACE_SETTLE_NS);
}

static cck_pace_rate at_least(const cck_pace *pace)
{
    double hits = pace->prompt + pace->events, most = 1e9 / CCK_PACE_SETTLE_NS;
    double least = fmin(hits * 1e9 / fmax((double)pace->watched_ns, 1), most);
    least *= active_share(pace);
    return (cck_pace_rate){least, least * cck_poisson_low(hits) / hits, -1};
}

cck_pace_rate cck_pace_estimate(const cck_pace *pace, double hit_ns)
{
    if (pace->gap_count >= CCK_PACE_GAPS_LEAST) {
        gap_mean gap = mean_gap(pace, hit_ns);
        if (gap.mean < CCK_PACE_FAST_NS)
            return from_gaps(pace, gap, hit_ns);
    }
    if (is_saturated(pace))
        return at_least(pace);
    if (pace->exposure_ns <= 0)
        return (cck_pace_rate){0, 0, -1};
    double seconds = pace->exposure_ns * 1e-9;
    return (cck_pace_rate){pace->events / seconds, cck_poisson_low(pace->events) / seconds,
                           cck_poisson_high(pace->events) / seconds};
}
