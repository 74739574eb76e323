/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_PFM_H
#define CCK_COUNTERS_EVENT_PFM_H

#include <stdbool.h>

#include "probes/counters/pfm_calls.h"

/**
 * Call `each` for the events of every core PMU that libpfm4 sees on this machine
 * (or is forced to see by LIBPFM_FORCE_PMU), until it returns false.
 */
void cck_pfm_each(bool (*each)(void *context, const pfm_pmu_info_t *pmu,
                               const pfm_event_info_t *event),
                  void *context);

#endif
