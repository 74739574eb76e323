/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_COUNTERS_H
#define CCK_COUNTERS_COUNTERS_H

#include "core/session/probe.h"
#include "probes/counters/calibrate.h"
#include "core/perf/cpus.h"

/**
 * The two counting probes. They share everything but their default set of events
 * and what they vouch for: "pmu" counts hardware events and checks that the PMU
 * is real, "software" counts what the kernel itself counts, on any machine.
 */
extern const cck_probe cck_probe_pmu;
extern const cck_probe cck_probe_software;

/** What the probes stand on; tests replace parts of it before they run a probe. */
typedef struct cck_counters_backend {
    const cck_perf_calls *calls;
    const cck_calibration *calibration;
    bool (*reads_work)(const cck_perf_calls *calls); /* reads.h */
    bool (*trace_works)(void);                       /* trace.h */
} cck_counters_backend;

extern cck_counters_backend cck_counters_backend_now;

/** counters_doctor.c: the doctors of the two. */
void cck_counters_doctor_pmu(const cck_root *root, cck_doctor_sink *sink, void *context);
void cck_counters_doctor_software(const cck_root *root, cck_doctor_sink *sink, void *context);

#endif
