/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_RESTS_H
#define CCK_WATCH_RESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Whose clock is taken away for a time. The kernel sets a thread's clock going whenever it gets a
 * CPU and stops it when it gives that up: a timer each time, which costs nearly what a sample does.
 * Threads that wake each other all the time would run half as fast. So where that is above its
 * part of the budget, those threads are sampled and watched in one turn of 2, 4, 8 or 16 only: in
 * the same turns, so that what they share is still seen.
 */
enum {
    CCK_REST_MOST = 16,   /* turns, of which a thread is watched in one */
    CCK_REST_LOOKS = 2    /* looks (cck_sampler_rest()) that a turn is long */
};

/** How often a thread comes to run, by what /proc tells now and then. */
typedef struct cck_rest_pulse {
    uint64_t looked; /* ns; 0: never */
    uint64_t run_ns, times;
    double rate, busy; /* times a second; share of the time on a CPU: of late */
    unsigned turns;    /* watched in one of so many; 0: not decided, in all */
} cck_rest_pulse;

/** What /proc tells at `now`. Looks less than 10 ms apart are passed over. */
void cck_rest_note(cck_rest_pulse *pulse, uint64_t now, uint64_t run_ns, uint64_t times);

/** What one thread's coming and going takes of a CPU while it is watched, 0 .. */
double cck_rest_cost(const cck_rest_pulse *pulse, double switch_ns);

/**
 * Set `turns` of each, so that what all of them cost is at most `share` of what they run. Never
 * more than CCK_REST_MOST: what is hardly watched would never be found.
 */
void cck_rest_decide(cck_rest_pulse **pulses, size_t count, double switch_ns, double share);

/** Is a thread watched in look number `look`? */
bool cck_rest_awake(const cck_rest_pulse *pulse, uint64_t look);

#endif
