/* SPDX-License-Identifier: MIT */
#include "core/machine/gauge.h"
#include "core/session/probe.h"

#include "probes/counters/counters.h"
#include "probes/counters/replay.h"
#include "probes/latency/transfer.h"
#include "probes/placement/placement.h"
#include "probes/procfs/procfs.h"
#include "probes/simulate/simulate.h"
#include "probes/watch/watch.h"

const cck_probe *const cck_probes[] = {
    &cck_probe_pmu,
    &cck_probe_watch,
    &cck_probe_simulate,
    &cck_probe_software,
    &cck_probe_procfs,
    &cck_probe_replay,
    &cck_probe_placement,
    NULL,
};

const cck_gauge *const cck_gauges[] = {
    &cck_gauge_transfer,
    NULL,
};
