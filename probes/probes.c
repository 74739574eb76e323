/* SPDX-License-Identifier: MIT */
#include "core/machine/gauge.h"
#include "core/machine/meter.h"
#include "core/session/probe.h"

#include "probes/counters/counters.h"
#include "probes/counters/replay.h"
#include "probes/machine/memory.h"
#include "probes/machine/sharing.h"
#include "probes/machine/transfer.h"
#include "probes/placement/placement.h"
#include "probes/precise/precise.h"
#include "probes/procfs/procfs.h"
#include "probes/simulate/simulate.h"
#include "probes/watch/watch.h"

const cck_probe *const cck_probes[] = {
    &cck_probe_pmu,
    &cck_probe_precise,
    &cck_probe_watch,
    &cck_probe_simulate,
    &cck_probe_software,
    &cck_probe_procfs,
    &cck_probe_replay,
    &cck_probe_placement,
    &cck_probe_precise_replay,
    NULL,
};

const cck_gauge *const cck_gauges[] = {
    &cck_gauge_transfer,
    &cck_gauge_undisputed,
    NULL,
};

const cck_meter *const cck_meters[] = {
    &cck_meter_transfer,
    &cck_meter_curve,
    &cck_meter_memory,
    &cck_meter_sharing,
    &cck_meter_atomics,
    NULL,
};
