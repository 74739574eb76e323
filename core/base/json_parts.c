/* SPDX-License-Identifier: MIT */
#include "core/base/json_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"

/* ---- memory ---- */

enum { BLOCK = 1 << 16 };

struct cck_json_block {
    struct cck_json_block *next;
    size_t used, size;
    _Alignas(8) char bytes[];
};

void *cck_json_room(cck_json_tree *tree, size_t size)
{
    struct cck_json_block *block = tree->texts;
    size = (size + 7) & ~(size_t)7;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK ? size : BLOCK;
        block = size < SIZE_MAX / 2 ? malloc(sizeof *block + room) : NULL;
        if (!block)
            return NULL;
        *block = (struct cck_json_block){.next = tree->texts, .size = room};
        tree->texts = block;
    }
    void *place = block->bytes + block->used;
    block->used += size;
    return place;
}

static void free_blocks(struct cck_json_block *block)
{
    for (struct cck_json_block *next; block; block = next) {
        next = block->next;
        free(block);
    }
}

void cck_json_tree_reset(cck_json_tree *tree)
{
    tree->count = 0;
    if (!tree->texts)
        return;
    free_blocks(tree->texts->next);
    tree->texts->next = NULL;
    tree->texts->used = 0;
}

void cck_json_tree_clear(cck_json_tree *tree)
{
    free_blocks(tree->texts);
    free(tree->nodes);
    if (tree->plain)
        freelocale(tree->plain);
    *tree = (cck_json_tree){0};
}

/* ---- strings ---- */

uint32_t cck_json_hash(const char *text, size_t length)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619U;
    return hash;
}

/* Four hexadecimal digits, or -1. */
static int32_t hexadecimal(const char *text)
{
    int32_t number = 0;
    for (int i = 0; i < 4; i++) {
        char byte = text[i];
        int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        number = number << 4 | digit;
    }
    return number;
}

static char *put_utf8(char *to, uint32_t character)
{
    if (character < 0x80) {
        *to++ = (char)character;
    } else if (character < 0x800) {
        *to++ = (char)(0xc0 | character >> 6);
        *to++ = (char)(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        *to++ = (char)(0xe0 | character >> 12);
        *to++ = (char)(0x80 | (character >> 6 & 0x3f));
        *to++ = (char)(0x80 | (character & 0x3f));
    } else {
        *to++ = (char)(0xf0 | character >> 18);
        *to++ = (char)(0x80 | (character >> 12 & 0x3f));
        *to++ = (char)(0x80 | (character >> 6 & 0x3f));
        *to++ = (char)(0x80 | (character & 0x3f));
    }
    return to;
}

/* "\u0041", with its second half if it is one of a pair; `*from` is behind "\u" and is moved. What
 * is cut off ends in NUL, which is no digit. */
static bool take_unicode(const char **from, char **to)
{
    int32_t first = hexadecimal(*from);
    if (first <= 0 || (first >= 0xdc00 && first <= 0xdfff))
        return false;
    *from += 4;
    if (first >= 0xd800 && first <= 0xdbff) {
        if ((*from)[0] != '\\' || (*from)[1] != 'u')
            return false;
        int32_t second = hexadecimal(*from + 2);
        if (second < 0xdc00 || second > 0xdfff)
            return false;
        *from += 6;
        first = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    }
    *to = put_utf8(*to, (uint32_t)first);
    return true;
}

/* Undo escapes and check the rest, in place: nothing becomes longer. Returns what is wrong. */
static const char *decode(char *text)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *from = text;
    char *to = text;
    while (*from) {
        uint32_t character;
        const char *letter;
        if (*from == '\\') {
            from++;
            if (*from == 'u') {
                from++;
                if (!take_unicode(&from, &to))
                    return "invalid escape";
            } else if (*from && (letter = strchr(letters, *from))) {
                *to++ = meanings[letter - letters];
                from++;
            } else {
                return "invalid escape";
            }
            continue;
        }
        size_t length = cck_utf8_decode(from, &character);
        if (character == CCK_UTF8_REPLACEMENT && strncmp(from, "\xef\xbf\xbd", 3) != 0)
            return "unable to decode: not UTF-8";
        memmove(to, from, length);
        from += length;
        to += length;
    }
    *to = '\0';
    return NULL;
}

