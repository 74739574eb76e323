/* SPDX-License-Identifier: MIT */
#include "core/result/words.h"

#include <stddef.h>
#include <string.h>

const char *const cck_evidence_words[] = {"measured", "watched", "simulated", "static", NULL};
const char *const cck_row_words[] = {"thread", "process", "core", "node", "rest", NULL};
const char *const cck_cache_words[] = {"unified", "data", "instruction", NULL};
const char *const cck_severity_words[] = {"info", "low", "medium", "high", "critical", NULL};

const char *cck_word_of(const char *const *words, int number)
{
    for (int i = 0; words[i]; i++)
        if (i == number)
            return words[i];
    return "";
}

int cck_word_find(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}
