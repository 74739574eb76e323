/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_NUMBER_SET_H
#define CCK_CORE_NUMA_NUMBER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Sets of CPUs or nodes as the kernel lists them: "0-3,8-11". Text stays text: what is
 * asked of them is little.
 */

/* Linux stops at 8192 CPUs (arch/x86/Kconfig, NR_CPUS); beyond this a list is damaged. */
enum { CCK_NUMBER_SET_LIMIT = 1 << 16 };

/** Step through the ranges: start with `*at` at the list. False at its end or where it is damaged. */
bool cck_number_set_next(const char **at, uint32_t *out_first, uint32_t *out_last);

bool cck_number_set_has(const char *list, uint32_t number);
bool cck_number_set_empty(const char *list);
uint32_t cck_number_set_count(const char *list);

/** The smallest number, or -1. */
int32_t cck_number_set_first(const char *list);

/** Is each number of `part` in `whole`? */
bool cck_number_set_within(const char *part, const char *whole);

bool cck_number_set_meets(const char *a, const char *b);

/** Numbers of both, as a list, cut to fit. Returns its length. */
size_t cck_number_set_common(const char *a, const char *b, char *out, size_t size);

#endif
