/* SPDX-License-Identifier: MIT */
#ifndef CCK_PROCFS_H
#define CCK_PROCFS_H

#include "core/session/probe.h"

/**
 * The last resort of the software backend: where perf_event_open is denied
 * altogether, as Docker's default seccomp profile does, /proc still tells time,
 * faults, switches and the CPU of each thread. It is looked at every 20 ms; for a
 * launched program the kernel's rusage gives the true totals, and what no look has
 * seen is a row of its own.
 */
extern const cck_probe cck_probe_procfs;

#endif
