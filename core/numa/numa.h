/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_NUMA_H
#define CCK_CORE_NUMA_NUMA_H

#include <cachecheck/numa.h>

/** Fill in findings, total's verdict and notes of a result that has a placement. CCK_ENOMEM. */
int cck_numa_find(cck_result *result, cck_error *err);

#endif
