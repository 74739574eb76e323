/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_RESULT_WORDS_H
#define CCK_CORE_RESULT_WORDS_H

/* The words that stand for enumerations in a saved result. Lists ended by NULL, in
 * the order of the enumeration. */

extern const char *const cck_evidence_words[];
extern const char *const cck_row_words[];
extern const char *const cck_cache_words[];
extern const char *const cck_severity_words[];

/** The word for a number; "" when there is none. */
const char *cck_word_of(const char *const *words, int number);

/** The number of a word, or -1. */
int cck_word_find(const char *const *words, const char *word);

#endif
