/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_POLICY_H
#define CCK_CORE_NUMA_POLICY_H

#include <cachecheck/numa.h>

#include "core/base/arena.h"

/**
 * Read a memory policy as numa_maps has it (mm/mempolicy.c, mpol_to_str()): a word or two,
 * "=flags", ":nodes". "prefer (many):1-2" holds a space. Strings go to the arena; `*end`
 * is behind it. A word that is not known gives CCK_NUMA_MODE_UNKNOWN with its text. False
 * when memory is out.
 */
bool cck_numa_policy_read(cck_numa_policy *out, const char *text, const char **end,
                          cck_arena *arena);

/** "bind"; as in numactl's options and in JSON. */
const char *cck_numa_mode_name(cck_numa_mode mode);

/** The mode of that name; CCK_NUMA_MODE_UNKNOWN for others. */
cck_numa_mode cck_numa_mode_by_name(const char *name);

/** Does it name nodes that all its pages must be on? */
bool cck_numa_policy_binds(const cck_numa_policy *policy);

/** Does it spread pages over its nodes? */
bool cck_numa_policy_spreads(const cck_numa_policy *policy);

#endif
