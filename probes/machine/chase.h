/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_CHASE_H
#define CCK_MACHINE_CHASE_H

#include <stdint.h>

#include "core/machine/samples.h"

/** Link `bytes` at `base` into one random cycle, a pointer each `line` bytes (Sattolo 1986). */
void cck_chase_link(void *base, uint64_t bytes, unsigned line, uint64_t seed);

/**
 * On that CPU, follow the cycle: once around without counting, then samples for some `ms`, ns a
 * load. CCK_EBUSY when there were too few undisturbed.
 */
int cck_chase_run(int cpu, void *base, uint64_t bytes, unsigned line, double ms,
                  cck_samples *samples, cck_error *err);

#endif
