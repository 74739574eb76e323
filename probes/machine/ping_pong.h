/* SPDX-License-Identifier: MIT */
#ifndef CCK_MACHINE_PING_PONG_H
#define CCK_MACHINE_PING_PONG_H

#include "core/machine/samples.h"

/**
 * Two pinned threads pass the word at `ball` back and forth for some `ms`: each waits for the
 * other's number and answers with the next. Samples are ns a transfer of the line. CCK_EBUSY when
 * fewer than a handful of samples came through, CCK_ELIMIT when threads cannot be started.
 */
int cck_ping_pong(const int cpus[2], void *ball, double ms, cck_samples *samples, cck_error *err);

#endif
