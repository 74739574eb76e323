/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_OWN_TIME_H
#define CCK_WATCH_OWN_TIME_H

#include <stdint.h>

#include "core/base/root.h"

/**
 * CPU time of the watching thread itself, and what of it somebody else would have had: while a
 * CPU is idle it costs nobody anything, on a machine that is busy all of it does. Zero-initialise
 * it.
 */
typedef struct cck_own_time {
    uint64_t used;    /* ns, of the calling thread, when it was asked for last */
    uint64_t looked;  /* ns: when the machine was looked at last; 0 never */
    double up, idle;  /* s, as /proc/uptime had them then */
    double busy;      /* CPUs, between the last two looks; all of them if that is not known */
    double taken;     /* share of our time that somebody else would have had, 0 .. 1; while that
                         is not known, all of it */
} cck_own_time;

/**
 * ns of CPU time that the calling thread used since the last call; the first returns 0. `now`:
 * CLOCK_MONOTONIC; `cpus`: that the machine has online.
 */
uint64_t cck_own_time_used(cck_own_time *own, const cck_root *root, uint64_t now, unsigned cpus);

#endif
