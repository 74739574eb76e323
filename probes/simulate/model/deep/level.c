/* SPDX-License-Identifier: MIT */
#include "level.h"

#include <stdlib.h>
#include <string.h>

size_t cck_level_bytes(const cck_level *level)
{
    return level->sets * (level->ways * sizeof *level->tags * (level->notes ? 2 : 1) +
                          (level->trees ? sizeof *level->trees : 0));
}

bool cck_level_init(cck_level *level, const cck_shape *shape, cck_replacement replacement)
{
    if (!shape->size)
        return true;
    level->ways = shape->ways;
    level->sets = shape->size / shape->line / shape->ways;
    level->even = !(level->sets & (level->sets - 1));
    level->tags = calloc(level->sets, level->ways * sizeof *level->tags);
    if (replacement == CCK_REPLACE_TREE_PLRU)
        level->trees = calloc(level->sets, sizeof *level->trees);
    return level->tags && (level->trees || replacement == CCK_REPLACE_LRU);
}

bool cck_level_add_notes(cck_level *level)
{
    if (level->trees || !level->ways || level->ways % CCK_TAGS)
        return true;
    level->notes = calloc(level->sets, level->ways * sizeof *level->notes);
    return level->notes;
}

void cck_level_clear(cck_level *level)
{
    free(level->tags);
    free(level->notes);
    free(level->trees);
    *level = (cck_level){0};
}

bool cck_level_copy(cck_level *level, const cck_level *from)
{
    *level = *from;
    if (!from->ways)
        return true;
    size_t tags = level->sets * level->ways * sizeof *level->tags;
    level->tags = malloc(tags);
    if (level->tags)
        memcpy(level->tags, from->tags, tags);
    if (from->notes) {
        level->notes = malloc(tags);
        if (level->notes)
            memcpy(level->notes, from->notes, tags);
    }
    if (from->trees) {
        level->trees = malloc(level->sets * sizeof *level->trees);
        if (level->trees)
            memcpy(level->trees, from->trees, level->sets * sizeof *level->trees);
    }
    return level->tags && !from->trees == !level->trees && !from->notes == !level->notes;
}

static uint32_t way_of(const uint32_t *tags, uint32_t ways, uint32_t id)
{
    const cck_tags wanted = {id, id, id, id};
    uint32_t way = 0;
    for (; way + CCK_TAGS <= ways; way += CCK_TAGS) /* four at once; only the last are looked at */
        if (cck_tags_any((cck_tags)(*(const cck_tags *)(tags + way) == wanted))[0])
            break;
    while (way < ways && tags[way] != id)
        way++;
    return way;
}

bool cck_level_has(const cck_level *level, uint64_t line, uint32_t id)
{
    return level->ways && way_of(level->tags + cck_level_set(level, line) * level->ways,
                                 level->ways, id) < level->ways;
}

bool cck_level_remove(const cck_level *level, uint64_t line, uint32_t id)
{
    if (!level->ways)
        return false;
    uint32_t *tags = level->tags + cck_level_set(level, line) * level->ways;
    uint32_t way = way_of(tags, level->ways, id);
    if (way == level->ways)
        return false;
    uint32_t *notes = cck_level_note(level, line), after = level->trees ? 0 : level->ways - 1 - way;
    /* Under LRU the hole goes to the end, where it takes from. */
    memmove(tags + way, tags + way + 1, after * sizeof *tags);
    tags[way + after] = 0;
    if (notes) {
        memmove(notes + way, notes + way + 1, after * sizeof *notes);
        notes[way + after] = 0;
    }
    return true;
}

/* Turn the bits on the path to a way away from it; true if they were. */
static bool turn_away(uint64_t *tree, uint32_t ways, uint32_t way)
{
    uint64_t before = *tree;
    uint32_t node = 1;
    for (uint32_t half = ways / 2; half; half /= 2) {
        bool right = way & half;
        *tree = right ? *tree & ~(UINT64_C(1) << node) : *tree | UINT64_C(1) << node;
        node = 2 * node + right;
    }
    return *tree == before;
}

static uint32_t victim_of(uint64_t tree, uint32_t ways)
{
    uint32_t node = 1;
    while (node < ways)
        node = 2 * node + (tree >> node & 1);
    return node - ways;
}

cck_found cck_level_use_tree(const cck_level *level, uint64_t set, uint32_t id,
                             uint32_t *out_victim)
{
    uint32_t *tags = level->tags + set * level->ways, way = way_of(tags, level->ways, id);
    bool found = way < level->ways;
    if (!found) {
        way = way_of(tags, level->ways, 0); /* a free place first */
        if (way == level->ways)
            way = victim_of(level->trees[set], level->ways);
        *out_victim = tags[way];
        tags[way] = id;
    }
    bool same = turn_away(&level->trees[set], level->ways, way);
    return !found ? CCK_FOUND_NOT : same ? CCK_FOUND_SAME : CCK_FOUND;
}
