/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_GAUGE_H
#define CCK_CORE_GAUGE_H

#include <cachecheck/machine.h>

/** A property of this machine that is measured in a moment. Listed in cck_gauges[]. */
typedef struct cck_gauge {
    const char *name; /* "transfer": ns that a line takes from core to core */
    /** CCK_EUNSUPPORTED where there is nothing to measure, CCK_EBUSY when the machine is. */
    int (*measure)(const cck_machine *machine, double *out_value, cck_error *err);
} cck_gauge;

/** Every gauge, ended by NULL (probes/probes.c). */
extern const cck_gauge *const cck_gauges[];

/** Measure by name; CCK_EUNSUPPORTED if there is no such gauge. */
int cck_gauge_measure(const char *name, const cck_machine *machine, double *out_value,
                      cck_error *err);

#endif
