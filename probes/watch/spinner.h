/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SPINNER_H
#define CCK_WATCH_SPINNER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cachecheck/error.h>

/**
 * A thread of our own that does nothing but write a word and look at the clock, and so
 * notices whenever it is interrupted, and for how long.
 */
enum { CCK_SPINNER_GAPS = 4096, CCK_SPINNER_WORDS = 4 };

typedef struct cck_spinner {
    pthread_t thread;
    volatile uint64_t words[CCK_SPINNER_WORDS]; /* the first is written */
    _Atomic int32_t tid;                        /* 0 until it runs */
    _Atomic uint64_t stack;                     /* an address in its frame */
    _Atomic bool stop;
    _Atomic uint64_t rounds;
    _Atomic uint64_t gap_count; /* interruptions so far; the last of them are in `gaps` */
    _Atomic uint32_t gaps[CCK_SPINNER_GAPS]; /* ns each */
} cck_spinner;

/** Start it and wait until it runs. */
int cck_spinner_start(cck_spinner *spinner, cck_error *err);
void cck_spinner_stop(cck_spinner *spinner);

/** Interruptions since number `from`, that were not another thread's turn on its CPU. */
typedef struct cck_spinner_gaps {
    uint64_t count;
    double sum_ns, median_ns;
} cck_spinner_gaps;

/** Only the `longest` of them: what costs most is what was done to it, not the ticks between. */
cck_spinner_gaps cck_spinner_gaps_since(cck_spinner *spinner, uint64_t from, uint64_t longest);

/** Sleep for `us`, or longer until it did `rounds` more. False when it did not in 10 s. */
bool cck_spinner_wait(cck_spinner *spinner, unsigned us, uint64_t rounds);

/** CLOCK_MONOTONIC, ns. */
uint64_t cck_spinner_now(void);

#endif
