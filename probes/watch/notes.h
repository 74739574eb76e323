/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_NOTES_H
#define CCK_WATCH_NOTES_H

#include "core/process/heap.h"
#include "core/session/probe.h"
#include "probes/watch/engine.h"

/**
 * Add to the notes of a run what it rests on, and what could not be watched of it. `stopped`: a
 * process that is, or 0. `heaps`: NULL where allocations are not recorded. Strings go into the
 * arena.
 */
void cck_watch_notes(cck_probe_facts *facts, cck_arena *arena, const cck_sampler *sampler,
                     const cck_watch_summary *summary, int32_t stopped, bool launched,
                     const cck_watch_heaps *heaps);

#endif
