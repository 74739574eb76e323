/* SPDX-License-Identifier: MIT */
/* Names that are two sides of one thing. */
#include <string.h>

#include "layouts/words_internal.h"

/* A word of the table in a name. */
typedef struct found {
    const cck_word_entry *entry;
    uint64_t rest; /* hash of the name without it */
} found;

/* A name, and the words in it that are sides of pairs. */
typedef struct sided {
    cck_word_parts parts;
    const cck_word_entry *words[CCK_WORD_PARTS]; /* of each part alone; NULL: none */
    found sides[CCK_WORD_PARTS];
    size_t count;
} sided;

static uint64_t rest_of(const cck_word_parts *parts, size_t first, size_t count)
{
    uint64_t rest = first;
    for (size_t i = 0; i < parts->count; i++)
        if (i < first || i >= first + count)
            rest = rest * 31 + parts->sum[i];
    return rest;
}

/* Where a word is in a name twice the first counts. */
static void add_side(sided *name, const cck_word_entry *entry, size_t first, size_t count)
{
    for (size_t i = 0; i < name->count; i++)
        if (name->sides[i].entry == entry)
            return;
    if (name->count < CCK_WORD_PARTS)
        name->sides[name->count++] = (found){entry, rest_of(&name->parts, first, count)};
}

static void find_sides(const cck_words *words, const char *text, sided *name)
{
    name->count = 0;
    cck_word_take_apart(text, &name->parts);
    for (size_t first = 0; first < name->parts.count; first++) {
        uint64_t sum = name->parts.sum[first];
        size_t most = cck_word_most(words, &name->parts, first);
        name->words[first] = NULL;
        for (size_t count = 1; count <= most && first + count <= name->parts.count; count++) {
            if (count > 1)
                sum = cck_word_join(sum, &name->parts, first + count - 1);
            const cck_word_entry *entry =
                cck_word_entry_find(words, &name->parts, first, count, sum);
            if (!entry || !(entry->one | entry->other))
                continue;
            if (count == 1)
                name->words[first] = entry;
            add_side(name, entry, first, count);
        }
    }
}

static uint64_t first_bit(uint64_t bits)
{
    return bits & -bits;
}

/* The pairs that two words are the sides of. */
static uint64_t pairs_of(const cck_word_entry *one, const cck_word_entry *other)
{
    return one && other ? (one->one & other->other) | (one->other & other->one) : 0;
}

static cck_pair_strength strength_of(const cck_words *words, uint64_t pairs)
{
    for (cck_pair_strength at = CCK_PAIR_SIDE; pairs && at <= CCK_PAIR_STRONG; at++)
        if (words->pairs[at] & first_bit(pairs))
            return at;
    return CCK_PAIR_NONE;
}

/* Part by part: each is alike or of two sides, "p_head" and "c_tail". */
static cck_pair_strength pair_by_parts(const cck_words *words, const sided *a, const sided *b)
{
    cck_pair_strength best = CCK_PAIR_NONE;
    for (size_t i = 0; a->parts.count == b->parts.count && i < a->parts.count; i++) {
        if (a->parts.sum[i] == b->parts.sum[i])
            continue;
        cck_pair_strength one = strength_of(words, pairs_of(a->words[i], b->words[i]));
        if (one == CCK_PAIR_NONE)
            return CCK_PAIR_NONE;
        best = one > best ? one : best;
    }
    return best;
}

/* A part that both have says that they are of one side: a word that tells it by itself. */
static bool of_one_side(const cck_words *words, const sided *a, const sided *b)
{
    uint64_t telling = words->pairs[CCK_PAIR_STRONG] | words->pairs[CCK_PAIR_SIDE];
    for (size_t i = 0; i < a->parts.count && i < b->parts.count; i++)
        if (a->words[i] && a->words[i] == b->words[i] &&
            ((a->words[i]->one | a->words[i]->other) & telling))
            return true;
    return false;
}

/* Two names that are alike but for the words of a pair. */
static cck_pair_strength pair_by_rest(const cck_words *words, const sided *a, const sided *b)
{
    cck_pair_strength best = CCK_PAIR_NONE;
    uint64_t wanted = words->pairs[CCK_PAIR_RING] | words->pairs[CCK_PAIR_STRONG];
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++) {
            uint64_t pairs = pairs_of(a->sides[i].entry, b->sides[j].entry) & wanted;
            if (!pairs || a->sides[i].rest != b->sides[j].rest)
                continue;
            for (; pairs; pairs &= pairs - 1) {
                cck_pair_strength one = strength_of(words, pairs);
                best = one > best ? one : best;
            }
        }
    return best;
}

