/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_SHARING_H
#define CCK_MACHINE_SHARING_H

#include "core/machine/meter.h"

/** What false sharing costs, by distance of the words; and atomic operations, alone and contended. */
extern const cck_meter cck_meter_sharing, cck_meter_atomics;

#endif
