/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_SELECT_H
#define CCK_LAYOUTS_SELECT_H

#include <cachecheck/layout.h>

#include "layouts/corpus.h"

/** Read all inputs that `options` names into an empty corpus, and sort it. */
int cck_corpus_load(cck_corpus *corpus, const cck_layout_options *options, cck_error *err);

/** Whether a type is one that was asked for (--type, --header). */
bool cck_type_selected(const cck_layout_options *options, const char *name, const char *file);

/**
 * The types of that name: exactly so, else at the end of a qualified name ("Stats" finds
 * "app::Stats"). At most `most` are stored; CCK_ENOTFOUND with the nearest names.
 */
int cck_corpus_find(const cck_corpus *corpus, const char *name, const cck_type **out_types,
                    size_t most, size_t *out_count, cck_error *err);

/** Expand folders to the headers and sources in them, sorted; NULL-ended, in the arena. */
int cck_paths_expand(const char *const *paths, cck_arena *arena, const char ***out_paths,
                     cck_error *err);

#endif
