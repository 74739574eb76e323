/* SPDX-License-Identifier: MIT */
#include "core/base/statistics.h"

#include <math.h>

/* B. P. Welford, "Note on a method for calculating corrected sums of squares and
 * products", Technometrics 4 (1962). */
void cck_statistics_add(cck_statistics *statistics, double number)
{
    if (!statistics->count || number < statistics->min)
        statistics->min = number;
    if (!statistics->count || number > statistics->max)
        statistics->max = number;
    statistics->count++;
    double before = number - statistics->mean;
    statistics->mean += before / statistics->count;
    statistics->squares += before * (number - statistics->mean);
}

double cck_statistics_deviation(const cck_statistics *statistics)
{
    return statistics->count < 2 ? 0 : sqrt(statistics->squares / (statistics->count - 1));
}

/* Exact for 1 to 30 degrees (NIST/SEMATECH e-Handbook, table 1.3.6.7.2); beyond, the
 * Cornish-Fisher expansion of Abramowitz & Stegun 26.7.5, which errs by less than
 * 1e-7 there. */
double cck_statistics_t975(uint32_t freedom)
{
    static const double table[] = {
        12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004,
        2.262157,  2.228139, 2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905,
        2.109816,  2.100922, 2.093024, 2.085963, 2.079614, 2.073873, 2.068658, 2.063899,
        2.059539,  2.055529, 2.051831, 2.048407, 2.045230, 2.042272,
    };
    if (freedom < 1)
        freedom = 1;
    if (freedom <= sizeof table / sizeof *table)
        return table[freedom - 1];
    const double x = 1.959963984540054, n = freedom; /* the normal's 97.5 % point */
    const double x3 = x * x * x, x5 = x3 * x * x, x7 = x5 * x * x, x9 = x7 * x * x;
    return x + (x3 + x) / (4 * n) + (5 * x5 + 16 * x3 + 3 * x) / (96 * n * n) +
           (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / (384 * n * n * n) +
           (79 * x9 + 776 * x7 + 1482 * x5 - 1920 * x3 - 945 * x) / (92160 * n * n * n * n);
}

cck_spread cck_statistics_spread(const cck_statistics *statistics)
{
    cck_spread spread = {
        .runs = statistics->count,
        .mean = statistics->mean,
        .deviation = cck_statistics_deviation(statistics),
        .low = statistics->mean,
        .high = statistics->mean,
        .min = statistics->min,
        .max = statistics->max,
    };
    if (statistics->count > 1) {
        double half = cck_statistics_t975(statistics->count - 1) * spread.deviation /
                      sqrt((double)statistics->count);
        spread.low -= half;
        spread.high += half;
    }
    return spread;
}

/* Wilson and Hilferty: the chi-square quantiles behind the exact interval, within 1 % from
 * two events on. */
double cck_poisson_low(double count)
{
    if (count <= 0)
        return 0;
    double root = 1 - 1 / (9 * count) - 1.96 / (3 * sqrt(count));
    return root > 0 ? count * root * root * root : 0;
}

double cck_poisson_high(double count)
{
    double next = count + 1, root = 1 - 1 / (9 * next) + 1.96 / (3 * sqrt(next));
    return next * root * root * root;
}
