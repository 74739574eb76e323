/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_CURVE_H
#define CCK_CORE_MACHINE_CURVE_H

#include <cachecheck/measure.h>

/** A point of the curve: ns a load takes when so many bytes are visited in random order. */
typedef struct cck_curve_point {
    uint64_t bytes;
    cck_figure latency;
} cck_curve_point;

enum { CCK_CURVE_LEVELS = 6 };

/**
 * The caches that a latency curve shows, nearest first, and memory behind them as the last
 * entry, if the curve reaches it. Points are in rising order; those without a number
 * are passed over. `at_least` and `below` enclose the size at which the latency leaves the level's
 * plateau. Returns how many; 0 when the curve has too few points. `modelled` is left 0.
 */
size_t cck_curve_levels(const cck_curve_point *points, size_t count,
                        cck_measured_cache out_levels[CCK_CURVE_LEVELS]);

/** Fill in `modelled`: the size of the topology's data cache of each level. */
void cck_curve_compare(cck_measured_cache *levels, size_t count, const cck_machine_info *machine);

/** Both say the same size, within the distance of the points and a quarter. */
bool cck_curve_agrees(const cck_measured_cache *level);

#endif
