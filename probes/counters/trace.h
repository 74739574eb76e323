/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_TRACE_H
#define CCK_COUNTERS_TRACE_H

#include "probes/counters/attach.h"

/**
 * Counting every thread of a launched command on a kernel that writes no READ
 * records (reads.h): the tree is followed with ptrace, so that each new thread has
 * descriptors of its own before its first instruction, and is read when it is no
 * more. A thread of ours does it alone, because ptrace requests must come from
 * the thread that seized.
 *
 * Whoever waits for the command in this process must look first (waitid() with
 * WNOWAIT) and leave CLD_TRAPPED alone: the stops belong to that thread, the end
 * (CLD_EXITED, CLD_KILLED, CLD_DUMPED) to the caller.
 */
typedef struct cck_trace cck_trace;

/** Can a child be seized here (Yama, seccomp, other policy)? Tried on one; about 0.2 ms. */
bool cck_trace_works(void);

/**
 * The process, a child of ours, waits before its exec. Everything is borrowed, and
 * from now until cck_trace_stop() `ledger` must be left alone. Errors:
 * CCK_EUNSUPPORTED it cannot be seized, CCK_ELIMIT no descriptors for its first
 * thread, CCK_ENOMEM.
 */
int cck_trace_open(cck_trace **out_trace, const cck_attach_plan *plan, cck_ledger *ledger,
                   pid_t pid, cck_error *err);

/** Readable when cck_trace_stopped() has something to tell. */
int cck_trace_fd(const cck_trace *trace);

/** The signal that stopped the process since the last call, 0: none. */
int cck_trace_stopped(cck_trace *trace);

/** Take note of where threads run; does so as often as is cheap. CCK_ENOMEM. */
int cck_trace_look(cck_trace *trace, cck_error *err);

/** Read every counter into the ledger's totals. CCK_ENOMEM when threads were missed for it. */
int cck_trace_totals(cck_trace *trace, cck_error *err);

/** Columns so far, under the lock that keeps the ledger still. */
void cck_trace_columns(cck_trace *trace, cck_tally_count *out_totals);

/** The process has ended: let go of whatever still runs, and read it. */
int cck_trace_stop(cck_trace *trace, cck_error *err);

/** Threads that could not have descriptors; their rows have no counts. After the stop. */
uint32_t cck_trace_uncounted(const cck_trace *trace);

/** Whatever is still traced runs on. */
void cck_trace_free(cck_trace *trace);

#endif
