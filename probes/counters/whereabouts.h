/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_WHEREABOUTS_H
#define CCK_COUNTERS_WHEREABOUTS_H

#include "core/base/root.h"
#include "probes/counters/ledger.h"

/**
 * Where the threads of a launched program run, looked up in /proc now and then. Their
 * events are of all CPUs, which tells how long they ran; to know where exactly, each
 * thread's creation would have to copy an event for each CPU, or each switch to write
 * two records. Threads that end between two looks leave the CPU of their end.
 */
typedef struct cck_whereabouts {
    uint64_t next; /* ns: not before then; 0 at first */
} cck_whereabouts;

/** Look, if it is time to: about 10 times a second, less if that took 5 % of a CPU. */
void cck_whereabouts_look(cck_whereabouts *whereabouts, const cck_root *root, cck_ledger *ledger,
                          uint64_t now_ns);

#endif
