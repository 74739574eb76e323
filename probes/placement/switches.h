/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_SWITCHES_H
#define CCK_PLACEMENT_SWITCHES_H

#include <cachecheck/error.h>

#include "probes/placement/threads.h"

/**
 * Every switch of the target's threads, recorded by the kernel: exactly where each ran, and
 * how long. Software events that count nothing (PERF_COUNT_SW_DUMMY) with context_switch, one
 * for each CPU, need no PMU, and no rights for one's own processes up to paranoid level 2.
 */
typedef struct cck_place_switches cck_place_switches;

/**
 * `launched`: the process waits before its exec, and its future threads inherit. Else events
 * are opened for each thread that it has, as long as these are few. `began`: CLOCK_MONOTONIC,
 * ns. CCK_EACCESS, CCK_ELIMIT, ...: then threads are looked at instead.
 */
int cck_place_switches_open(cck_place_switches **out, const cck_root *root, int32_t pid,
                            bool launched, uint64_t began, cck_error *err);

/** Take in what was recorded. 0, or CCK_ENOMEM. */
int cck_place_switches_drain(cck_place_switches *switches, cck_place_threads *threads);

/** As drain, and put down the time of those that run now until `now`. */
int cck_place_switches_finish(cck_place_switches *switches, cck_place_threads *threads,
                              uint64_t now);

/** Records that the kernel had no room for. */
uint64_t cck_place_switches_lost(const cck_place_switches *switches);

void cck_place_switches_close(cck_place_switches *switches);

#endif
