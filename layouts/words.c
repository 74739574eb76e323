/* SPDX-License-Identifier: MIT */
#include "layouts/words.h"

#include <string.h>

enum {
    MOST_PARTS = 16,
    LONGEST_PART = 24,
    LONGEST_WORD = 3, /* parts */
    MOST_PAIRS = 64,
    MOST_NAMES = 64
};

typedef struct cck_word_entry {
    const char *word;
    unsigned kinds;
} cck_word_entry;

typedef struct cck_word_pair {
    const char *one, *other; /* parts joined by "_" */
    cck_pair_strength strength;
} cck_word_pair;

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
};

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

static uint64_t hash_on(uint64_t sum, const char *text)
{
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t hash(const char *text)
{
    return hash_on(hash_start, text);
}

/* An identifier taken apart. */
typedef struct parts {
    char text[MOST_PARTS][LONGEST_PART];
    uint64_t sum[MOST_PARTS]; /* hash() of each */
    size_t count;
} parts;

/* Identifiers are ASCII, and so many that calls of the C library's count. */
static bool is_lower(char letter)
{
    return letter >= 'a' && letter <= 'z';
}

static bool is_upper(char letter)
{
    return letter >= 'A' && letter <= 'Z';
}

static bool begins(const char *name, const char *at)
{
    if (!is_upper(*at) || at == name)
        return false;
    /* "nextSeq" and the last capital of "LWLock". */
    return is_lower(at[-1]) || (is_upper(at[-1]) && is_lower(at[1]));
}

static void take_apart(const char *name, parts *out)
{
    size_t length = 0;
    uint64_t sum = hash_start;
    out->count = 0;
    for (const char *at = name;; at++) {
        bool letter = is_lower(*at) || is_upper(*at);
        if (length && (!letter || begins(name, at))) {
            out->sum[out->count] = sum;
            out->text[out->count++][length] = '\0';
            length = 0;
            sum = hash_start;
            if (out->count == MOST_PARTS)
                return;
        }
        if (!*at)
            return;
        if (letter && length < LONGEST_PART - 1) {
            char lower = (char)(*at | 0x20);
            out->text[out->count][length++] = lower;
            sum = (sum ^ (unsigned char)lower) * UINT64_C(0x100000001b3);
        }
    }
}

/* The upper half is mixed better than the lower. */
static unsigned bit_of(uint64_t sum)
{
    return (unsigned)(sum >> 32) % (8 * sizeof((cck_words *)NULL)->first);
}

static bool may_begin(const cck_words *words, uint64_t sum)
{
    return words->first[bit_of(sum) / 8] >> bit_of(sum) % 8 & 1;
}

static void note_first(cck_words *words, const char *word)
{
    parts all;
    take_apart(word, &all);
    if (all.count)
        words->first[bit_of(all.sum[0]) / 8] |= (uint8_t)(1u << bit_of(all.sum[0]) % 8);
}

/* `count` parts from `first`, joined. */
static void join(const parts *from, size_t first, size_t count,
                 char word[LONGEST_WORD * LONGEST_PART])
{
    size_t length = 0;
    for (size_t i = first; i < first + count; i++) {
        size_t more = strlen(from->text[i]);
        if (length)
            word[length++] = '_';
        memcpy(word + length, from->text[i], more);
        length += more;
    }
    word[length] = '\0';
}

static bool add_word(cck_words *words, cck_arena *arena, unsigned kind, const char *word)
{
    cck_word_entry *entry = cck_map_get(&words->kinds, hash(word));
    if (entry) {
        entry->kinds |= kind;
        return true;
    }
    entry = cck_arena_alloc(arena, sizeof *entry);
    if (!entry)
        return false;
    *entry = (cck_word_entry){word, kind};
    note_first(words, word);
    return cck_map_put(&words->kinds, hash(word), entry);
}

static bool add_name(cck_name_list *list, const char *name)
{
    if (list->count < MOST_NAMES)
        list->items[list->count++] = name;
    return true;
}

static bool add_pair(cck_words *words, cck_arena *arena, char *text)
{
    const char *strength = strtok_r(NULL, " ", &text);
    const char *one = strtok_r(NULL, " ", &text);
    const char *other = strtok_r(NULL, " ", &text);
    cck_word_pair *pairs = (cck_word_pair *)words->pairs;
    if (!other || words->pair_count == MOST_PAIRS)
        return true;
    pairs[words->pair_count++] = (cck_word_pair){
        one, other, strcmp(strength, "strong") == 0 ? CCK_PAIR_STRONG : CCK_PAIR_RING};
    return add_word(words, arena, CCK_WORD_SIDE, one) &&
           add_word(words, arena, CCK_WORD_SIDE, other);
}

static bool take_line(cck_words *words, cck_arena *arena, char *line)
{
    char *rest = NULL, *kind = strtok_r(line, " ", &rest);
    if (!kind || *kind == '#')
        return true;
    if (strcmp(kind, "pair") == 0)
        return add_pair(words, arena, rest);
    if (strcmp(kind, "library") == 0)
        return add_name(&words->library, rest);
    if (strcmp(kind, "system") == 0)
        return add_name(&words->system, rest);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, kind) == 0)
            return add_word(words, arena, kinds[i].kind, rest);
    return true;
}

