/* SPDX-License-Identifier: MIT */
#include "core/diff/compare.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/statistics.h"
#include "core/diff/student.h"

/* False alarms among all tests of a diff, at most, if noise is normal. It is not, on a busy
 * machine: half of the 5 % that are promised is kept for that. */
static const double level = 0.025, interval_level = 0.05;

static double relative(double difference, double before)
{
    if (difference == 0)
        return 0;
    return before == 0 ? copysign(INFINITY, difference) : difference / fabs(before);
}

static void no_interval(cck_delta *change, const char *test)
{
    change->low = 1;
    change->high = 0;
    change->p = -1;
    change->test = test;
}

/* From a difference, its standard error and degrees of freedom. */
static void conclude(cck_delta *change, double error, double freedom)
{
    double difference = change->after - change->before;
    if (!(error > 0)) { /* every run gave the same number */
        change->low = change->high = change->change;
        change->p = difference == 0 ? 1 : 0;
        return;
    }
    double half = cck_student_quantile(interval_level, freedom) * error;
    change->low = relative(difference - half, change->before);
    change->high = relative(difference + half, change->before);
    change->p = cck_student_two_sided(difference / error, freedom);
}

static double deviation_of(const cck_spread *spread, const cck_compare_rules *rules)
{
    return fmax(spread->deviation, rules->grain);
}

/* B. L. Welch, Biometrika 34 (1947) 28: variances need not be equal. */
static void welch(cck_delta *change, const cck_spread *before, const cck_spread *after,
                  const cck_compare_rules *rules)
{
    double a = pow(deviation_of(before, rules), 2) / before->runs;
    double b = pow(deviation_of(after, rules), 2) / after->runs;
    double freedom =
        a + b > 0 ? (a + b) * (a + b) / (a * a / (before->runs - 1.0) + b * b / (after->runs - 1.0))
                  : 1;
    change->test = "Welch's t";
    conclude(change, sqrt(a + b), freedom);
}

/* One run against many: is it one of theirs? Student's prediction interval. */
static void predict(cck_delta *change, const cck_spread *many, const cck_compare_rules *rules)
{
    change->test = "one run against many (Student's t)";
    conclude(change, deviation_of(many, rules) * sqrt(1 + 1.0 / many->runs), many->runs - 1.0);
}

static bool rank(cck_delta *change, const cck_spread *before, const cck_spread *after)
{
    double shift, low, high;
    double p = cck_rank_test(before->samples, before->runs, after->samples, after->runs, &shift,
                             &low, &high);
    if (p < 0)
        return false;
    change->test = "Mann-Whitney U";
    change->p = p;
    change->change = relative(shift, change->before);
    change->low = low > high ? 1 : relative(low, change->before);
    change->high = low > high ? 0 : relative(high, change->before);
    return true;
}

/* Student, Biometrika 6 (1908) 1, of ln(after / before): a ratio is as likely 2 as 1/2. */
static bool paired(cck_delta *change, const cck_spread *before, const cck_spread *after,
                   const cck_compare_rules *rules)
{
    cck_statistics ratios = {0};
    if (before->runs != after->runs || !before->samples || !after->samples)
        return false;
    for (uint32_t i = 0; i < before->runs; i++) {
        if (!(before->samples[i] > 0) || !(after->samples[i] > 0))
            return false;
        cck_statistics_add(&ratios, log(after->samples[i] / before->samples[i]));
    }
    double least = rules->grain * hypot(1 / before->mean, 1 / after->mean);
    double error = fmax(cck_statistics_deviation(&ratios), least) / sqrt(ratios.count);
    double freedom = ratios.count - 1.0, half = 0;
    change->test = "paired t of ratios";
    change->change = expm1(ratios.mean);
    change->p = ratios.mean == 0 ? 1 : 0;
    if (error > 0) {
        half = cck_student_quantile(interval_level, freedom) * error;
        change->p = cck_student_two_sided(ratios.mean / error, freedom);
    }
    change->low = expm1(ratios.mean - half);
    change->high = expm1(ratios.mean + half);
    return true;
}

void cck_compare(cck_delta *change, const cck_spread *before, const cck_spread *after,
                 const cck_compare_rules *rules)
{
    change->before = before->mean;
    change->after = after->mean;
    change->runs_before = before->runs;
    change->runs_after = after->runs;
    change->change = relative(after->mean - before->mean, before->mean);
    if (rules->exact && before->runs == 1 && after->runs == 1) {
        no_interval(change, "exact");
        change->low = change->high = change->change;
        return;
    }
    if (before->runs == 1 && after->runs == 1) {
        no_interval(change, "one run each: no interval");
        return;
    }
    if (before->runs == 1 || after->runs == 1) {
        predict(change, before->runs == 1 ? after : before, rules);
        return;
    }
    if (rules->test == CCK_DIFF_PAIRED && paired(change, before, after, rules))
        return;
    bool ranked = rules->test == CCK_DIFF_MANN_WHITNEY && before->samples && after->samples;
    if (!ranked || !rank(change, before, after))
        welch(change, before, after, rules);
}

void cck_compare_leave_to_chance(cck_delta *change, const char *why)
{
    no_interval(change, why);
    change->p = 1;
}

void cck_compare_judge(cck_delta *change, const cck_compare_rules *rules)
{
    bool exact = change->p < 0 && change->low <= change->high;
    if (change->p < 0 && !exact && !rules->judge_single) {
        change->verdict = CCK_CHANGE_NOT_JUDGED;
        change->why = "one run each";
        return;
    }
    bool real = change->p < 0 || change->p < level;
    if (!real || change->change == 0 || fabs(change->change) < rules->threshold)
        change->verdict = CCK_CHANGE_NOISE;
    else if (!change->better)
        change->verdict = CCK_CHANGE_CHANGED;
    else
        change->verdict = (change->change < 0) == (change->better < 0) ? CCK_CHANGE_IMPROVED
                                                                       : CCK_CHANGE_REGRESSED;
}

static int compare_p(const void *a, const void *b)
{
    const cck_delta *left = *(cck_delta *const *)a, *right = *(cck_delta *const *)b;
    return (left->p > right->p) - (left->p < right->p);
}

size_t cck_compare_adjust(cck_delta *changes, size_t count, bool *out_failed)
{
    cck_delta **tests = malloc((count + 1) * sizeof *tests);
    size_t tested = 0;
    double most = 0;
    *out_failed = !tests;
    for (size_t i = 0; tests && i < count; i++)
        if (changes[i].p >= 0)
            tests[tested++] = &changes[i];
    if (tested)
        qsort(tests, tested, sizeof *tests, compare_p);
    for (size_t i = 0; i < tested; i++) {
        double adjusted = (double)(tested - i) * tests[i]->p;
        most = adjusted > most ? adjusted : most;
        tests[i]->p = most < 1 ? most : 1;
    }
    free(tests);
    return tested;
}
