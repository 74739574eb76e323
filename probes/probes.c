/* SPDX-License-Identifier: MIT */
#include "core/probe.h"

const cck_probe *const cck_probes[] = {
    NULL,
};
