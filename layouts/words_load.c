/* SPDX-License-Identifier: MIT */
/* The table layouts/use.names, read. */
#include <stdlib.h>
#include <string.h>

#include "layouts/words_internal.h"

static const struct {
    const char *name;
    unsigned kind;
} kinds[] = {
    {"written", CCK_WORD_WRITTEN},
    {"read", CCK_WORD_READ},
    {"bound", CCK_WORD_BOUND},
    {"flag", CCK_WORD_FLAG},
    {"synchronises", CCK_WORD_SYNCHRONISES},
    {"threads", CCK_WORD_THREADS},
    {"owner", CCK_WORD_OWNER},
    {"crowd", CCK_WORD_CROWD},
    {"padding", CCK_WORD_PADDING},
    {"ring", CCK_WORD_RING},
    {"lock", CCK_WORD_LOCK},
    {"reference", CCK_WORD_REFERENCE},
    {"condition", CCK_WORD_CONDITION},
    {"private", CCK_WORD_PRIVATE},
    {"lockless", CCK_WORD_LOCKLESS},
    {"many", CCK_WORD_MANY},
    {"table", CCK_WORD_TABLE},
    {"each", CCK_WORD_EACH},
    {"guard", CCK_WORD_GUARD},
};

static cck_word_entry *add_word(cck_words *words, cck_arena *arena, unsigned kind, const char *word)
{
    cck_word_entry *entry = cck_map_get(&words->kinds, cck_word_hash(word));
    if (entry) {
        entry->kinds |= kind;
        return entry;
    }
    entry = cck_arena_alloc(arena, sizeof *entry);
    if (!entry)
        return NULL;
    *entry = (cck_word_entry){.word = word, .kinds = kind};
    cck_word_note_first(words, word);
    return cck_map_put(&words->kinds, cck_word_hash(word), entry) ? entry : NULL;
}

static cck_pair_strength strength_of(const char *word)
{
    static const char *const strengths[] = {[CCK_PAIR_SIDE] = "side",
                                            [CCK_PAIR_CROSS] = "cross",
                                            [CCK_PAIR_RING] = "ring",
                                            [CCK_PAIR_STRONG] = "strong"};
    for (size_t i = CCK_PAIR_SIDE; i < sizeof strengths / sizeof *strengths; i++)
        if (strcmp(strengths[i], word) == 0)
            return (cck_pair_strength)i;
    return CCK_PAIR_NONE;
}

static bool add_pair(cck_words *words, cck_arena *arena, char *text)
{
    const char *strength = strtok_r(NULL, " ", &text);
    const char *one = strtok_r(NULL, " ", &text);
    const char *other = strtok_r(NULL, " ", &text);
    if (!other || words->pair_count == CCK_WORD_PAIRS)
        return true;
    cck_word_entry *first = add_word(words, arena, CCK_WORD_SIDE, one);
    cck_word_entry *second = add_word(words, arena, CCK_WORD_SIDE, other);
    if (!first || !second)
        return false;
    uint64_t bit = UINT64_C(1) << words->pair_count++;
    words->pairs[strength_of(strength)] |= bit;
    first->one |= bit;
    second->other |= bit;
    return true;
}

static bool take_line(cck_words *words, cck_arena *arena, char *line)
{
    char *rest = NULL, *kind = strtok_r(line, " ", &rest);
    if (!kind || *kind == '#')
        return true;
    if (strcmp(kind, "pair") == 0)
        return add_pair(words, arena, rest);
    if (strcmp(kind, "library") == 0)
        cck_name_list_add(&words->library, rest);
    else if (strcmp(kind, "system") == 0)
        cck_name_list_add(&words->system, rest);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, kind) == 0)
            return add_word(words, arena, kinds[i].kind, rest);
    return true;
}

bool cck_words_load(cck_words *words, cck_arena *arena)
{
    *words = (cck_words){
        .memos = calloc(CCK_WORD_MEMOS, sizeof *words->memos),
        .side_memos = calloc(CCK_WORD_SIDE_MEMOS, sizeof *words->side_memos),
        .library = {.items = cck_arena_array(arena, CCK_WORD_NAMES, sizeof(char *))},
        .system = {.items = cck_arena_array(arena, CCK_WORD_NAMES, sizeof(char *))},
    };
    char *text = cck_arena_strdup(arena, cck_use_names), *rest = NULL;
    if (!words->memos || !words->side_memos || !words->library.items || !words->system.items ||
        !text)
        return false;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (!take_line(words, arena, line))
            return false;
    return true;
}

void cck_words_clear(cck_words *words)
{
    free(words->memos);
    free(words->side_memos);
    cck_map_clear(&words->kinds);
}
