/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_WAITS_H
#define CCK_WATCH_WAITS_H

#include "core/process/gather.h"

/**
 * Threads that sleep in futex(2): seen from time to time, with the word that they wait at and
 * who called. Which of these are locks is for the analysis to tell, by the code's names. The
 * software clock does not see them: it stands still while a thread sleeps.
 */
typedef struct cck_watch_wait {
    uint32_t image;
    int32_t pid, tid;
    uint64_t word, stack; /* its stack pointer: the same call, if it is the same */
    uint64_t looks;       /* at which it was there */
    uint64_t times;       /* that it went to sleep there, at least */
    int32_t holder;       /* tid in the word behind the lock's, as pthread mutexes have it, if it is
                             another thread of the process; 0: none so far */
    uint64_t holder_code; /* where that was sampled last; 0 unknown */
    cck_unwound_frame frames[12];
    size_t frame_count;
} cck_watch_wait;

/** What is known of a thread that was looked at. */
typedef struct cck_watch_sleeper {
    uint64_t looks, asleep; /* in futex(2) */
    uint64_t switches, first_switches; /* of its own will; UINT64_MAX unknown */
    uint64_t began, last;   /* ns: when these were read */
    uint64_t word, stack;   /* where it slept at the last look; 0: it did not */
} cck_watch_sleeper;

typedef struct cck_watch_waits {
    cck_watch_wait *list;
    size_t count, capacity;
    cck_map sleepers; /* tid -> cck_watch_sleeper */
    size_t next;      /* thread to look at next */
    unsigned refused; /* times in a row that the kernel did not let us look: at others' processes,
                         or in an exec */
} cck_watch_waits;

/** Look at the next few threads that live: cheap enough for every 20 ms. */
void cck_watch_waits_look(cck_watch_waits *waits, cck_watch_stacks *stacks, const cck_root *root,
                          cck_watch_space *space, const cck_watch_threads *threads, uint64_t now);

/** Whether a thread of that process was seen to sleep at one of these bytes. */
bool cck_watch_waits_at(const cck_watch_waits *waits, int32_t pid, uint64_t address, uint32_t size);

/** Into the observation; false: out of memory. */
bool cck_watch_waits_gather(cck_watch_gathering *g, const cck_watch_waits *waits);

void cck_watch_waits_clear(cck_watch_waits *waits);

#endif
