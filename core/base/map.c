/* SPDX-License-Identifier: MIT */
#include "core/base/map.h"

#include <stdlib.h>

struct cck_map_slot {
    uint64_t key;
    void *value; /* NULL: the slot is free */
};

/* Fibonacci hashing: neighbouring thread ids must not cluster. */
static size_t home(const cck_map *map, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->capacity - 1);
}

static size_t find(const cck_map *map, uint64_t key)
{
    size_t at = home(map, key);
    while (map->slots[at].value && map->slots[at].key != key)
        at = (at + 1) & (map->capacity - 1);
    return at;
}

void *cck_map_get(const cck_map *map, uint64_t key)
{
    return map->capacity ? map->slots[find(map, key)].value : NULL;
}

static bool grow(cck_map *map)
{
    cck_map larger = {.capacity = map->capacity ? map->capacity * 2 : 16, .count = map->count};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].value)
            larger.slots[find(&larger, map->slots[i].key)] = map->slots[i];
    free(map->slots);
    *map = larger;
    return true;
}

bool cck_map_put(cck_map *map, uint64_t key, void *value)
{
    if ((map->count + 1) * 4 > map->capacity * 3 && !grow(map))
        return false;
    struct cck_map_slot *slot = &map->slots[find(map, key)];
    map->count += slot->value == NULL;
    *slot = (struct cck_map_slot){key, value};
    return true;
}

void *cck_map_remove(cck_map *map, uint64_t key)
{
    if (!map->capacity)
        return NULL;
    size_t hole = find(map, key);
    void *value = map->slots[hole].value;
    if (!value)
        return NULL;
    map->slots[hole].value = NULL;
    map->count--;
    /* Close the gap (Knuth 6.4, algorithm R): no tombstones, look-ups stay short. */
    for (size_t at = (hole + 1) & (map->capacity - 1); map->slots[at].value;
         at = (at + 1) & (map->capacity - 1)) {
        size_t wanted = home(map, map->slots[at].key);
        bool stays = hole <= at ? hole < wanted && wanted <= at : hole < wanted || wanted <= at;
        if (stays)
            continue;
        map->slots[hole] = map->slots[at];
        map->slots[at].value = NULL;
        hole = at;
    }
    return value;
}

bool cck_map_next(const cck_map *map, size_t *cursor, uint64_t *out_key, void **out_value)
{
    for (; *cursor < map->capacity; ++*cursor) {
        const struct cck_map_slot *slot = &map->slots[*cursor];
        if (!slot->value)
            continue;
        if (out_key)
            *out_key = slot->key;
        if (out_value)
            *out_value = slot->value;
        ++*cursor;
        return true;
    }
    return false;
}

void cck_map_clear(cck_map *map)
{
    free(map->slots);
    *map = (cck_map){0};
}
