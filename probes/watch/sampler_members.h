/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_MEMBERS_H
#define CCK_WATCH_SAMPLER_MEMBERS_H

#include "core/base/map.h"
#include "probes/watch/sampler_thread.h"

/**
 * The processes that are followed, and their threads. A thread tells in its ring what it
 * starts; /proc is looked at (sampler_look.h) for those that were there before, when records
 * were lost, and now and then all the same.
 */
typedef struct cck_sampler_process {
    int32_t pid;
    bool tree;       /* its children are followed too */
    bool traced;     /* by a debugger, to whom the debug registers are left */
    bool incomplete; /* news of its threads may have been lost */
    bool closed;     /* its memory may not be read */
    size_t members;
    int64_t strangers; /* threads that /proc counts and we do not: a leader that has ended */
    uint64_t looked;   /* when, ns */
} cck_sampler_process;

typedef struct cck_sampler_birth {
    int32_t pid, tid;
    bool process; /* of a new process */
} cck_sampler_birth;

typedef struct cck_sampler_members {
    const cck_perf_calls *calls;
    const cck_root *root;
    uint64_t period;
    cck_sampler_queue queue;
    cck_sampler_numbers numbers;
    cck_sampler_reading reading;
    cck_map threads;           /* tid -> cck_sampler_thread, owned */
    cck_map processes;         /* pid -> cck_sampler_process, owned */
    cck_sampler_birth *births; /* told by rings, not acted on yet */
    size_t birth_count, birth_capacity;
    uint64_t looks;
    int64_t allowance; /* ns that opening and closing threads may still take of us */
    uint64_t allowed;  /* when that was reckoned last */
    cck_error refusal; /* the first */
    bool crowded;      /* a thread was refused for want of memory: see sampler_turns.h */
    uint64_t turned;   /* ns: when the last turn was */
} cck_sampler_members;

int cck_sampler_members_init(cck_sampler_members *members, const cck_perf_calls *calls,
                             const cck_root *root, cck_error *err);
void cck_sampler_members_clear(cck_sampler_members *members);

/** NULL: not, or no longer, among them. */
cck_sampler_thread *cck_sampler_members_find(const cck_sampler_members *members, int32_t tid);
cck_sampler_process *cck_sampler_members_process(const cck_sampler_members *members, int32_t pid);

/** Follow a process, which is looked into next time. */
int cck_sampler_members_add_process(cck_sampler_members *members, int32_t pid, bool tree,
                                    cck_error *err);

/**
 * Watch a thread. 0 also when it is gone already, or refused: such a one stays known, so that
 * it is not asked for again and again. CCK_ENOMEM.
 */
int cck_sampler_members_admit(cck_sampler_members *members, cck_sampler_process *process,
                              int32_t tid, cck_error *err);

/** Tell the sink of a thread whose clock is open at last. False: memory is out. */
bool cck_sampler_members_tell(cck_sampler_members *members, cck_sampler_thread *thread,
                              uint64_t now);

/** A thread has ended: hand its last records over and forget it. */
void cck_sampler_members_bury(cck_sampler_members *members, cck_sampler_thread *thread);

/** Bury those of `process` that no look since number `seen` saw; NULL: all that have ended. */
void cck_sampler_members_bury_all(cck_sampler_members *members, const cck_sampler_process *process,
                                  uint64_t seen);

/**
 * Have we the time for one more? A program that starts thousands of threads a second would
 * keep us busy with those that are about to end: the others are found by the next looks.
 */
bool cck_sampler_members_may_admit(cck_sampler_members *members);

/** Admit the threads that rings told of. */
int cck_sampler_members_act(cck_sampler_members *members, cck_error *err);

/** Read all rings, and act on what they tell of threads. */
int cck_sampler_members_read(cck_sampler_members *members, cck_error *err);

/** Have all clocks tick as `period` says now. */
void cck_sampler_members_set_period(cck_sampler_members *members);

/** Is its process traced by a debugger, as of the last look? */
bool cck_sampler_members_traced(const cck_sampler_members *members, int32_t pid);

#endif
