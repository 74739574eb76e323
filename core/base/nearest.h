/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_NEAREST_H
#define CCK_CORE_NEAREST_H

#include <stddef.h>
#include <stdint.h>

/**
 * "Did you mean": the known word nearest to a mistyped one. Case does not count;
 * a wrong, missing, extra or swapped letter costs 1 each.
 */

/** Words longer than this are never suggested for, nor suggested. */
enum { CCK_NEAREST_LENGTH = 79 };

/** A search over candidates that come one by one. */
typedef struct cck_nearest_search {
    const char *word;                   /* borrowed, and the same all the time */
    size_t length;                      /* of it; 0 until the first candidate comes */
    uint32_t kinds;                     /* likewise, of characters in it */
    unsigned distance;                  /* of `found`; meaningless while it is empty */
    char found[CCK_NEAREST_LENGTH + 1]; /* "" while nothing is near enough */
} cck_nearest_search;

/** Take `candidate` into account. Of equally near ones the first stays. */
void cck_nearest_offer(cck_nearest_search *search, const char *candidate);

/**
 * The candidate nearest to `word`, or NULL when none is near enough to be worth
 * a suggestion (more than about a third of the letters differ).
 */
const char *cck_nearest(const char *word, const char *const *candidates, size_t count);

#endif
