/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_SPARSE_H
#define CCK_SIMULATE_SPARSE_H

#include "level.h"

/*
 * A set of a sparse level: the tags of its first four ways lie behind those of the set before,
 * the next four behind the first four of all sets, and so on; the first way is filled first. So a
 * last level of hundreds of MiB, in whose sets there is a line or two, takes 24 bytes a line
 * instead of 72. LRU of up to 16 ways; used by cck_level_use().
 */

/** The way that a line is in; as many as there are: in none. */
uint32_t cck_sparse_find(const cck_level *level, uint64_t set, uint32_t id);

/** Put a line that is not there into a set; who had to go, 0: nobody. */
uint32_t cck_sparse_fill(const cck_level *level, uint64_t set, uint32_t id);

/** Take out what is in a way. */
void cck_sparse_remove(const cck_level *level, uint64_t set, uint32_t way);

#endif