bool cck_words_load(cck_words *words, cck_arena *arena)
{
    *words = (cck_words){
        .pairs = cck_arena_array(arena, MOST_PAIRS, sizeof(cck_word_pair)),
        .library = {cck_arena_array(arena, MOST_NAMES, sizeof(char *)), 0},
        .system = {cck_arena_array(arena, MOST_NAMES, sizeof(char *)), 0},
    };
    char *text = cck_arena_strdup(arena, cck_use_names), *rest = NULL;
    if (!words->pairs || !words->library.items || !words->system.items || !text)
        return false;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (!take_line(words, arena, line))
            return false;
    return true;
}

void cck_words_clear(cck_words *words)
{
    cck_map_clear(&words->kinds);
}

/* What is known of `count` parts from `first`, whose hash is `sum`: mostly nothing. */
static unsigned kinds_of(const cck_words *words, const parts *all, size_t first, size_t count,
                         uint64_t sum)
{
    char word[LONGEST_WORD * LONGEST_PART];
    const cck_word_entry *entry = cck_map_get(&words->kinds, sum);
    if (!entry)
        return 0;
    join(all, first, count, word);
    return strcmp(entry->word, word) == 0 ? entry->kinds : 0;
}

unsigned cck_words_of(const cck_words *words, const char *name)
{
    parts all;
    unsigned found = 0;
    take_apart(name, &all);
    /* "lock_t": the suffix of a typedef says nothing. */
    size_t last = all.count;
    if (last > 1 && strcmp(all.text[last - 1], "t") == 0)
        last--;
    for (size_t first = 0; first < all.count; first++) {
        uint64_t sum = all.sum[first];
        if (!may_begin(words, sum))
            continue;
        for (size_t count = 1; count <= LONGEST_WORD && first + count <= all.count; count++) {
            if (count > 1)
                sum = hash_on(hash_on(sum, "_"), all.text[first + count - 1]);
            unsigned one = kinds_of(words, &all, first, count, sum);
            found |= first + count == last ? one : one & ~(unsigned)CCK_WORD_LOCK;
        }
    }
    return found;
}

/* How many parts from `first` are the word; 0: it is not there. */
static size_t spelt_at(const parts *name, size_t first, const char *word)
{
    for (size_t count = 0; count < LONGEST_WORD && first + count < name->count; count++) {
        const char *text = name->text[first + count];
        while (*text && *text == *word) {
            text++;
            word++;
        }
        if (*text || (*word && *word != '_'))
            return 0;
        if (!*word++)
            return count + 1;
    }
    return 0;
}

/* Whether `word` is in the name; the hash of the name without it to `*out_rest`. */
static bool without(const parts *name, const char *word, uint64_t *out_rest)
{
    for (size_t first = 0; first < name->count; first++) {
        size_t count = spelt_at(name, first, word);
        if (!count)
            continue;
        *out_rest = first;
        for (size_t i = 0; i < name->count; i++)
            if (i < first || i >= first + count)
                *out_rest = *out_rest * 31 + name->sum[i];
        return true;
    }
    return false;
}

cck_pair_strength cck_words_pair(const cck_words *words, const char *one, const char *other)
{
    parts a, b;
    uint64_t rest_a, rest_b;
    cck_pair_strength best = CCK_PAIR_NONE;
    take_apart(one, &a);
    take_apart(other, &b);
    for (size_t i = 0; i < words->pair_count; i++) {
        const cck_word_pair *pair = &words->pairs[i];
        bool fits = (without(&a, pair->one, &rest_a) && without(&b, pair->other, &rest_b)) ||
                    (without(&a, pair->other, &rest_a) && without(&b, pair->one, &rest_b));
        if (fits && rest_a == rest_b && pair->strength > best)
            best = pair->strength;
    }
    return best;
}

static bool starts_with_any(const cck_name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (*name == *list->items[i] && strncmp(name, list->items[i], strlen(list->items[i])) == 0)
            return true;
    return false;
}

bool cck_words_library(const cck_words *words, const char *name)
{
    return starts_with_any(&words->library, name);
}

bool cck_words_system(const cck_words *words, const char *file)
{
    return starts_with_any(&words->system, file);
}
