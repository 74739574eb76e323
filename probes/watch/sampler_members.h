/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_MEMBERS_H
#define CCK_WATCH_SAMPLER_MEMBERS_H

#include "core/map.h"
#include "probes/watch/sampler_thread.h"

/**
 * The processes that are followed, and their threads. A thread tells in its ring what it
 * starts; /proc is looked at for those that were there before, when records were lost, and
 * now and then all the same.
 */
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
    cck_error refusal; /* the first */
} cck_sampler_members;

int cck_sampler_members_init(cck_sampler_members *members, const cck_perf_calls *calls,
                             const cck_root *root, cck_error *err);
void cck_sampler_members_clear(cck_sampler_members *members);

/** As cck_sampler_follow(). */
int cck_sampler_members_follow(cck_sampler_members *members, pid_t pid, bool tree, cck_error *err);

/** As cck_sampler_scan(). */
int cck_sampler_members_look(cck_sampler_members *members, uint64_t now, cck_error *err);

/** Read all rings, and act on what they tell of threads. */
int cck_sampler_members_read(cck_sampler_members *members, cck_error *err);

/** Have all clocks tick as `period` says now. */
void cck_sampler_members_set_period(cck_sampler_members *members);

/** NULL: not, or no longer, among them. */
cck_sampler_thread *cck_sampler_members_find(const cck_sampler_members *members, int32_t tid);

/** Is its process traced by a debugger, as of the last look? */
bool cck_sampler_members_traced(const cck_sampler_members *members, int32_t pid);

#endif
