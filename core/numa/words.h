/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NUMA_WORDS_H
#define CCK_CORE_NUMA_WORDS_H

/* Words for the enumerations of placement, in their order, ended by NULL. */
extern const char *const cck_numa_method_words[]; /* "unknown", "sampled", "exact" */
extern const char *const cck_numa_ran_words[];    /* "once", "looks", ... */
extern const char *const cck_numa_kind_words[];   /* "anonymous", "heap", ... */
extern const char *const cck_numa_row_words[];    /* "huge", ..., "total" */

#endif
