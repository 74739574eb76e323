/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_WORDS_INTERNAL_H
#define CCK_LAYOUTS_WORDS_INTERNAL_H

#include <stdatomic.h>

#include "layouts/words.h"

/** What the files about words share: identifiers taken apart, and the table's entries. */

enum {
    CCK_WORD_PARTS = 16,       /* of one identifier; what is beyond is left out */
    CCK_WORD_PART_LENGTH = 23, /* letters of one part that count */
    CCK_WORD_LONGEST = 3,      /* parts of a word of the table */
    CCK_WORD_PAIRS = 64,       /* bits of the masks below */
    CCK_WORD_NAMES = 128,
    CCK_WORD_MEMOS = 1 << 15,    /* names whose kinds are remembered; a power of two */
    CCK_WORD_SIDE_MEMOS = 1 << 9 /* the same of sides of pairs */
};

/** Beside CCK_WORD_*, of names within paths. */
enum {
    CCK_WORD_OPEN = 1 << 30, /* its end may begin a word that the next name ends */
    CCK_WORD_BARE = 1 << 29  /* no letters: the name before it is the last that says something */
};

/** A word of the table. */
typedef struct cck_word_entry {
    const char *word; /* parts joined by "_" */
    unsigned kinds;
    uint64_t one, other; /* bits of the pairs whose one or other side it is */
} cck_word_entry;

/**
 * Names that were asked about; a hash of 64 bits stands for the name. Threads share the tables
 * without locks: what is checked is the hash combined with the rest by exclusive or, so that an
 * entry that two threads wrote half each fits no name (Hyatt and Mann, "A lockless transposition
 * table", ICGA Journal 25, 2002).
 */
typedef struct cck_word_memo {
    _Atomic uint64_t check;
    _Atomic uint64_t uses; /* a cck_word_use: kinds, and inner from bit 32 */
} cck_word_memo;

/** The pairs that words in a name are one side or the other of. */
typedef struct cck_side_memo {
    _Atomic uint64_t check;
    _Atomic uint64_t one, other;
} cck_side_memo;

/** An identifier taken apart: where its parts are and their hashes. */
typedef struct cck_word_parts {
    const char *text[CCK_WORD_PARTS];
    uint8_t length[CCK_WORD_PARTS];
    uint64_t sum[CCK_WORD_PARTS];
    size_t count;
} cck_word_parts;

void cck_word_take_apart(const char *name, cck_word_parts *out_parts);

/** The entry of `count` parts from `first` joined, whose hash is `sum`; NULL: none, mostly. */
const cck_word_entry *cck_word_entry_find(const cck_words *words, const cck_word_parts *parts,
                                          size_t first, size_t count, uint64_t sum);

/** How many parts a word of the table that begins with that part may have; 0: there is none. */
size_t cck_word_most(const cck_words *words, const cck_word_parts *parts, size_t first);
void cck_word_note_first(cck_words *words, const char *word);

/** Relaxed: what order entries come in does not matter. */
static inline uint64_t cck_memo_get(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void cck_memo_set(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/** Eight letters at a time, and never 0. */
uint64_t cck_word_hash_name(const char *name);

/** The hash of parts joined: of the first, then of "_" and the next, ... */
uint64_t cck_word_hash(const char *word);
uint64_t cck_word_join(uint64_t sum, const cck_word_parts *parts, size_t next);

#endif
