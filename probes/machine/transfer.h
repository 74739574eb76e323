/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_TRANSFER_H
#define CCK_MACHINE_TRANSFER_H

#include "core/machine/gauge.h"
#include "core/machine/meter.h"

/** ns that a line takes from one core's cache to another's: median over some 50 ms. */
extern const cck_gauge cck_gauge_transfer;

/** Of the time of an atomic addition to a line that another core adds to, the share that it takes
 * where nobody else wants the line: 0 .. 0.5, median over some 40 ms. */
extern const cck_gauge cck_gauge_undisputed;

/** Matrices CPU x CPU: a line handed back and forth, and a line that both add to. */
extern const cck_meter cck_meter_transfer;

#endif
