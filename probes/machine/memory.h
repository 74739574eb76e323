/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_MEMORY_H
#define CCK_MACHINE_MEMORY_H

#include "core/machine/meter.h"

/** The latency by size; latency and bandwidth from node to node. */
extern const cck_meter cck_meter_curve, cck_meter_memory;

#endif
