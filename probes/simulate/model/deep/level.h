/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_LEVEL_H
#define CCK_SIMULATE_LEVEL_H

#include "../quick.h"

/**
 * One set-associative cache of the model in depth. Unlike cck_lru it holds the
 * numbers of line records (lines.h), tells whom it evicts, and can lose a line to
 * another core. Sets sorted by recency (true LRU), or places and a tree of bits.
 * Number 0 is no line: zeroed memory is an empty cache.
 */
typedef struct cck_level {
    uint32_t ways; /* 0: there is no such cache */
    bool even;     /* the number of sets is a power of two */
    uint64_t sets;
    uint32_t *tags;
    uint32_t *notes; /* what its user knows of each line, moving with its tag; NULL: none */
    uint64_t *trees; /* one word a set; NULL: LRU */
} cck_level;

/** What a use found. SAME: it was the most recently used of its set, nothing changed. */
typedef enum cck_found { CCK_FOUND_NOT, CCK_FOUND, CCK_FOUND_SAME } cck_found;

bool cck_level_init(cck_level *level, const cck_shape *shape, cck_replacement replacement);

/** Have notes, where replacement and ways allow it; 0 for each new line. False: memory is out. */
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

static inline uint64_t cck_level_set(const cck_level *level, uint64_t line)
{
    return level->even ? line & (level->sets - 1) : line % level->sets;
}

static inline bool cck_level_to_front(uint32_t *tags, uint32_t ways, uint32_t id)
{
    if (ways == 8)
        return cck_tags_to_front(tags, 8, id);
    if (ways == 16)
        return cck_tags_to_front(tags, 16, id);
    if (ways % CCK_TAGS == 0)
        return cck_tags_to_front(tags, ways, id);
    CCK_TO_FRONT(tags, ways, id);
}

/** The note of a line that was just used: that of the most recent. NULL: there are none. */
static inline uint32_t *cck_level_note(const cck_level *level, uint64_t line)
{
    return level->notes ? level->notes + cck_level_set(level, line) * level->ways : NULL;
}

/** Use a line; if it was not there it is now, and *out_victim is who had to go (0: nobody). */
static inline cck_found cck_level_use(const cck_level *level, uint64_t line, uint32_t id,
                                      uint32_t *out_victim)
{
    uint64_t set = cck_level_set(level, line);
    if (level->trees)
        return cck_level_use_tree(level, set, id, out_victim);
    uint32_t *tags = level->tags + set * level->ways;
    if (*tags == id)
        return CCK_FOUND_SAME;
    uint32_t last = tags[level->ways - 1];
    if (level->notes ? cck_noted_to_front(tags, level->notes + set * level->ways, level->ways, id)
                     : cck_level_to_front(tags, level->ways, id))
        return CCK_FOUND;
    *out_victim = last;
    return CCK_FOUND_NOT;
}

#endif
