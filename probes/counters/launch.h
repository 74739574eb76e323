/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_LAUNCH_H
#define CCK_COUNTERS_LAUNCH_H

#include <poll.h>
#include <sys/types.h>

#include "core/perf/open.h"
#include "core/perf/cpus.h"
#include "probes/counters/ledger.h"
#include "probes/counters/stream.h"

/**
 * Counting a command from its exec on: every slot is inherited by whatever the
 * target forks, so that descriptors and memory do not grow with the number of
 * threads. A slot is opened once, for all CPUs, since each thread's creation copies
 * whatever is open; or once for each CPU, where counts by CPU are asked for.
 *
 * The events are opened on the *calling thread*, which then forks the target:
 * the target gets copies like everybody below it, each copy emits READ at its
 * end, and the originals stay here. Opened on the target instead, the originals
 * would travel through the tree with the context-switch optimisation
 * (kernel/events/core.c, perf_event_context_sched_out), one thread would lack
 * its READ, and perf_event_sync_stat(), which pairs the events of two tasks by
 * their place in a list, would mix up originals and copies, whose lists need not
 * be in the same order. The task rings' owners are not inherited, so the target is no
 * clone of ours and never swaps with us.
 */
typedef struct cck_launch cck_launch;

typedef struct cck_launch_plan {
    const cck_perf_calls *calls;
    const cck_root *root;
    cck_arena *arena; /* for the reasons */
    const cck_cpus *cpus;
    struct perf_event_attr *attrs; /* one a slot; changed to what was opened */
    const char **not_counted;      /* one a slot, out: NULL, or why it could not be opened */
    size_t slot_count;
    bool switches; /* SWITCH records are wanted of the target's exec on */
    bool by_cpu;   /* each slot for each CPU */
} cck_launch_plan;

/**
 * Open on the calling thread, which must be the one that forks the target. A slot
 * that cannot be opened is no error: it has its reason. Errors: CCK_ELIMIT
 * (locked memory, descriptors), CCK_EACCESS, CCK_ENOMEM. Everything in the plan
 * is borrowed and outlives the launch; so does `ledger`.
 */
int cck_launch_open(cck_launch **out_launch, const cck_launch_plan *plan, cck_ledger *ledger,
                    cck_error *err);

/** The target was forked and waits before its exec. CCK_ENOMEM. */
int cck_launch_begin(cck_launch *launch, pid_t pid, cck_error *err);

/** As in core/session/probe.h. */
int cck_launch_poll_fds(const cck_launch *launch, struct pollfd *fds, int size);

/** Take in what the rings hold. */
void cck_launch_drain(cck_launch *launch);

/** Read the totals into the ledger's copies. CCK_EIO. */
int cck_launch_totals(cck_launch *launch, cck_error *err);

/** Stop counting, take in everything, read the totals: the ledger can be settled. */
int cck_launch_stop(cck_launch *launch, cck_error *err);

/** Records are kept here from now on (borrowed), for a replay. */
void cck_launch_tap(cck_launch *launch, cck_stream_writer *tap);

/** How records of the task rings and of a slot's ring are laid out. */
cck_record_layout cck_launch_layout(int slot);

void cck_launch_free(cck_launch *launch);

#endif
