/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_EVENTS_H
#define CCK_SIMULATE_EVENTS_H

#include <cachecheck/stat.h>

#include "core/base/arena.h"
#include "probes/simulate/image.h"

/** Everything that the simulation counts, in the order of reports. */
enum { CCK_SIMULATED_EVENTS = 11 };

/** Which of the events a run reports. */
typedef struct cck_simulated {
    cck_event_info events[CCK_SIMULATED_EVENTS];
    unsigned which[CCK_SIMULATED_EVENTS]; /* index for cck_simulated_value() */
    size_t count;
} cck_simulated;

/**
 * Choose by `options->events` (names, separated by commas too) or the set; NULL: all.
 * CCK_ENOTFOUND for an unknown name, with "did you mean"; CCK_EUNSUPPORTED for
 * another set than "default".
 */
int cck_simulated_choose(cck_simulated *out_simulated, const cck_stat_options *options,
                         cck_error *err);

/** Hand over every event whose name, meaning or group holds `filter` (NULL: all). */
void cck_simulated_list(const char *filter, const char *why_not,
                        bool (*each)(void *context, const cck_event_entry *entry), void *context);

/** A thread's count of event `which`; false if there is none with that many levels. */
bool cck_simulated_value(unsigned which, const cck_image_thread *thread, uint32_t levels,
                         uint64_t *out_value);

/** The event has no count with two levels. */
bool cck_simulated_needs_l2(unsigned which);

#endif
