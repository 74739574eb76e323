/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_LEDGER_H
#define CCK_COUNTERS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/perf/record.h"
#include "core/result/tally.h"

/**
 * A ledger: who ran, and what each thread's copies of the events read at its
 * end. It knows slots (kernel events) and CPUs (their copies); columns, which
 * users see, come in when it is settled.
 *
 * The rule behind it: every inherited copy of an event emits READ when its task
 * exits, the original emits none, and the context-switch optimisation may have
 * carried the original to any task of the tree. So for each slot exactly one
 * thread lacks its READ, and its count is the descriptor's total less the sum of
 * all READs. When several lack it (still running, records lost), what is left
 * belongs to them together, and that is what is reported.
 */

/** What one thread's copies of an event read. */
typedef struct cck_ledger_cell {
    uint64_t raw;
    uint64_t enabled; /* ns: the least of any copy; see cck_ledger.clock_exact */
    uint64_t running; /* ns: sum over the copies, each ticks on its own CPU */
    uint32_t reads;   /* copies that were read */
} cck_ledger_cell;

typedef struct cck_ledger_thread {
    int32_t pid, tid;
    uint64_t born;                      /* time of its FORK; 0: was there first, or not seen */
    uint64_t died;                      /* time of its EXIT; 0: not seen */
    uint64_t seen;                      /* time of its first record, while its FORK is not known */
    uint64_t moved;                     /* time of the last SWITCH that was taken in */
    struct cck_ledger_thread *previous; /* the one that had this tid before */
    char name[16];
    bool guessed, ended, named;
    bool waiting;     /* for its exec: what it does before is not the target's */
    int32_t cpu;      /* where it was seen last, -1 */
    int32_t last;     /* OS number of the CPU where it ended or was sampled last, -1 */
    uint64_t sampled; /* ns on CPUs that /proc has told */
    uint64_t switches, migrations;
    cck_tally_cpu *cpus; /* arena; time by CPU */
    uint32_t cpu_count, cpu_capacity;
    cck_ledger_cell cells[]; /* one a slot */
} cck_ledger_thread;

/** One copy of an event: the sum of its READs, and in the end what its descriptor said. */
typedef struct cck_ledger_copy {
    bool open;
    cck_tally_count reads;
    cck_tally_count total;
} cck_ledger_copy;

/** Who is on a CPU, and since when (ns). NULL: nobody of ours, or not known. */
typedef struct cck_ledger_stay {
    cck_ledger_thread *thread;
    uint64_t since;
} cck_ledger_stay;

typedef struct cck_ledger {
    cck_arena arena;
    size_t slot_count, cpu_count;
    const uint32_t *cpus;    /* OS number of each CPU; borrowed */
    bool flat;               /* each slot has one copy, for all CPUs */
    size_t copy_count;       /* 1 then, else one a CPU */
    cck_ledger_copy *copies; /* [slot * copy_count + copy] */
    cck_ledger_stay
        *stays; /* who is on each CPU, by SWITCH records; NULL: residency is not theirs */
    int clock;  /* slot whose running time tells where threads ran; -1: none */
    /* The clock slot counts whenever its thread runs, so that its running time is
     * what every other slot could have had. The slots' own enabled times are not
     * that exact: perf_event_sync_stat() swaps the times of copies for other CPUs
     * without bringing them up to date (seen 10 % too long on Linux 6.18). */
    bool clock_exact;
    bool inherited;    /* true: what the READs leave over is somebody's; false: attached */
    bool closed_world; /* records are of the tree only: unknown tids are members */
    cck_map by_tid;
    cck_ledger_thread **threads; /* in the order of first sight */
    size_t thread_count, thread_capacity;
    uint32_t processes;
    uint64_t lost, damaged, malformed;
    uint64_t switches, migrations;
    bool out_of_memory;
} cck_ledger;

/** Where a column of the tally comes from. */
typedef enum cck_column_source {
    CCK_COLUMN_NONE,     /* `not_counted` says why */
    CCK_COLUMN_COUNT,    /* the slot's count */
    CCK_COLUMN_TIME,     /* the slot's running time: the thread's time on CPUs */
    CCK_COLUMN_SWITCHES, /* from SWITCH records */
    CCK_COLUMN_MIGRATIONS
} cck_column_source;

typedef struct cck_column {
    cck_column_source source;
    uint32_t slot;
    bool exact; /* a slot that is never multiplexed: running is enabled */
    const char *not_counted;
} cck_column;

/** False when memory is out. `cpus` is borrowed. */
bool cck_ledger_init(cck_ledger *ledger, size_t slot_count, const uint32_t *cpus, size_t cpu_count);

void cck_ledger_clear(cck_ledger *ledger);

/**
 * Each slot has one copy for all CPUs from now on (before anything is taken in).
 * Where threads ran is told by `switches`, SWITCH records, else by samples and by
 * where they ended. False when memory is out.
 */
bool cck_ledger_flatten(cck_ledger *ledger, bool switches);

/** A copy of `slot`: that on the CPU with index `copy`, or 0 for the only one. */
cck_ledger_copy *cck_ledger_copy_of(const cck_ledger *ledger, size_t slot, size_t copy);

/** The thread the run begins with (launched), or one found by a scan (attached). */
cck_ledger_thread *cck_ledger_found(cck_ledger *ledger, int32_t pid, int32_t tid, const char *name);

/** The first thread of a launched program, before its exec. NULL: memory is out. */
cck_ledger_thread *cck_ledger_begin(cck_ledger *ledger, int32_t pid, int32_t tid, const char *name);

/** Counting ended at `time` (ns, of the records' clock): who is on a CPU was there until then. */
void cck_ledger_end(cck_ledger *ledger, uint64_t time);

/** Take in FORK, EXIT, COMM, SWITCH or LOST, written on the CPU with index `cpu`. */
void cck_ledger_task(cck_ledger *ledger, const cck_record *record, size_t cpu);

/** Take in a READ (or LOST) of a copy of `slot`. */
void cck_ledger_read(cck_ledger *ledger, const cck_record *record, size_t slot, size_t copy);

/** The thread that has `tid` now, or NULL. */
cck_ledger_thread *cck_ledger_find(const cck_ledger *ledger, int32_t tid);

/** A thread that called exec has its leader's id from now on. */
void cck_ledger_renumber(cck_ledger *ledger, cck_ledger_thread *thread, int32_t tid);

/** Put time on a CPU down to a thread. */
void cck_ledger_ran(cck_ledger *ledger, cck_ledger_thread *thread, uint32_t cpu, uint64_t ns);

/** Sum over the copies of a slot: `total` or, when `of_reads`, the READs. */
cck_tally_count cck_ledger_sum(const cck_ledger *ledger, size_t slot, bool of_reads);

/* settle.c */

/**
 * Fill in the tally (set up for `column_count` events). The copies' totals must
 * have been set. Returns 0 or CCK_ENOMEM.
 */
int cck_ledger_settle(cck_ledger *ledger, const cck_column *columns, size_t column_count,
                      cck_tally *tally);

/** Total of one column so far. */
cck_tally_count cck_ledger_total(const cck_ledger *ledger, const cck_column *column);

#endif
