/* SPDX-License-Identifier: MIT */
#include "sparse.h"

#include <stdlib.h>
#include <string.h>

/* Nobody's number: what fills the last vector of a set is never found. */
#define NOBODY UINT32_MAX

static size_t tag_bytes(const cck_level *level)
{
    return level->sets * level->stride * sizeof *level->tags;
}

static size_t word_bytes(const cck_level *level)
{
    return level->sets * sizeof *level->orders;
}

size_t cck_level_bytes(const cck_level *level)
{
    return tag_bytes(level) * (level->notes ? 2 : 1) +
           word_bytes(level) * (level->orders || level->ranks || level->trees);
}

/* Zeroed tags, untouched while nobody uses them. Sets lie in as few of the host's lines as they
 * can. Sets *out_memory to what is to be freed; NULL when memory is out. */
static uint32_t *make_tags(const cck_level *level, void **out_memory)
{
    enum { HOST_LINE = 64 };
    *out_memory = calloc(1, tag_bytes(level) + HOST_LINE);
    if (!*out_memory)
        return NULL;
    return (uint32_t *)(((uintptr_t)*out_memory + HOST_LINE - 1) & ~(uintptr_t)(HOST_LINE - 1));
}

static bool make_orders(cck_level *level)
{
    level->orders = malloc(word_bytes(level));
    if (!level->orders || !level->tags)
        return false;
    for (uint64_t set = 0; set < level->sets; set++) {
        level->orders[set] = CCK_ORDER_NEW;
        for (uint32_t way = level->ways; way < level->stride; way++)
            level->tags[set * level->stride + way] = NOBODY;
    }
    return true;
}

static void set_shape(cck_level *level, const cck_shape *shape)
{
    level->ways = level->stride = shape->ways;
    level->sets = shape->size / shape->line / shape->ways;
    level->even = !(level->sets & (level->sets - 1));
}

bool cck_level_init(cck_level *level, const cck_shape *shape, cck_replacement replacement)
{
    if (!shape->size)
        return true;
    bool ordered = replacement == CCK_REPLACE_LRU && shape->ways <= CCK_ORDER_WAYS;
    set_shape(level, shape);
    enum { EIGHT = 8 }; /* few vectors are what newer CPUs like */
    uint32_t unit = shape->ways > EIGHT ? EIGHT : CCK_TAGS;
    if (ordered)
        level->stride = (shape->ways + unit - 1) / unit * unit;
    level->tags = make_tags(level, &level->tags_memory);
    if (ordered)
        return make_orders(level);
    if (replacement == CCK_REPLACE_TREE_PLRU)
        level->trees = calloc(1, word_bytes(level));
    return level->tags && (level->trees || replacement == CCK_REPLACE_LRU);
}

bool cck_level_init_sparse(cck_level *level, const cck_shape *shape, cck_replacement replacement)
{
    if (!shape->size || replacement != CCK_REPLACE_LRU || shape->ways > CCK_ORDER_WAYS)
        return cck_level_init(level, shape, replacement);
    set_shape(level, shape);
    level->stride = (shape->ways + CCK_TAGS - 1) / CCK_TAGS * CCK_TAGS;
    level->tags = make_tags(level, &level->tags_memory);
    level->ranks = calloc(1, word_bytes(level));
    return level->tags && level->ranks;
}

bool cck_level_add_notes(cck_level *level)
{
    if (!level->orders)
        return true;
    level->notes = make_tags(level, &level->notes_memory);
    return level->notes;
}

void cck_level_clear(cck_level *level)
{
    free(level->tags_memory);
    free(level->notes_memory);
    free(level->orders);
    free(level->ranks);
    free(level->trees);
    *level = (cck_level){0};
}

/* NULL, too, for NULL. */
static uint64_t *copy_words(const cck_level *level, const uint64_t *from)
{
    void *copy = from ? malloc(word_bytes(level)) : NULL;
    return copy ? memcpy(copy, from, word_bytes(level)) : NULL;
}

static uint32_t *copy_tags(const cck_level *level, const uint32_t *from, void **out_memory)
{
    *out_memory = NULL;
    uint32_t *copy = from ? make_tags(level, out_memory) : NULL;
    return copy ? memcpy(copy, from, tag_bytes(level)) : NULL;
}

bool cck_level_copy(cck_level *level, const cck_level *from)
{
    *level = *from;
    if (!from->ways)
        return true;
    level->tags = copy_tags(from, from->tags, &level->tags_memory);
    level->notes = copy_tags(from, from->notes, &level->notes_memory);
    level->orders = copy_words(from, from->orders);
    level->ranks = copy_words(from, from->ranks);
    level->trees = copy_words(from, from->trees);
    return level->tags && !from->notes == !level->notes && !from->orders == !level->orders &&
           !from->ranks == !level->ranks && !from->trees == !level->trees;
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

static uint32_t find(const cck_level *level, uint64_t set, uint32_t id)
{
    return level->ranks ? cck_sparse_find(level, set, id)
                        : way_of(level->tags + set * level->stride, level->ways, id);
}

bool cck_level_has(const cck_level *level, uint64_t line, uint32_t id)
{
    return level->ways && find(level, cck_level_set(level, line), id) < level->ways;
}

bool cck_level_remove(const cck_level *level, uint64_t line, uint32_t id)
{
    if (!level->ways)
        return false;
    uint64_t set = cck_level_set(level, line);
    uint32_t way = find(level, set, id);
    if (way == level->ways)
        return false;
    if (level->ranks) {
        cck_sparse_remove(level, set, way);
        return true;
    }
    if (level->orders)
        level->orders[set] = cck_order_to_last(level->orders[set], level->ways, way);
    uint32_t *tags = level->tags + set * level->stride;
    /* Where tags are in the order of their use the hole goes to the end. */
    uint32_t after = level->orders || level->trees ? 0 : level->ways - 1 - way;
    memmove(tags + way, tags + way + 1, after * sizeof *tags);
    tags[way + after] = 0;
    if (level->notes)
        level->notes[set * level->stride + way] = 0;
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
    uint32_t *tags = level->tags + set * level->stride, way = way_of(tags, level->ways, id);
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
