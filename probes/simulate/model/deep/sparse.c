/* SPDX-License-Identifier: MIT */
#include "sparse.h"

static uint32_t *tag_of(const cck_level *level, uint64_t set, uint32_t way)
{
    return &level->tags[(way / CCK_TAGS * level->sets + set) * CCK_TAGS + way % CCK_TAGS];
}

/* The first way is the first that lines are put into: sets begin with the least used last. */
static uint64_t order_of(const cck_level *level, uint64_t set)
{
    return level->ranks[set] ^ cck_order_reversed(level->ways);
}

static void set_order(const cck_level *level, uint64_t set, uint64_t order)
{
    level->ranks[set] = order ^ cck_order_reversed(level->ways);
}

uint32_t cck_sparse_find(const cck_level *level, uint64_t set, uint32_t id)
{
    for (uint32_t way = 0; way < level->ways; way += CCK_TAGS) {
        uint32_t found = cck_tags_four(tag_of(level, set, way), id, UINT32_MAX);
        if (found)
            return way + (uint32_t)__builtin_ctz(found);
    }
    return level->ways;
}

uint32_t cck_sparse_fill(const cck_level *level, uint64_t set, uint32_t id)
{
    uint64_t order = order_of(level, set);
    uint32_t way = cck_order_last(order, level->ways);
    uint32_t *tag = tag_of(level, set, way), victim = *tag;
    set_order(level, set, cck_order_move(order, 4 * (level->ways - 1), way));
    *tag = id;
    return victim;
}

cck_found cck_sparse_use(const cck_level *level, uint64_t set, uint32_t id, uint32_t *out_victim)
{
    uint64_t order = order_of(level, set);
    uint32_t way = cck_sparse_find(level, set, id);
    if (way == level->ways) {
        *out_victim = cck_sparse_fill(level, set, id);
        return CCK_FOUND_NOT;
    }
    if (way == order % 16)
        return CCK_FOUND_SAME;
    set_order(level, set, cck_order_first(order, way));
    return CCK_FOUND;
}

void cck_sparse_remove(const cck_level *level, uint64_t set, uint32_t way)
{
    set_order(level, set, cck_order_to_last(order_of(level, set), level->ways, way));
    *tag_of(level, set, way) = 0;
}
