/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_CATALOG_H
#define CCK_COUNTERS_EVENT_CATALOG_H

#include <cachecheck/stat.h>

#include "core/perf/open.h"
#include "probes/counters/event.h"

/**
 * Every event and set known on the machine under `root`, as cck_stat_list_events()
 * hands them out; whether each can be used is found out by opening it with `calls`.
 */
int cck_event_catalog(const cck_root *root, const cck_perf_calls *calls, const char *filter,
                      bool (*each)(void *context, const cck_event_entry *entry), void *context,
                      cck_error *err);

#endif
