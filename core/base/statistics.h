/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_STATISTICS_H
#define CCK_CORE_STATISTICS_H

#include <stdint.h>

#include <cachecheck/counts.h>

/** A running mean and variance (Welford 1962): one pass, no cancellation. */
typedef struct cck_statistics {
    uint32_t count;
    double mean, squares; /* sum of squared differences from the mean */
    double min, max;
} cck_statistics;

/** Take in one number. */
void cck_statistics_add(cck_statistics *statistics, double number);

/** Sample standard deviation (n - 1); 0 for fewer than two numbers. */
double cck_statistics_deviation(const cck_statistics *statistics);

/**
 * Mean, deviation, 95 % interval of the mean by Student's t, extremes. With one
 * number the interval is that number; with none everything is 0.
 */
cck_spread cck_statistics_spread(const cck_statistics *statistics);

/** The 97.5 % point of Student's t with so many degrees of freedom (at least 1). */
double cck_statistics_t975(uint32_t freedom);

/** 95 % interval of the mean of a Poisson number that was seen once. */
double cck_poisson_low(double count);
double cck_poisson_high(double count);

#endif
