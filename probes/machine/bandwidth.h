/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_BANDWIDTH_H
#define CCK_MACHINE_BANDWIDTH_H

#include "core/machine/samples.h"

/**
 * All CPUs read their part of `base`, pass after pass, for some `ms`; a sample is what they read
 * together in a pass, in GB/s. CCK_EBUSY when too few passes were undisturbed.
 */
int cck_bandwidth_run(const int *cpus, size_t count, const void *base, uint64_t bytes, double ms,
                      cck_samples *samples, cck_error *err);

#endif
