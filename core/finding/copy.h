/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_FINDING_COPY_H
#define CCK_CORE_FINDING_COPY_H

#include <stdbool.h>

#include <cachecheck/finding.h>

#include "core/base/arena.h"

/** A copy with all its strings and arrays in the arena; false: memory is out. */
bool cck_finding_copy(cck_arena *arena, cck_finding *to, const cck_finding *from);

#endif
