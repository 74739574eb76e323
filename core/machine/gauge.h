/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_GAUGE_H
#define CCK_CORE_GAUGE_H

#include <cachecheck/machine.h>
#include <cachecheck/measure.h>

/** A property of this machine that is measured in a moment. Listed in cck_gauges[]. */
typedef struct cck_gauge {
    const char *name; /* "transfer": ns that a line takes from core to core; "undisputed": share of
                         a fought-over atomic addition's time that it takes alone */
    /** CCK_EUNSUPPORTED where there is nothing to measure, CCK_EBUSY when the machine is. */
    int (*measure)(const cck_machine *machine, double *out_value, cck_error *err);
    /** The same of a whole measurement; false: not in it, or too noisy. */
    bool (*kept)(const cck_measurement *measurement, double *out_value);
} cck_gauge;

/** What a gauge shows, and since when. */
typedef struct cck_gauge_reading {
    double value;
    bool kept;     /* by `cachecheck machine --measure` */
    int64_t age_s; /* of what was kept */
} cck_gauge_reading;

/** Every gauge, ended by NULL (probes/probes.c). */
extern const cck_gauge *const cck_gauges[];

/** Measure by name; CCK_EUNSUPPORTED if there is no such gauge. */
int cck_gauge_measure(const char *name, const cck_machine *machine, double *out_value,
                      cck_error *err);

/**
 * What was kept of this machine if it is fresh and was quiet (see cck_measurement_recall()), for
 * it rests on more samples; else measured now. `machine` may be NULL. Errors as above.
 */
int cck_gauge_read(const char *name, const cck_machine *machine, cck_gauge_reading *out_reading,
                   cck_error *err);

#endif
