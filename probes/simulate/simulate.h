/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_H
#define CCK_SIMULATE_H

#include "core/session/probe.h"

/** Runs the target under our Valgrind tool, which feeds a cache model. */
extern const cck_probe cck_probe_simulate;

#endif
