/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_GROW_H
#define CCK_CORE_GROW_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Let an array grow to hold `count` + 1 elements: doubles its capacity when needed.
 * False when memory is out; the array is then unchanged.
 */
bool cck_grow(void **array, size_t *capacity, size_t count, size_t element);

#endif
