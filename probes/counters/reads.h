/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_READS_H
#define CCK_COUNTERS_READS_H

#include <stdbool.h>

#include "core/perf/open.h"

/**
 * Does this kernel write PERF_RECORD_READ when a task with inherited events ends?
 * From Linux 5.13 on perf_event_exit_task_context() marked the context dead before
 * sync_child_event() looked at it, which then kept silent; repaired in 2026 and in
 * the stable kernels since. No version number tells, so it is tried: one task of
 * ours starts and ends. About 0.1 ms. True when it cannot be tried.
 */
bool cck_reads_work(const cck_perf_calls *calls);

#endif
