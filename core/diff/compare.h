/* SPDX-License-Identifier: MIT */
#ifndef CCK_DIFF_COMPARE_H
#define CCK_DIFF_COMPARE_H

#include <stdbool.h>

#include <cachecheck/diff.h>

/** -1: less is better, 1: more is, 0: neither by itself. Of an event, by its role or name. */
int cck_direction_of_event(const cck_event_info *event);
int cck_direction_of_metric(const char *name);

/** How single numbers may be compared. */
typedef struct cck_compare_rules {
    double threshold;
    bool exact;        /* a model: the same program gives the same numbers */
    bool judge_single; /* single measured runs too */
    cck_diff_test test;
    double grain; /* least deviation of a run's number, whatever few runs had by chance: counts are
                     whole, and one event more or less proves nothing. 0: they are no counts */
} cck_compare_rules;

/**
 * Fill in change, interval, p (of this test alone) and test of `change`. The spreads
 * have `runs` >= 1; with one run only the mean counts.
 */
void cck_compare(cck_delta *change, const cck_spread *before, const cck_spread *after,
                 const cck_compare_rules *rules);

/** Measured counts below this on both sides are not told apart, however often they were counted. */
enum { CCK_FEW_EVENTS = 10 };

/** No test can tell this difference from chance: p is 1, and there is no interval. `why`, a
 * static string, stands where the test's name would. */
void cck_compare_leave_to_chance(cck_delta *change, const char *why);

/** Set the verdict from change and p, which may have been adjusted in between. */
void cck_compare_judge(cck_delta *change, const cck_compare_rules *rules);

/**
 * Holm's step-down (Scand. J. Statist. 6, 1979, 65): the p of all `count` changes that
 * have one become such that the chance of a single false alarm among them stays below
 * what they are compared with. Returns how many tests there were; 0 with `*out_failed`
 * when memory is out.
 */
size_t cck_compare_adjust(cck_delta *changes, size_t count, bool *out_failed);

/**
 * Mann and Whitney's U (Ann. Math. Statist. 18, 1947, 50), two-sided: exact without ties
 * and up to 20 runs each, else the normal approximation with the correction for ties.
 * The shift, after minus before, is Hodges and Lehmann's, with its 95 % interval; without
 * enough runs for one `*out_low` > `*out_high`. < 0 when memory is out.
 */
double cck_rank_test(const double *before, size_t m, const double *after, size_t n,
                     double *out_shift, double *out_low, double *out_high);

#endif
