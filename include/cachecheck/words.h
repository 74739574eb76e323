/* SPDX-License-Identifier: MIT */
#ifndef CACHECHECK_WORDS_H
#define CACHECHECK_WORDS_H

#include <cachecheck/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * "Did you mean": the candidate nearest to a mistyped word, or NULL when none is
 * near. `candidates` is ended by NULL; the answer is one of its pointers.
 */
CCK_API const char *cck_nearest_word(const char *word, const char *const *candidates);

#ifdef __cplusplus
}
#endif
#endif
