/* SPDX-License-Identifier: MIT */
#include "core/probe.h"

#include "probes/counters/counters.h"
#include "probes/counters/replay.h"
#include "probes/procfs/procfs.h"
#include "probes/simulate/simulate.h"

const cck_probe *const cck_probes[] = {
    &cck_probe_pmu,
    &cck_probe_simulate,
    &cck_probe_software,
    &cck_probe_procfs,
    &cck_probe_replay,
    NULL,
};
