/* SPDX-License-Identifier: MIT */
#ifndef CLI_MACHINE_MEASURE_H
#define CLI_MACHINE_MEASURE_H

#include <cachecheck/cachecheck.h>

/** Measure the live machine with a progress bar on a terminal, and keep it; or recall what was
 *  kept. 0, or a negative CCK_E*. */
int cli_machine_measure(cck_measurement **out_measurement, const cck_machine *machine, bool quick,
                        cck_error *err);

#endif
