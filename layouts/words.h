/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_WORDS_H
#define CCK_LAYOUTS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/map.h"

/** What the parts of names say about use; data: layouts/use.names, which tells what each means. */
typedef enum cck_word {
    CCK_WORD_WRITTEN = 1,
    CCK_WORD_READ = 2,
    CCK_WORD_BOUND = 4,
    CCK_WORD_FLAG = 8,
    CCK_WORD_SYNCHRONISES = 16,
    CCK_WORD_THREADS = 32,
    CCK_WORD_OWNER = 64,
    CCK_WORD_CROWD = 128,
    CCK_WORD_PADDING = 256,
    CCK_WORD_RING = 512,
    CCK_WORD_LOCK = 1024, /* only of the last part */
    CCK_WORD_REFERENCE = 2048,
    CCK_WORD_CONDITION = 4096,
    CCK_WORD_SIDE = 8192, /* in some pair */
    CCK_WORD_PRIVATE = 16384,
    CCK_WORD_LOCKLESS = 32768,
    CCK_WORD_MANY = 65536,
    CCK_WORD_TABLE = 131072,
    CCK_WORD_EACH = 262144,
    CCK_WORD_GUARD = 524288
} cck_word;

typedef enum cck_pair_strength {
    CCK_PAIR_NONE,
    CCK_PAIR_SIDE,  /* none by itself: only says which side a name belongs to */
    CCK_PAIR_CROSS, /* the same, of names that have two sides each */
    CCK_PAIR_RING,
    CCK_PAIR_STRONG
} cck_pair_strength;

/** A name of a list: the start of library types' names, folders of the system. */
typedef struct cck_name_list {
    const char **items;
    size_t count;
    uint8_t starts[512]; /* a bit by the first letters of each: most names begin otherwise */
} cck_name_list;

typedef struct cck_words {
    cck_map kinds;       /* hash of a word to its cck_word_entry */
    uint8_t first[512];  /* a bit by the hash of a word's first part: most names have none */
    uint8_t longer[512]; /* the same of words of several parts */
    uint64_t pairs[CCK_PAIR_STRONG + 1]; /* a bit each, by strength */
    size_t pair_count;
    struct cck_word_memo *memos; /* of names asked about, by any number of threads */
    struct cck_side_memo *side_memos;
    cck_name_list library, system;
} cck_words;

/** The text of layouts/use.names. */
extern const char cck_use_names[];

/** Read the table; memory is the arena's but for the map. False when memory is out. */
bool cck_words_load(cck_words *words, cck_arena *arena);
void cck_words_clear(cck_words *words);

/** Of names that begin with one of the list; `name` is kept, not copied. */
void cck_name_list_add(cck_name_list *list, const char *name);

/** CCK_WORD_* of all parts of an identifier. */
unsigned cck_words_of(const cck_words *words, const char *name);

/** A name as the last of a path, and as one that others follow. */
typedef struct cck_word_use {
    unsigned kinds, inner;
} cck_word_use;

cck_word_use cck_words_look(const cck_words *words, const char *name);

/** CCK_WORD_* of a whole path "a.b.c" for whoever walked down it: `outer` is `inner` of all that
 * `last` is in, joined by "or". */
unsigned cck_words_of_path(const cck_words *words, unsigned outer, const char *path,
                           cck_word_use last);

/** How well two names are two sides of one thing: "prod_head" and "cons_head", "p_head" and
 * "c_tail"; "p_head" and "p_tail" are not. NONE, RING or STRONG. */
cck_pair_strength cck_words_pair(const cck_words *words, const char *one, const char *other);

/** Whether a type's name tells one side of a pair and not the other: "struct prod", "Consumer<T>";
 * not "ProducerConsumerQueue". */
bool cck_words_one_side(const cck_words *words, const char *name);

/** Whether a qualified name is a library's, or a file the system's. */
bool cck_words_library(const cck_words *words, const char *name);
bool cck_words_system(const cck_words *words, const char *file);

#endif
