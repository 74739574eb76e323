/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_H
#define CCK_WATCH_H

#include "core/session/probe.h"

/** Samples by the software clock, and watchpoints where these point: see docs/how-it-works/watching.md. */
extern const cck_probe cck_probe_watch;

#endif
