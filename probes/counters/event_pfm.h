/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_PFM_H
#define CCK_COUNTERS_EVENT_PFM_H

#include <stdbool.h>

#include <linux/perf_event.h>

/* libpfm4 brings a copy of the kernel's header that clashes with the kernel's. */
#define __PERFMON_PERF_EVENT_H__
#include <perfmon/pfmlib_perf_event.h>

/**
 * Wake libpfm4, once a process: it takes milliseconds, so nothing but a name
 * that only it can know does so. True if it can be used.
 */
bool cck_pfm_start(void);

/**
 * Call `each` for the events of every core PMU that libpfm4 sees on this machine
 * (or is forced to see by LIBPFM_FORCE_PMU), until it returns false.
 */
void cck_pfm_each(bool (*each)(void *context, const pfm_pmu_info_t *pmu,
                               const pfm_event_info_t *event),
                  void *context);

#endif
