/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_COLUMNS_H
#define CCK_COUNTERS_COLUMNS_H

#include <linux/perf_event.h>

#include "core/base/root.h"
#include "core/perf/open.h"
#include "probes/counters/event.h"
#include "probes/counters/ledger.h"

/**
 * Columns: what the user sees of each event, and from which kernel event (slot)
 * it is taken. Fewer slots than columns where one tells two things: every slot
 * is copied at each clone of the target.
 */
typedef struct cck_columns {
    cck_event_info *infos; /* arena; one a column */
    cck_column *columns;
    size_t count;
    struct perf_event_attr *attrs; /* one a slot */
    const char **slot_reasons;     /* one a slot: NULL, or why it was not opened */
    size_t slot_count;
    int clock;        /* slot that tells how long threads ran (by CPU: and where); -1: none */
    bool clock_exact; /* it counts whenever its thread runs */
    bool switches;    /* SWITCH records are wanted */
    bool user_only;   /* the kernel's part is left out though nobody asked for it */
} cck_columns;

typedef struct cck_columns_scope {
    const cck_perf_calls *calls;
    const cck_root *root;
    cck_arena *arena;
    const char *no_pmu; /* NULL, or why no hardware event is to be believed */
    bool attached;      /* no SWITCH records: switches and migrations are events */
    bool by_cpu;        /* each slot is opened for each CPU: one must be a clock */
} cck_columns_scope;

/**
 * Decide the columns of `events`, opening each once for the caller's own thread
 * to learn whether it exists and what may be counted. What cannot be counted
 * keeps its column with the reason; an optional event that does not exist here
 * loses it. CCK_ENOMEM; CCK_EUNSUPPORTED and others with the first reason when
 * nothing at all can be counted.
 */
int cck_columns_make(cck_columns *out_columns, const cck_event_list *events,
                     const cck_columns_scope *scope, cck_error *err);

/** Slots that failed to open later pass their reasons on to their columns. */
void cck_columns_update(cck_columns *columns);

/** Count nothing: every column gets this reason, which must outlive them. */
void cck_columns_blank(cck_columns *columns, const char *reason);

#endif
