/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_PRECISE_H
#define CCK_PRECISE_PRECISE_H

#include "core/session/probe.h"

/** Shared lines by a PMU that samples addresses: Intel PEBS, AMD IBS, Arm SPE. */
extern const cck_probe cck_probe_precise;

/** The same of a recorded run: the folder that CACHECHECK_REPLAY names. */
extern const cck_probe cck_probe_precise_replay;

#endif
