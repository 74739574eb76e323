/* SPDX-License-Identifier: MIT */
#include "core/probe.h"

#include "probes/simulate/simulate.h"

const cck_probe *const cck_probes[] = {
    &cck_probe_simulate,
    NULL,
};
