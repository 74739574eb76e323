/* SPDX-License-Identifier: MIT */
#include "layouts/words.h"

#include <string.h>

#include "layouts/words_internal.h"

#define FNV_PRIME UINT64_C(0x100000001b3) /* FNV-1a */

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

static uint64_t hash_letter(uint64_t sum, char letter)
{
    return (sum ^ (unsigned char)letter) * FNV_PRIME;
}

uint64_t cck_word_hash(const char *word)
{
    uint64_t sum = hash_start;
    for (; *word; word++)
        sum = hash_letter(sum, *word);
    return sum;
}

/* Identifiers are ASCII, and so many that calls of the C library's count. */
static bool is_letter(char byte)
{
    return (unsigned char)((byte | 0x20) - 'a') < 26;
}

static bool is_lower(char byte)
{
    return is_letter(byte) && (byte & 0x20);
}

/* A capital begins a part: "nextSeq" and the last capital of "LWLock". */
static bool begins(const char *at)
{
    return !is_lower(*at) && (is_lower(at[-1]) || is_lower(at[1]));
}

void cck_word_take_apart(const char *name, cck_word_parts *out_parts)
{
    size_t length = 0, count = 0;
    uint64_t sum = hash_start;
    for (const char *at = name;; at++) {
        bool letter = is_letter(*at);
        if (length && (!letter || begins(at))) {
            out_parts->sum[count] = sum;
            out_parts->length[count++] = (uint8_t)length;
            length = 0;
            sum = hash_start;
            if (count == CCK_WORD_PARTS)
                break;
        }
        if (!*at)
            break;
        if (!letter || length == CCK_WORD_PART_LENGTH)
            continue;
        if (!length++)
            out_parts->text[count] = at;
        sum = hash_letter(sum, (char)(*at | 0x20));
    }
    out_parts->count = count;
}

uint64_t cck_word_join(uint64_t sum, const cck_word_parts *parts, size_t next)
{
    sum = hash_letter(sum, '_');
    for (size_t i = 0; i < parts->length[next]; i++)
        sum = hash_letter(sum, (char)(parts->text[next][i] | 0x20));
    return sum;
}

/* The upper half is mixed better than the lower. */
static unsigned bit_of(uint64_t sum)
{
    return (unsigned)(sum >> 32) % (8 * sizeof((cck_words *)NULL)->first);
}

static bool has_bit(const uint8_t *bits, unsigned bit)
{
    return bits[bit / 8] >> bit % 8 & 1;
}

void cck_word_note_first(cck_words *words, const char *word)
{
    cck_word_parts all;
    cck_word_take_apart(word, &all);
    if (!all.count)
        return;
    unsigned bit = bit_of(all.sum[0]);
    words->first[bit / 8] |= (uint8_t)(1u << bit % 8);
    if (all.count > 1)
        words->longer[bit / 8] |= (uint8_t)(1u << bit % 8);
}

size_t cck_word_most(const cck_words *words, const cck_word_parts *parts, size_t first)
{
    unsigned bit = bit_of(parts->sum[first]);
    if (!has_bit(words->first, bit))
        return 0;
    return has_bit(words->longer, bit) ? CCK_WORD_LONGEST : 1;
}

static bool spells(const cck_word_parts *parts, size_t first, size_t count, const char *word)
{
    for (size_t i = first; i < first + count; i++) {
        if (i > first && *word++ != '_')
            return false;
        for (size_t j = 0; j < parts->length[i]; j++)
            if (*word++ != (parts->text[i][j] | 0x20))
                return false;
    }
    return !*word;
}

const cck_word_entry *cck_word_entry_find(const cck_words *words, const cck_word_parts *parts,
                                          size_t first, size_t count, uint64_t sum)
{
    const cck_word_entry *entry = cck_map_get(&words->kinds, sum);
    return entry && spells(parts, first, count, entry->word) ? entry : NULL;
}

