/* SPDX-License-Identifier: MIT */
#include "probes/watch/own_time.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { LOOK_NS = 200000000 }; /* /proc/uptime counts in 10 ms */

/* "123.45 234.56": since the start, and summed over CPUs without anything to do (proc(5)). */
static bool read_idle(const cck_root *root, double *out_up, double *out_idle)
{
    char text[128];
    return cck_root_read(root, "proc/uptime", text, sizeof text) > 0 &&
           sscanf(text, "%lf %lf", out_up, out_idle) == 2;
}

/* A container may be shown times of its own, which need not go together: nothing is concluded
 * from what cannot be. */
static void look(cck_own_time *own, const cck_root *root, uint64_t now, unsigned cpus)
{
    double up = 0, idle = 0;
    if (own->looked && now < own->looked + LOOK_NS)
        return;
    bool good = read_idle(root, &up, &idle) && own->up > 0;
    double passed = up - own->up, rested = idle - own->idle;
    bool told = good && passed > 0 && rested >= 0 && rested < (cpus + 1.0) * passed;
    double free = told ? fmin(rested / passed, cpus) : 0;
    own->taken = fmax(1 - free, 0);
    own->busy = cpus - free;
    own->looked = now;
    own->up = up;
    own->idle = idle;
}

uint64_t cck_own_time_used(cck_own_time *own, const cck_root *root, uint64_t now, unsigned cpus)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    uint64_t used = (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
    uint64_t fresh = own->looked ? used - own->used : 0;
    own->used = used;
    look(own, root, now, cpus);
    return fresh;
}
