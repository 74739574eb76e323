/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_SAMPLES_H
#define CCK_CORE_MACHINE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/measure.h>

/* A sample that differs from round to round tells more of drift than many of one round. */
enum { CCK_ROUNDS_MOST = 16 };

/** The samples of one number, gathered in rounds. Zero-initialise it. */
typedef struct cck_samples {
    double *values;
    size_t count, capacity;
    size_t starts[CCK_ROUNDS_MOST]; /* first sample of each round */
    unsigned rounds;
    uint32_t dropped;
    bool failed; /* memory was out */
} cck_samples;

/** What comes next belongs to a new round. */
void cck_samples_round(cck_samples *samples);

void cck_samples_add(cck_samples *samples, double value);

/** One was spoilt: somebody else ran, or the thread was moved. */
void cck_samples_drop(cck_samples *samples);

void cck_samples_clear(cck_samples *samples);

/** Quartiles, drift and counts. `why` (borrowed) is told where there are fewer than 3 samples. */
cck_figure cck_samples_figure(const cck_samples *samples, const char *why);

/** The `share` quantile (0 to 1) of sorted numbers, between neighbours in proportion. */
double cck_quantile(const double *sorted, size_t count, double share);

/** Sort numbers, and take the median; 0 for none. */
double cck_median(double *numbers, size_t count);

/** A share of the median: the larger of half the distance of the quartiles, and the drift. */
double cck_figure_spread(const cck_figure *figure);

/* Beyond it a number is called noisy. */
#define CCK_SPREAD_QUIET 0.10

bool cck_figure_noisy(const cck_figure *figure);

#endif
