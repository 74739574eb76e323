/* SPDX-License-Identifier: MIT */
#include "core/base/nearest.h"

#include <stdint.h>
#include <string.h>

/* Not tolower(): a Turkish locale has other ideas about 'I'. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* A bit for each kind of character in a text. Their low five bits tell letters apart whatever their
 * case is; that others share a bit makes the bound below lower, never wrong. */
static uint32_t kinds_in(const char *text)
{
    uint32_t kinds = 0;
    for (; *text; text++)
        kinds |= UINT32_C(1) << (*text & 31);
    return kinds;
}

/* No slip takes more than one kind of character away, or brings more than one. */
static unsigned distance_at_least(uint32_t here, uint32_t there)
{
    unsigned gone = (unsigned)__builtin_popcount(here & ~there);
    unsigned come = (unsigned)__builtin_popcount(there & ~here);
    return gone > come ? gone : come;
}

/* Optimal string alignment: Levenshtein's distance with swaps of neighbours.
 * Three rows of the table suffice, and of each what is no further from the diagonal than the limit;
 * where all of two is beyond the limit, so is the rest. Both lengths are at most
 * CCK_NEAREST_LENGTH, and differ by no more than the limit. Beyond the limit: any number that is.
 */
static unsigned distance_within(unsigned limit, const char *a, size_t a_length, const char *b,
                                size_t b_length)
{
    unsigned rows[3][CCK_NEAREST_LENGTH + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    unsigned least_above = 0;

    for (unsigned j = 0; j <= b_length; j++)
        above[j] = before[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        unsigned from = i > limit ? i - limit : 1;
        unsigned to = least(i + limit, (unsigned)b_length);
        unsigned least_here = row[from - 1] = from == 1 ? i : limit + 1;
        for (unsigned j = from; j <= to; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]))
                row[j] = least(row[j], before[j - 2] + 1);
            least_here = least(least_here, row[j]);
        }
        if (to < b_length)
            row[to + 1] = limit + 1; /* the next row looks there */
        if (least_here > limit && least_above > limit)
            return limit + 1;
        least_above = least_here;
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_length];
}

/* A third of the letters, but one slip is forgiven in any word of two or more. */
static unsigned forgiven(size_t length)
{
    return length < 2 ? 0 : (unsigned)(length + 1) / 3;
}

void cck_nearest_offer(cck_nearest_search *search, const char *candidate)
{
    if (!search->length) {
        search->length = strlen(search->word);
        search->kinds = kinds_in(search->word);
    }
    size_t length = search->length, other = strlen(candidate);
    if (length > CCK_NEAREST_LENGTH || other > CCK_NEAREST_LENGTH || !other)
        return;

    unsigned limit =
        search->found[0] ? search->distance - (search->distance > 0) : forgiven(length);
    size_t gap = length > other ? length - other : other - length;
    if (gap > limit || (search->found[0] && search->distance == 0))
        return;
    if (distance_at_least(search->kinds, kinds_in(candidate)) > limit)
        return;
    unsigned distance = distance_within(limit, search->word, length, candidate, other);
    if (distance > limit)
        return;
    search->distance = distance;
    memcpy(search->found, candidate, other + 1);
}

const char *cck_nearest(const char *word, const char *const *candidates, size_t count)
{
    cck_nearest_search search = {.word = word};
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        unsigned distance = search.found[0] ? search.distance : CCK_NEAREST_LENGTH;
        cck_nearest_offer(&search, candidates[i]);
        if (search.found[0] && (!nearest || search.distance < distance))
            nearest = candidates[i];
    }
    return nearest;
}
