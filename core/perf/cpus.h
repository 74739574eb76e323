/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PERF_CPUS_H
#define CCK_CORE_PERF_CPUS_H

#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/base/root.h"

/** OS numbers of the online CPUs, ascending. */
typedef struct cck_cpus {
    uint32_t *numbers; /* arena */
    size_t count;
} cck_cpus;

/**
 * Read the online CPUs. CCK_EFORMAT when the list makes no sense, or names more
 * CPUs than any machine has; errors of cck_root_read(); CCK_ENOMEM.
 */
int cck_cpus_read(cck_cpus *out_cpus, const cck_root *root, cck_arena *arena, cck_error *err);

/** Parse a list such as "0-3,8". Returns how many, or CCK_EFORMAT; `numbers` may be NULL. */
long cck_cpus_parse(const char *list, uint32_t *numbers, size_t size);

#endif
