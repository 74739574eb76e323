/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_OBSERVE_H
#define CCK_WATCH_OBSERVE_H

#include "core/session/observed.h"
#include "probes/watch/engine.h"
#include "core/process/heap.h"
#include "core/process/space.h"
#include "core/process/stacks.h"
#include "core/process/threads.h"

/** All that is known at the end, borrowed. */
typedef struct cck_watch_seen {
    const cck_watch_summary *summary;
    cck_watch_space *space;
    const cck_watch_threads *threads;
    cck_watch_heaps *heaps; /* NULL: none */
    cck_watch_stacks *stacks;
    const struct cck_watch_waits *waits; /* NULL: none */
    const struct cck_watch_callers *callers; /* likewise */
    const cck_root *root;
    uint32_t line_size;
    double most_rate, transfer_ns, undisputed; /* as in cck_observed */
    double seconds;
    uint64_t began; /* ns, CLOCK_MONOTONIC */
} cck_watch_seen;

/** Put it as the analysis reads it. */
int cck_watch_observe(const cck_watch_seen *seen, cck_observed *out_observed, cck_error *err);

#endif
