/* SPDX-License-Identifier: MIT */
#ifndef CCK_PLACEMENT_HUGE_H
#define CCK_PLACEMENT_HUGE_H

#include <cachecheck/numa.h>

#include "core/base/root.h"

/**
 * Tell of each mapping of a process (by address) how much of it is in transparent huge pages.
 * Where the system has none mapped, /proc/meminfo says so for all of them; else smaps does, which
 * walks all pages, as numa_maps, and is read only if `may_walk`. What is not known says why. 0, or
 * CCK_EGONE; that smaps cannot be read is no error.
 */
int cck_place_huge(const cck_root *root, int32_t pid, bool may_walk, cck_numa_mapping *mappings,
                   size_t count);

#endif
