/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPEAT_H
#define CCK_CORE_REPEAT_H

#include <cachecheck/result.h>

#include "core/base/arena.h"
#include "core/base/statistics.h"

/** The totals of repeated runs of one command. Zero-initialise it. */
typedef struct cck_repeat {
    struct cck_series *events, *metrics; /* malloc, one for each of the first run */
    size_t event_count, metric_count;
    struct cck_series *elapsed;
} cck_repeat;

/** A copy of the single runs of a spread in the arena; false: memory is out. */
bool cck_spread_keep(cck_arena *arena, cck_spread *spread);

/**
 * Take in one run's totals, metrics and elapsed time. What a run did not count adds
 * nothing: its spread then covers fewer runs. Every run must have the same events.
 */
int cck_repeat_add(cck_repeat *repeat, const cck_result *run, cck_error *err);

/** Fill in the spreads of `result`, usually the last run. */
int cck_repeat_finish(cck_repeat *repeat, cck_result *result, cck_error *err);

/** Free the memory; it may be used again. */
void cck_repeat_clear(cck_repeat *repeat);

#endif
