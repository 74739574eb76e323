/* SPDX-License-Identifier: MIT */
#ifndef CCK_DIFF_PARTS_H
#define CCK_DIFF_PARTS_H

#include <stdbool.h>

#include <cachecheck/diff.h>

#include "core/base/arena.h"

/* The parts of a diff, each into `diff` and its arena; false when memory is out. */

/** Why the results cannot be compared, and what differs besides. */
bool cck_diff_find_obstacles(cck_diff *diff, bool other_program);

bool cck_diff_match_threads(cck_diff *diff);
bool cck_diff_match_findings(cck_diff *diff);

#endif
