/* SPDX-License-Identifier: MIT */
#ifndef CCK_WATCH_SAMPLER_TRIAL_H
#define CCK_WATCH_SAMPLER_TRIAL_H

#include "core/perf/open.h"
#include "probes/watch/sampler.h"

/**
 * Sample and watch a busy thread of our own, and measure what that costs it. Kernels and
 * hypervisors differ by a factor of ten, and some do not keep what they promise: samples
 * without registers, watchpoints that never fire.
 *
 * Takes about 50 ms, longer on a busy machine. CCK_EACCESS, CCK_EUNSUPPORTED, CCK_EBUSY (all
 * debug registers are taken), ... with a hint.
 */
int cck_sampler_trial(const cck_perf_calls *calls, const cck_root *root,
                      cck_sampler_costs *out_costs, cck_error *err);

#endif
