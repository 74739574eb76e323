/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MACHINE_CONCLUDE_H
#define CCK_CORE_MACHINE_CONCLUDE_H

#include <cachecheck/measure.h>

/** How many times as long, with the quartiles' extremes. */
typedef struct cck_ratio {
    bool known;
    double value, low, high;
} cck_ratio;

cck_ratio cck_ratio_of(const cck_figure *over, const cck_figure *under);

/** The line's size in bytes from what two writers cost each other, by distance; 0: it does not show. */
uint64_t cck_line_of_distances(const uint64_t *bytes, const cck_figure *figures, size_t count);

#endif