/* What each word in it says. "lock_t": the suffix of a typedef says nothing. */
static cck_word_use look(const cck_words *words, const char *name)
{
    cck_word_parts all;
    cck_word_use use = {0};
    cck_word_take_apart(name, &all);
    size_t last = all.count;
    if (last && all.length[last - 1] == 1 && (*all.text[last - 1] | 0x20) == 't')
        last--;
    use.inner = last ? 0 : CCK_WORD_BARE;
    last += last == 0;
    for (size_t first = 0; first < all.count; first++) {
        uint64_t sum = all.sum[first];
        size_t most = cck_word_most(words, &all, first);
        if (most > 1 && first + CCK_WORD_LONGEST > all.count)
            use.inner |= CCK_WORD_OPEN;
        for (size_t count = 1; count <= most && first + count <= all.count; count++) {
            if (count > 1)
                sum = cck_word_join(sum, &all, first + count - 1);
            const cck_word_entry *entry = cck_word_entry_find(words, &all, first, count, sum);
            if (!entry)
                continue;
            unsigned inner = entry->kinds & ~(unsigned)CCK_WORD_LOCK;
            use.inner |= inner;
            use.kinds |= first + count == last ? entry->kinds : inner;
        }
    }
    return use;
}

/* Eight letters at a time: names are asked about far more often than there are names. */
uint64_t cck_word_hash_name(const char *name)
{
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
    size_t length = strlen(name);
    uint64_t sum = length * factor, word = 0;
    for (; length >= sizeof word; length -= sizeof word, name += sizeof word) {
        memcpy(&word, name, sizeof word);
        sum = (sum ^ word) * factor;
        sum ^= sum >> 32;
    }
    word = 0;
    memcpy(&word, name, length);
    sum = (sum ^ word) * factor;
    return (sum ^ sum >> 29) | 1;
}

cck_word_use cck_words_look(const cck_words *words, const char *name)
{
    uint64_t sum = cck_word_hash_name(name);
    cck_word_memo *memo = &words->memos[sum >> 32 & (CCK_WORD_MEMOS - 1)];
    uint64_t uses = cck_memo_get(&memo->uses);
    if ((cck_memo_get(&memo->check) ^ uses) == sum)
        return (cck_word_use){(uint32_t)uses, (uint32_t)(uses >> 32)};
    cck_word_use use = look(words, name);
    uses = (uint64_t)use.inner << 32 | use.kinds;
    cck_memo_set(&memo->uses, uses);
    cck_memo_set(&memo->check, sum ^ uses);
    return use;
}

unsigned cck_words_of(const cck_words *words, const char *name)
{
    return cck_words_look(words, name).kinds;
}

unsigned cck_words_of_path(const cck_words *words, unsigned outer, const char *path,
                           cck_word_use last)
{
    if ((outer & CCK_WORD_OPEN) || (last.inner & CCK_WORD_BARE))
        return look(words, path).kinds;
    return (outer & ~(unsigned)CCK_WORD_BARE) | last.kinds;
}

/* Three letters of a name tell of most that they begin nothing in a list. C has "struct " and
 * "union " before all of them. */
static unsigned start_of(const char *name)
{
    static const char *const words[] = {"struct ", "union "};
    for (size_t i = 0, at; i < sizeof words / sizeof *words; i++) {
        for (at = 0; words[i][at] && name[at] == words[i][at];)
            at++;
        if (!words[i][at]) {
            name += at;
            break;
        }
    }
    unsigned start = (unsigned char)*name;
    for (unsigned i = 1; i < 3 && *name; i++)
        start = start * 31 + (unsigned char)*++name;
    return start % (8 * sizeof((cck_name_list *)NULL)->starts);
}

void cck_name_list_add(cck_name_list *list, const char *name)
{
    if (list->count == CCK_WORD_NAMES)
        return;
    unsigned start = start_of(name);
    list->starts[start / 8] |= (uint8_t)(1u << start % 8);
    list->items[list->count++] = name;
}

static bool starts_with_any(const cck_name_list *list, const char *name)
{
    if (!has_bit(list->starts, start_of(name)))
        return false;
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