static void sides_of(const cck_words *words, const char *text, uint64_t *one, uint64_t *other)
{
    uint64_t sum = cck_word_hash_name(text);
    cck_side_memo *memo = &words->side_memos[sum >> 32 & (CCK_WORD_SIDE_MEMOS - 1)];
    *one = cck_memo_get(&memo->one);
    *other = cck_memo_get(&memo->other);
    if ((cck_memo_get(&memo->check) ^ *one ^ *other) == sum)
        return;
    sided name;
    find_sides(words, text, &name);
    *one = *other = 0;
    for (size_t i = 0; i < name.count; i++) {
        *one |= name.sides[i].entry->one;
        *other |= name.sides[i].entry->other;
    }
    cck_memo_set(&memo->one, *one);
    cck_memo_set(&memo->other, *other);
    cck_memo_set(&memo->check, sum ^ *one ^ *other);
}

/* Two words of one side, mostly: "head" and "head". */
static bool may_pair(const cck_words *words, const char *a, const char *b)
{
    uint64_t one[2], other[2];
    sides_of(words, a, &one[0], &other[0]);
    sides_of(words, b, &one[1], &other[1]);
    return (one[0] & other[1]) | (other[0] & one[1]);
}

/* "producer" and "consumer_tail": both begin with a side that tells it by itself, and all else in
 * them is what sides count by. */
static cck_pair_strength pair_by_start(const cck_words *words, const sided *a, const sided *b)
{
    const sided *const names[] = {a, b};
    if (!a->parts.count || !b->parts.count ||
        strength_of(words, pairs_of(a->words[0], b->words[0])) != CCK_PAIR_STRONG)
        return CCK_PAIR_NONE;
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 1; i < names[n]->parts.count; i++) {
            const cck_word_entry *entry =
                cck_word_entry_find(words, &names[n]->parts, i, 1, names[n]->parts.sum[i]);
            if (!entry || !(entry->kinds & CCK_WORD_WRITTEN))
                return CCK_PAIR_NONE;
        }
    return CCK_PAIR_STRONG;
}

/* The last name of "ns::Outer<T>::Consumer<U>", without what it is made with. */
static const char *last_name(const char *name, char *room, size_t size)
{
    const char *start = name, *end = NULL;
    unsigned depth = 0;
    for (const char *at = name; *at; at++) {
        if (*at == '<' && !depth++)
            end = at;
        depth -= *at == '>' && depth;
        if (!depth && (at[0] == ' ' || (at[0] == ':' && at[1] == ':'))) {
            start = at[0] == ' ' ? at + 1 : at + 2;
            end = NULL;
        }
    }
    size_t length = end && end > start ? (size_t)(end - start) : strlen(start);
    length = length < size ? length : size - 1;
    memcpy(room, start, length);
    room[length] = '\0';
    return room;
}

bool cck_words_one_side(const cck_words *words, const char *name)
{
    char room[128];
    sided sides;
    uint64_t one = 0, other = 0;
    find_sides(words, last_name(name, room, sizeof room), &sides);
    for (size_t i = 0; i < sides.count; i++) {
        one |= sides.sides[i].entry->one;
        other |= sides.sides[i].entry->other;
    }
    uint64_t strong = words->pairs[CCK_PAIR_STRONG];
    return ((one | other) & strong) && !(one & other & strong);
}

cck_pair_strength cck_words_pair(const cck_words *words, const char *one, const char *other)
{
    sided a, b;
    if (!may_pair(words, one, other))
        return CCK_PAIR_NONE;
    find_sides(words, one, &a);
    find_sides(words, other, &b);
    cck_pair_strength best = pair_by_parts(words, &a, &b);
    cck_pair_strength alike = pair_by_rest(words, &a, &b);
    best = alike > best ? alike : best;
    alike = pair_by_start(words, &a, &b);
    best = alike > best ? alike : best;
    if (best < CCK_PAIR_RING || (best < CCK_PAIR_STRONG && of_one_side(words, &a, &b)))
        return CCK_PAIR_NONE;
    return best;
}
