/* SPDX-License-Identifier: MIT */
#ifndef CCK_LATENCY_TRANSFER_H
#define CCK_LATENCY_TRANSFER_H

#include "core/machine/gauge.h"

/** ns that a line takes from one core's cache to another's: median over some 50 ms. */
extern const cck_gauge cck_gauge_transfer;

#endif
