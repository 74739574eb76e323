/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_EVENT_ARM_H
#define CCK_COUNTERS_EVENT_ARM_H

#include <stdbool.h>

#include "probes/counters/event.h"

/**
 * True when `event` is one of the Arm architecture's common events and the PMU says
 * that it does not implement it. The kernel opens such an event all the same, and
 * it reads 0 for ever. False when that cannot be told, and on other machines.
 */
bool cck_event_arm_lacks(const cck_root *root, const cck_event *event);

#endif
