/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_MAP_H
#define CCK_CORE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A hash map from 64-bit keys (thread ids, addresses, event ids) to pointers.
 * Open addressing, linear probing; zero-initialise it. It does not own its values.
 */
typedef struct cck_map {
    struct cck_map_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
} cck_map;

/** The value at `key`, or NULL. */
void *cck_map_get(const cck_map *map, uint64_t key);

/** Set `key` to `value` (not NULL). False when memory is out; the map is then unchanged. */
bool cck_map_put(cck_map *map, uint64_t key, void *value);

/** Remove `key` and return its value, or NULL. */
void *cck_map_remove(cck_map *map, uint64_t key);

/** Walk: start with `*cursor` 0; false at the end. The map must not change meanwhile. */
bool cck_map_next(const cck_map *map, size_t *cursor, uint64_t *out_key, void **out_value);

/** Free the table, not the values. */
void cck_map_clear(cck_map *map);

#endif
