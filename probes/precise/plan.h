/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_PLAN_H
#define CCK_PRECISE_PLAN_H

#include <linux/perf_event.h>

#include "core/base/arena.h"
#include "core/base/root.h"
#include "core/perf/cpus.h"
#include "probes/precise/intake.h"

/** An event that samples addresses, as it is to be opened on each of `cpus`. */
typedef struct cck_precise_event {
    const char *name; /* "cpu/mem-loads,ldlat=30/" */
    struct perf_event_attr attr;
    bool led; /* in a group behind `leader`, which only counts */
    struct perf_event_attr leader;
    cck_cpus cpus; /* that its PMU serves */
} cck_precise_event;

/** Which events sample addresses on this machine, and how their records are read. */
typedef struct cck_precise_plan {
    const char *name; /* "Intel PEBS", "AMD IBS", "Arm SPE" */
    cck_precise_format format;
    const cck_precise_event *events; /* arena */
    size_t count;
    bool bounded;      /* samples stand for more than the PMU counts: rates are lower bounds */
    const char *limit; /* what it cannot tell; "" nothing */
} cck_precise_plan;

/**
 * What sysfs and /proc/cpuinfo under `root` tell; opens nothing. `rate`: samples a second and
 * CPU. CCK_ENOTFOUND where no PMU samples addresses, CCK_EACCESS where it may not be used, with
 * the reason and what to do.
 */
int cck_precise_plan_read(cck_precise_plan *out_plan, const cck_root *root, double rate,
                          cck_arena *arena, cck_error *err);

#endif
