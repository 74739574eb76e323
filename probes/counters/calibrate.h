/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_CALIBRATE_H
#define CCK_COUNTERS_CALIBRATE_H

#include <stdint.h>

#include <cachecheck/error.h>

#include "core/base/root.h"
#include "core/perf/open.h"

/** How much of a PMU there is. Virtual machines come in all four. */
typedef enum cck_pmu_tier {
    CCK_PMU_NONE,   /* no event opens */
    CCK_PMU_FROZEN, /* events open and read 0 for ever */
    CCK_PMU_COUNTS, /* counts, but cannot sample */
    CCK_PMU_FULL
} cck_pmu_tier;

/** How a counter is put to the test; a table so that tests can play a broken PMU. */
typedef struct cck_calibration {
    const cck_perf_calls *calls;
    /** Run a loop of at least `rounds` instructions of this thread. */
    void (*work)(uint64_t rounds);
    /** Read a descriptor's {value, enabled, running}. 0 or -1. */
    int (*read)(int fd, uint64_t values[3]);
} cck_calibration;

extern const cck_calibration cck_calibration_live;

/**
 * Count instructions over a known loop: only a PMU that counts them is believed.
 * 0 with `*out_tier` CCK_PMU_COUNTS or CCK_PMU_FULL (CCK_PMU_FULL is looked for
 * only when `sampling`), or CCK_EUNSUPPORTED, CCK_EACCESS, ... with what was seen
 * and what would help, and then `*out_tier` NONE or FROZEN. Under a millisecond.
 */
int cck_calibrate(const cck_calibration *calibration, const cck_root *root, int sampling,
                  cck_pmu_tier *out_tier, cck_error *err);

#endif
