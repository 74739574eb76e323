/* SPDX-License-Identifier: MIT */
#ifndef CCK_PROCFS_EVENTS_H
#define CCK_PROCFS_EVENTS_H

#include <cachecheck/counts.h>
#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/** What /proc tells of a thread, as counts since it began. */
typedef enum cck_procfs_kind {
    CCK_PROCFS_TASK_CLOCK,
    CCK_PROCFS_FAULTS,
    CCK_PROCFS_MAJOR_FAULTS,
    CCK_PROCFS_SWITCHES,
    CCK_PROCFS_MIGRATIONS,
    CCK_PROCFS_KINDS
} cck_procfs_kind;

typedef struct cck_procfs_events {
    cck_event_info *infos;  /* arena */
    cck_procfs_kind *kinds; /* one an event; CCK_PROCFS_KINDS: /proc does not tell it */
    size_t count;
} cck_procfs_events;

/**
 * The events of `specifications` (NULL-ended, names separated by commas; NULL:
 * all five). What /proc does not tell keeps its column, not counted.
 * CCK_EUNSUPPORTED when /proc tells none of them.
 */
int cck_procfs_events_choose(cck_procfs_events *events, const char *const *specifications,
                             cck_arena *arena, cck_error *err);

/** Read one thread's counts so far; false for those that could not be read. */
void cck_procfs_read(const cck_root *root, int32_t pid, int32_t tid,
                     uint64_t out_counts[CCK_PROCFS_KINDS], bool out_known[CCK_PROCFS_KINDS]);

#endif
