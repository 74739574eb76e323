/* SPDX-License-Identifier: MIT */
#include "probes/watch/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Share of what traps cost that it may be off by: more and less than was measured at the start, from
 * which it differs with what else the machine does (on virtual machines 13 us for a while, then 22;
 * or 15, then 33); and by its neighbour. Several in a gap are off alike. */
static const double MORE = 1.2, LESS = 0.3, UNSURE_ECHO = 0.05;
static const double MOST_UNSURE = 4;

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

static bool keep_gap(float **gaps, uint32_t *count, double net, double cost)
{
    if (!*gaps && !(*gaps = malloc(2 * CCK_PACE_GAPS * sizeof **gaps)))
        return false;
    uint32_t at = (*count)++ % CCK_PACE_GAPS;
    (*gaps)[at] = (float)net;
    (*gaps)[CCK_PACE_GAPS + at] = (float)cost;
    return true;
}

bool cck_pace_next(cck_pace *pace, uint64_t gap, double cost, bool alone)
{
    double net = (double)gap - cost;
    if (!keep_gap(&pace->gaps, &pace->gap_count, net, cost) ||
        (alone && !keep_gap(&pace->alone, &pace->alone_count, net, cost)))
        return false;
    pace->events++;
    pace->exposure_ns += net > 0 ? net : 0;
    pace->watched_ns += gap;
    return true;
}

bool cck_pace_echo(cck_pace *pace, uint64_t gap, double net)
{
    if (!pace->echoes && !(pace->echoes = malloc(CCK_PACE_ECHOES * sizeof *pace->echoes)))
        return false;
    pace->echoes[pace->echo_count++ % CCK_PACE_ECHOES] = (float)net;
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
    free(pace->alone);
    free(pace->echoes);
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
    double cost;        /* that was taken off each, on average; gaps only */
} gap_mean;

/* Mean and error of what is left between two marks. */
static gap_mean mean_between(const float *sorted, uint32_t count, double least, double most)
{
    double sum = 0, squares = 0;
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++)
        if ((double)sorted[i] >= least && (double)sorted[i] <= most) {
            sum += (double)sorted[i];
            squares += (double)sorted[i] * (double)sorted[i];
            used++;
        }
    double mean = sum / used, spread = fmax(squares - sum * mean, 0);
    return (gap_mean){mean, used > 1 ? sqrt(spread / (used - 1) / used) : fabs(mean), 0};
}

static uint32_t sorted_of(const float *list, uint32_t room, uint32_t ever, float *sorted)
{
    uint32_t count = ever < room ? ever : room;
    memcpy(sorted, list, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_size);
    return count;
}

/* A few gaps are far too long: an interrupt or another guest took its time. What is above
 * three times the longest of the lower nine tenths is left out, which makes the mean of
 * gaps that come at random 1 % too short, and leaves such as are alike alone. The short ones all
 * count: what the trap cost, more or less than usual, averages out only over all. */
static gap_mean mean_of(const float *gaps, uint32_t ever, double hit_ns)
{
    float sorted[CCK_PACE_GAPS];
    uint32_t count = sorted_of(gaps, CCK_PACE_GAPS, ever, sorted);
    double most = 3 * fmax((double)sorted[(count * 9 - 1) / 10], hit_ns / 3), cost = 0;
    gap_mean mean = mean_between(sorted, count, -INFINITY, fmax(most, (double)sorted[0]));
    for (uint32_t i = 0; i < count; i++)
        cost += (double)gaps[CCK_PACE_GAPS + i];
    mean.cost = fmax(cost / count, hit_ns);
    return mean;
}

/* What was taken off is known the better, the less it is: if it was watched alone often enough,
 * these windows tell. */
static gap_mean mean_gap(const cck_pace *pace, double hit_ns)
{
    return pace->alone_count >= CCK_PACE_GAPS_LEAST
               ? mean_of(pace->alone, pace->alone_count, hit_ns)
               : mean_of(pace->gaps, pace->gap_count, hit_ns);
}

bool cck_pace_wants_alone(const cck_pace *pace, double hit_ns)
{
    const double CROWDED = 1.5;
    return pace->gap_count >= CCK_PACE_GAPS_LEAST && pace->alone_count < CCK_PACE_GAPS &&
           mean_of(pace->gaps, pace->gap_count, hit_ns).cost > CROWDED * hit_ns;
}

/* The same, where what took its time may be in either of two traps: Tukey's fences, the upper one
 * so far out that gaps at random lose 1 % of them. */
static gap_mean mean_echo(const cck_pace *pace)
{
    float sorted[CCK_PACE_ECHOES];
    uint32_t count = sorted_of(pace->echoes, CCK_PACE_ECHOES, pace->echo_count, sorted);
    double low = (double)sorted[count / 4], high = (double)sorted[count * 3 / 4];
    return mean_between(sorted, count, low - 2 * (high - low), high + 3 * (high - low));
}

bool cck_pace_wants_echoes(const cck_pace *pace, double hit_ns)
{
    enum { LEAST = 3, ENOUGH = 120, TRAPS = 4 };
    return pace->after && pace->after != UINT64_MAX && pace->echo_count < ENOUGH &&
           pace->gap_count >= LEAST && mean_gap(pace, hit_ns).mean < TRAPS * hit_ns;
}

/* Of the armings, those that found the thread at it: half a one at least, since it was hit. */
static double active_share(const cck_pace *pace)
{
    double active = pace->active ? pace->active : 0.5;
    return pace->armings ? active / pace->armings : 1;
}

/* `more`, `less`: ns by which all gaps may be too long, or too short, for what traps took. */
static cck_pace_rate from_gaps(const cck_pace *pace, gap_mean gap, double more, double less)
{
    double active = active_share(pace), error = 1.96 * gap.error, longest = gap.mean + error + less;
    if (gap.mean < more) {
        double mean = fmax(gap.mean, 0) + less;
        return (cck_pace_rate){active * 1e9 / mean, active * 1e9 / (mean + error), -1};
    }
    double shortest = fmax(gap.mean - error - more, gap.mean / 16);
    /* What may be several times as much is told as "at least". */
    if (gap.mean > MOST_UNSURE * shortest)
        return (cck_pace_rate){active * 1e9 / longest, active * 1e9 / (longest + error + less), -1};
    return (cck_pace_rate){active * 1e9 / gap.mean, active * 1e9 / longest,
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
    /* Echoes know the trap, plain gaps are more of them: whichever is told better. */
    bool plain = pace->gap_count >= CCK_PACE_GAPS_LEAST;
    gap_mean gap = plain ? mean_gap(pace, hit_ns) : (gap_mean){INFINITY, 0, hit_ns};
    double more = MORE * gap.cost, less = LESS * gap.cost;
    if (pace->echo_count >= CCK_PACE_GAPS_LEAST) {
        gap_mean echo = mean_echo(pace);
        if (!plain || 1.96 * echo.error + UNSURE_ECHO * hit_ns < 1.96 * gap.error + less) {
            gap = echo;
            more = less = UNSURE_ECHO * hit_ns;
        }
    }
    if (gap.mean < CCK_PACE_FAST_NS)
        return from_gaps(pace, gap, more, less);
    if (is_saturated(pace))
        return at_least(pace);
    if (pace->exposure_ns <= 0)
        return (cck_pace_rate){0, 0, -1};
    double seconds = pace->exposure_ns * 1e-9;
    return (cck_pace_rate){pace->events / seconds, cck_poisson_low(pace->events) / seconds,
                           cck_poisson_high(pace->events) / seconds};
}
