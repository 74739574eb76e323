/* SPDX-License-Identifier: MIT */
#include <cachecheck/words.h>

#include "core/base/nearest.h"

const char *cck_nearest_word(const char *word, const char *const *candidates)
{
    size_t count = 0;
    while (candidates[count])
        count++;
    return cck_nearest(word, candidates, count);
}
