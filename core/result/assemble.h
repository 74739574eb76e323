/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_ASSEMBLE_H
#define CCK_CORE_ASSEMBLE_H

#include <cachecheck/result.h>

#include "core/result/tally.h"

/**
 * Turn what a probe handed over into the rows, CPUs, total, metrics and verdicts of
 * `result`, whose source, target and machine are set already: formulas and verdicts
 * read them. `machine` may be NULL: then no node is known. Everything is copied.
 *
 * The sum over the rows equals the total, for every event, always:
 * - Raw counts: what the tally's totals hold beyond its threads becomes a rest row
 *   of its own. (More in the threads than in the total is a probe's mistake: the
 *   threads are believed, and a note says so.)
 * - Scaled counts: each thread is scaled by its own running share, and the total is
 *   the sum of that, not the scaled sum. That is also the better estimate: threads
 *   do not take turns on the counters evenly.
 * Counts end at 2^63 - 1.
 */
int cck_assemble(cck_result *result, const cck_tally *tally, const cck_event_info *events, size_t n,
                 const cck_machine *machine, cck_error *err);

/** raw * enabled / running, rounded, not above 2^63 - 1. `running` is not 0. */
uint64_t cck_scale(uint64_t raw, uint64_t enabled, uint64_t running);

#endif
