/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_ROW_H
#define CCK_CORE_ROW_H

#include <cachecheck/result.h>

#include "core/base/arena.h"

/** Counts end here: JSON readers know no larger integers. */
#define CCK_VALUE_MOST ((uint64_t)INT64_MAX)

/** a + b, not above CCK_VALUE_MOST. */
uint64_t cck_value_sum(uint64_t a, uint64_t b);

/**
 * Add `values` to `sums`. What was not counted adds nothing; a sum stays not counted
 * until something counted comes. Start from cck_values_start().
 */
void cck_values_add(cck_value *sums, const cck_value *values, size_t count);

/** Values to add up in, or NULL when memory is out. */
cck_value *cck_values_start(cck_arena *arena, size_t count);

/** To be called behind the last cck_values_add(): running shares. */
void cck_values_finish(cck_value *sums, size_t count);

/** Time by CPU that adds up. */
typedef struct cck_residency_sum {
    cck_residency *cpus; /* malloc; `share` is set by the finish */
    size_t count, capacity;
} cck_residency_sum;

bool cck_residency_add(cck_residency_sum *sum, uint32_t cpu, int32_t node, uint64_t ns);

/** Largest share first, in the arena; empties the sum. False when memory is out. */
bool cck_residency_finish(cck_residency_sum *sum, cck_arena *arena, cck_row *row);

#endif
