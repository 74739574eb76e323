/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_TURNS_H
#define CCK_WATCH_SAMPLER_TURNS_H

#include "probes/watch/sampler_members.h"

/**
 * An ordinary user may lock memory for the rings of some hundred threads. Of more, those that
 * sleep give theirs to those that wait for one, a few every 250 ms: so all that run are
 * sampled sooner or later, and what is asleep costs nothing. Where all run, the first stay.
 */
void cck_sampler_turns_take(cck_sampler_members *members, uint64_t now);

#endif
