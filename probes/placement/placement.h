/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_PLACEMENT_H
#define CCK_PLACEMENT_PLACEMENT_H

#include "core/session/probe.h"

/** Where threads run and memory lies, from /proc and move_pages(2): needs no PMU. */
extern const cck_probe cck_probe_placement;

#endif
