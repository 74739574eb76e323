/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_LEVEL_H
#define CCK_SIMULATE_LEVEL_H

#include "../quick.h"

/**
 * One set-associative cache of the model in depth. Unlike cck_lru it holds the
 * numbers of line records (lines.h), tells whom it evicts, and can lose a line to
 * another core. Number 0 is no line: zeroed memory is an empty cache.
 *
 * True LRU of up to 16 ways: lines stay where they are, and a word a set has the ways in
 * the order of their use (quick.h). Of more: the tags themselves are in that order. Else
 * places and a tree of bits.
 */
typedef struct cck_level {
    uint32_t ways;   /* 0: there is no such cache */
    uint32_t stride; /* tags of a set: ways, and what fills the last vector */
    bool even;       /* the number of sets is a power of two */
    uint64_t sets;
    uint32_t *tags;
    uint32_t *notes;  /* what its user knows of the line beside it; NULL: nothing */
    uint64_t *orders; /* one word a set; NULL: none */
    uint64_t *ranks;  /* instead of orders: this level is sparse (sparse.h), and 0 a new set */
    uint64_t *trees;  /* one word a set; NULL: LRU */
    void *tags_memory, *notes_memory; /* what these two lie in */
} cck_level;

/** What a use found. SAME: it was the most recently used of its set, nothing changed. */
typedef enum cck_found { CCK_FOUND_NOT, CCK_FOUND, CCK_FOUND_SAME } cck_found;

bool cck_level_init(cck_level *level, const cck_shape *shape, cck_replacement replacement);

/** The same, where replacement and ways allow it with less memory for sets that hold few lines. */
bool cck_level_init_sparse(cck_level *level, const cck_shape *shape, cck_replacement replacement);

/** Have notes, where replacement and ways allow it; of a new line: 0. False: memory is out. */
bool cck_level_add_notes(cck_level *level);

bool cck_level_copy(cck_level *level, const cck_level *from);
void cck_level_clear(cck_level *level);
size_t cck_level_bytes(const cck_level *level);

/** Take a line out: true if it was there. Its place is the first to be filled again. */
bool cck_level_remove(const cck_level *level, uint64_t line, uint32_t id);
bool cck_level_has(const cck_level *level, uint64_t line, uint32_t id);

/* The tree: node 1 is the root, children of n are 2n and 2n + 1; a bit that is set sends
 * the next eviction to the right. A use turns each bit on its path away from itself. */
cck_found cck_level_use_tree(const cck_level *level, uint64_t set, uint32_t id,
                             uint32_t *out_victim);

/* See sparse.h. */
cck_found cck_sparse_use(const cck_level *level, uint64_t set, uint32_t id, uint32_t *out_victim);

static inline uint64_t cck_level_set(const cck_level *level, uint64_t line)
{
    return level->even ? line & (level->sets - 1) : line % level->sets;
}

static inline bool cck_level_to_front(uint32_t *tags, uint32_t ways, uint32_t id)
{
    if (ways % CCK_TAGS == 0)
        return cck_tags_to_front(tags, ways, id);
    CCK_TO_FRONT(tags, ways, id);
}

/** The note of a line that was just used: that of the most recent. NULL: there are none. */
static inline uint32_t *cck_level_note(const cck_level *level, uint64_t line)
{
    uint64_t set = cck_level_set(level, line);
    return level->notes ? level->notes + set * level->stride + level->orders[set] % 16 : NULL;
}

/** Put a line that is not there into a set of a level with orders; who had to go, 0: nobody. */
static inline uint32_t cck_level_fill_at(const cck_level *level, uint64_t set, uint32_t id,
                                         size_t *out_at)
{
    uint64_t *order = &level->orders[set];
    uint32_t way = cck_order_last(*order, level->ways);
    size_t at = set * level->stride + way;
    uint32_t victim = level->tags[at];
    *order = cck_order_move(*order, 4 * (level->ways - 1), way);
    level->tags[at] = id;
    *out_at = at;
    return victim;
}

static inline uint32_t cck_level_fill(const cck_level *level, uint64_t set, uint32_t id)
{
    size_t at;
    uint32_t victim = cck_level_fill_at(level, set, id, &at);
    if (level->notes)
        level->notes[at] = 0;
    return victim;
}

/** The same, in a level that has notes. */
static inline uint32_t cck_level_fill_noted(const cck_level *level, uint64_t set, uint32_t id,
                                            uint32_t note)
{
    size_t at;
    uint32_t victim = cck_level_fill_at(level, set, id, &at);
    level->notes[at] = note;
    return victim;
}

/** Use a line if it is there, in a level of 2^n sets with orders. */
static inline bool cck_level_again(const cck_level *level, uint64_t line, uint32_t id)
{
    uint64_t set = line & (level->sets - 1), *order = &level->orders[set];
    uint32_t found =
        cck_tags_find(level->tags + set * level->stride, level->stride, id, UINT32_MAX);
    if (found)
        *order = cck_order_first(*order, (uint32_t)__builtin_ctz(found));
    return found;
}

/** Use a line; if it was not there it is now, and *out_victim is who had to go (0: nobody). */
static inline cck_found cck_level_use(const cck_level *level, uint64_t line, uint32_t id,
                                      uint32_t *out_victim)
{
    uint64_t set = cck_level_set(level, line);
    uint32_t *tags = level->tags + set * level->stride;
    if (level->orders) {
        uint64_t *order = &level->orders[set];
        uint32_t found = cck_tags_find(tags, level->stride, id, UINT32_MAX);
        if (found) {
            uint32_t way = (uint32_t)__builtin_ctz(found);
            if (way == *order % 16)
                return CCK_FOUND_SAME;
            *order = cck_order_first(*order, way);
            return CCK_FOUND;
        }
        *out_victim = cck_level_fill(level, set, id);
        return CCK_FOUND_NOT;
    }
    if (level->ranks)
        return cck_sparse_use(level, set, id, out_victim);
    if (level->trees)
        return cck_level_use_tree(level, set, id, out_victim);
    if (*tags == id)
        return CCK_FOUND_SAME;
    uint32_t last = tags[level->ways - 1];
    if (cck_level_to_front(tags, level->ways, id))
        return CCK_FOUND;
    *out_victim = last;
    return CCK_FOUND_NOT;
}

#endif
