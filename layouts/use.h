/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_USE_H
#define CCK_LAYOUTS_USE_H

#include <cachecheck/result.h>

#include "layouts/annotation.h"
#include "layouts/config.h"
#include "layouts/rule.h"

/**
 * What is known of how fields are used, from all that there is to know it from: a profile,
 * the configuration and comments, the types, the names. Of several the surest counts.
 */
typedef struct cck_use_source {
    const cck_words *words;
    const cck_layout_config *config; /* NULL none */
    cck_annotations *annotations;    /* NULL none */
    const cck_result *profile;       /* NULL none */
    cck_arena *arena;                /* for names of threads */
} cck_use_source;

/** Leaves of one type beyond this are left out. */
enum { CCK_USE_LEAVES = 4096 };

/** Fill `leaves` (room for CCK_USE_LEAVES) with those of a record, by offset; how many. */
size_t cck_use_leaves(const cck_use_source *source, const cck_type *type, cck_leaf *leaves);

/** A global as one leaf: its path is its name. */
cck_leaf cck_use_global(const cck_use_source *source, const cck_corpus_global *global);

/** Judge by profile, configuration, comments; `owner` the label of the record. For use*.c. */
void cck_use_judge(const cck_use_source *source, const char *owner, cck_leaf *leaf);

/** What a comment says of the member that the leaf is within, if nobody says more of the leaf. */
void cck_use_tell(cck_leaf *leaf, unsigned use, const char *writer);

/** Whether there is an atomic, a lock or something volatile anywhere in it. */
bool cck_type_synchronises(const cck_type *type);

/** A record of Go or Rust without an atomic or a lock: that two threads write plain numbers of it
 * would be an error there (The Go Memory Model), so it is a record of facts that is copied. */
bool cck_type_is_copied(const cck_type *type);

/** The type itself is a lock or an atomic, or calls itself so and holds one. */
bool cck_type_is_sync(const cck_words *words, const cck_type *type);

/** A lock that holds what it guards: Rust's Mutex<T>, RwLock<T>. */
bool cck_type_is_locked_data(const cck_words *words, const cck_type *type);

/** An integer, also within wrappers of one member (Cell<usize>). */
bool cck_type_is_integer(const cck_type *type);

/** A record of the language's library: its insides are nobody's business. */
bool cck_type_is_library(const cck_words *words, const cck_type *type);

#endif
