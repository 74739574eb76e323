/* SPDX-License-Identifier: MIT */
/* From samples to one number with its spread. Medians and quartiles, because what disturbs
 * a measurement mostly makes it longer, seldom by little. */
#include "core/machine/samples.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 3 };

void cck_samples_round(cck_samples *samples)
{
    if (samples->rounds < CCK_ROUNDS_MOST)
        samples->starts[samples->rounds++] = samples->count;
}

void cck_samples_add(cck_samples *samples, double value)
{
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity ? samples->capacity * 2 : 64;
        double *grown = reallocarray(samples->values, capacity, sizeof *grown);
        if (!grown) {
            samples->failed = true;
            return;
        }
        samples->values = grown;
        samples->capacity = capacity;
    }
    samples->values[samples->count++] = value;
}

void cck_samples_drop(cck_samples *samples)
{
    samples->dropped++;
}

void cck_samples_clear(cck_samples *samples)
{
    free(samples->values);
    *samples = (cck_samples){0};
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

double cck_quantile(const double *sorted, size_t count, double share)
{
    if (!count)
        return 0;
    double place = share * (double)(count - 1);
    size_t at = (size_t)place;
    if (at + 1 >= count)
        return sorted[count - 1];
    return sorted[at] + (place - (double)at) * (sorted[at + 1] - sorted[at]);
}

double cck_median(double *numbers, size_t count)
{
    qsort(numbers, count, sizeof *numbers, by_value);
    return cck_quantile(numbers, count, 0.5);
}

/* Rounds lie seconds apart: what differs between them is not chance. */
static double drift_of(const cck_samples *samples, double *room)
{
    double medians[CCK_ROUNDS_MOST];
    size_t count = 0;
    for (unsigned i = 0; i < samples->rounds; i++) {
        size_t from = samples->starts[i];
        size_t to = i + 1 < samples->rounds ? samples->starts[i + 1] : samples->count;
        if (to - from < LEAST)
            continue;
        memcpy(room, samples->values + from, (to - from) * sizeof *room);
        medians[count++] = cck_median(room, to - from);
    }
    if (count < 2)
        return 0;
    double middle = cck_median(medians, count); /* sorts them */
    return middle > 0 ? (medians[count - 1] - medians[0]) / middle : 0;
}

cck_figure cck_samples_figure(const cck_samples *samples, const char *why)
{
    cck_figure figure = {.dropped = samples->dropped};
    double *room = samples->count ? reallocarray(NULL, samples->count, sizeof *room) : NULL;
    if (samples->count < LEAST || samples->failed || !room) {
        free(room);
        figure.unknown = why ? why : "too few samples were undisturbed";
        return figure;
    }
    figure.drift = drift_of(samples, room);
    memcpy(room, samples->values, samples->count * sizeof *room);
    figure.median = cck_median(room, samples->count);
    figure.low = cck_quantile(room, samples->count, 0.25);
    figure.high = cck_quantile(room, samples->count, 0.75);
    figure.samples = (uint32_t)samples->count;
    free(room);
    return figure;
}

double cck_figure_spread(const cck_figure *figure)
{
    if (!figure->samples || figure->median <= 0)
        return 0;
    double half = (figure->high - figure->low) / 2 / figure->median;
    return half > figure->drift ? half : figure->drift;
}

bool cck_figure_noisy(const cck_figure *figure)
{
    return cck_figure_spread(figure) > CCK_SPREAD_QUIET;
}
