/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_TRACE_CREW_H
#define CCK_COUNTERS_TRACE_CREW_H

#include <stdbool.h>
#include <sys/types.h>

#include "probes/counters/attach.h"

/**
 * Who is traced (trace.h), each with descriptors of its own, and who is still to come.
 * Nothing here waits or traces: it is told of births and ends, and asks the kernel for
 * counters, /proc for names. One thread at a time may use it.
 */
typedef struct cck_crew_member {
    cck_ledger_thread *thread;
    int32_t pid, tid;
    uint64_t switches, migrations; /* before it was counted */
    int fds[];                     /* one a slot, -1: not open */
} cck_crew_member;

typedef struct cck_crew {
    cck_attach_plan plan;
    cck_ledger *ledger;
    pid_t root;
    struct perf_event_attr *attrs; /* of those that come later: counting at once */
    cck_map by_tid;                /* cck_crew_member */
    cck_map half_told;             /* births of which one side only was seen so far */
    uint32_t awaited;              /* of those, the announced: they have not come yet */
    int32_t last_pid;              /* process that started somebody last */
    uint64_t births;
    uint32_t uncounted; /* threads for which no descriptors were left */
} cck_crew;

/** `plan` and `ledger` are borrowed; the ledger's slots are opened. CCK_ENOMEM. */
int cck_crew_init(cck_crew *crew, const cck_attach_plan *plan, cck_ledger *ledger, pid_t root,
                  cck_error *err);

void cck_crew_clear(cck_crew *crew);

/** The member that runs as `tid`, or NULL. */
cck_crew_member *cck_crew_find(const cck_crew *crew, pid_t tid);

/** The launched process, before its exec. CCK_ELIMIT no descriptors for it, CCK_ENOMEM. */
int cck_crew_begin(cck_crew *crew, cck_error *err);

/** A thread at its first stop: it has not executed anything of its own yet. NULL: no memory. */
cck_crew_member *cck_crew_join(cck_crew *crew, pid_t tid);

/** A member has started `tid`, which may have joined already. */
void cck_crew_announce(cck_crew *crew, const cck_crew_member *parent, pid_t tid);

/** `tid` has ended; it may have been announced and never have joined. */
void cck_crew_bury(cck_crew *crew, pid_t tid);

/** `tid` runs another program; it was `former` before, and is the only one of its process. */
void cck_crew_exec(cck_crew *crew, pid_t tid, pid_t former);

/** Its name; and time on a CPU since the last look is put down to the one it is on now. */
void cck_crew_sample(cck_crew *crew, cck_crew_member *member);

/** What /proc knows of it, as long as it is not reaped. */
void cck_crew_take_down(cck_crew *crew, cck_crew_member *member);

/** The ledger's totals: what was handed in, and what those who run have so far. */
void cck_crew_add_up(cck_crew *crew);

/** Nobody is traced any more: whoever still runs hands in what it has. */
void cck_crew_disband(cck_crew *crew);

#endif
