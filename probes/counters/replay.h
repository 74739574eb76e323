/* SPDX-License-Identifier: MIT */
#ifndef CCK_COUNTERS_REPLAY_H
#define CCK_COUNTERS_REPLAY_H

#include "core/session/probe.h"

/**
 * "replay": hands over what CACHECHECK_RECORD=FILE recorded, named by
 * CACHECHECK_REPLAY. Never chosen by itself. It lives with the counters because
 * it is their ledger that it feeds.
 */
extern const cck_probe cck_probe_replay;

#endif