bool cck_json_take_string(cck_json_tree *tree, cck_json_node *node, const char *bytes, size_t size,
                          size_t *at, cck_json_fault *fault)
{
    size_t begin = *at + 1, end = begin;
    bool plain = true;
    for (; end < size && bytes[end] != '"'; end++) {
        unsigned char byte = (unsigned char)bytes[end];
        if (byte < 0x20)
            return cck_json_fail(fault, end, "control character in a string");
        plain = plain && byte < 0x80 && byte != '\\';
        end += byte == '\\' && end + 1 < size && (unsigned char)bytes[end + 1] >= 0x20;
    }
    if (end >= size)
        return cck_json_fail(fault, size, "premature end of input");
    char *text = cck_json_room(tree, end - begin + 1);
    if (!text)
        return cck_json_no_memory(fault);
    memcpy(text, bytes + begin, end - begin);
    text[end - begin] = '\0';
    const char *wrong = plain ? NULL : decode(text);
    if (wrong)
        return cck_json_fail(fault, begin, wrong);
    node->as.text = text;
    node->count = cck_json_hash(text, plain ? end - begin : strlen(text));
    *at = end + 1;
    return true;
}

/* ---- numbers ---- */

static bool is_digit(const char *bytes, size_t size, size_t at)
{
    return at < size && bytes[at] >= '0' && bytes[at] <= '9';
}

/* The digits, as far as 64 bits hold them; returns whether they did. */
static bool take_digits(const char *bytes, size_t size, size_t *at, uint64_t *number)
{
    bool fits = true;
    for (; is_digit(bytes, size, *at); ++*at) {
        fits = fits && *number <= (UINT64_MAX - 9) / 10;
        *number = fits ? 10 * *number + (uint64_t)(bytes[*at] - '0') : *number;
    }
    return fits;
}

/* By the C library, which rounds right whatever it is. */
static bool convert(cck_json_tree *tree, const char *bytes, size_t length, double *out)
{
    char *text = cck_json_room(tree, length + 1);
    if (!tree->plain)
        tree->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!text || !tree->plain)
        return false;
    memcpy(text, bytes, length);
    text[length] = '\0';
    *out = strtod_l(text, NULL, tree->plain);
    return true;
}

/* Digits and powers of ten that a double holds exactly, and so one rounding (Clinger 1990). */
static bool convert_short(uint64_t digits, long exponent, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (digits > UINT64_C(1) << 53 || exponent < -22 || exponent > 22)
        return false;
    *out = exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
    return true;
}

/* Behind the whole part. Returns where the number ends, or 0: that is none. */
static size_t skip_fraction(const char *bytes, size_t size, size_t at, uint64_t *digits, bool *fits,
                            long *exponent)
{
    if (at < size && bytes[at] == '.') {
        size_t point = ++at;
        if (!is_digit(bytes, size, at))
            return 0;
        *fits = take_digits(bytes, size, &at, digits) && *fits;
        *exponent = -(long)(at - point);
    }
    if (at < size && (bytes[at] == 'e' || bytes[at] == 'E')) {
        uint64_t power = 0;
        at++;
        bool below = at < size && bytes[at] == '-';
        at += at < size && (bytes[at] == '-' || bytes[at] == '+');
        if (!is_digit(bytes, size, at))
            return 0;
        *fits = take_digits(bytes, size, &at, &power) && power < 100000 && *fits;
        *exponent += below ? -(long)(power % 100000) : (long)(power % 100000);
    }
    return at;
}

bool cck_json_take_number(cck_json_tree *tree, cck_json_node *node, const char *bytes, size_t size,
                          size_t *at, cck_json_fault *fault)
{
    size_t begin = *at, end = begin + (bytes[begin] == '-');
    uint64_t digits = 0;
    long exponent = 0;
    bool negative = end > begin, zero = end < size && bytes[end] == '0';
    if (!is_digit(bytes, size, end))
        return cck_json_fail(fault, begin, "invalid token near '-'");
    bool fits = take_digits(bytes, size, &end, &digits);
    if (zero && end - begin > (size_t)negative + 1)
        return cck_json_fail(fault, begin, "invalid token: a number begins with 0");
    size_t whole = end;
    end = skip_fraction(bytes, size, end, &digits, &fits, &exponent);
    if (!end)
        return cck_json_fail(fault, begin, "invalid token: a digit expected in a number");
    *at = end;
    if (end == whole) {
        if (!fits || digits > (uint64_t)INT64_MAX + negative)
            return cck_json_fail(fault, begin, negative ? "too big negative integer"
                                                        : "too big integer");
        node->as.integer = (int64_t)(negative ? 0 - digits : digits);
        return true;
    }
    node->type = CCK_NODE_REAL;
    if (fits && convert_short(digits, exponent, &node->as.real))
        node->as.real = negative ? -node->as.real : node->as.real;
    else if (!convert(tree, bytes + begin, end - begin, &node->as.real))
        return cck_json_no_memory(fault);
    return isfinite(node->as.real) || cck_json_fail(fault, begin, "real number overflow");
}
