/* SPDX-License-Identifier: MIT */
#include "core/base/utf8.h"

#include <stdbool.h>
#include <string.h>

/* Unicode 15, table 3-7: the second byte's range depends on the first. */
size_t cck_utf8_decode(const char *text, uint32_t *out_character)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t more;
    uint32_t character;
    *out_character = CCK_UTF8_REPLACEMENT;
    if (byte[0] < 0x80) {
        *out_character = byte[0];
        return 1;
    }
    if (byte[0] >= 0xc2 && byte[0] <= 0xdf) {
        more = 1, character = byte[0] & 0x1fu;
    } else if ((byte[0] & 0xf0) == 0xe0) {
        more = 2, character = byte[0] & 0x0fu;
        low = byte[0] == 0xe0 ? 0xa0 : 0x80;
        high = byte[0] == 0xed ? 0x9f : 0xbf;
    } else if (byte[0] >= 0xf0 && byte[0] <= 0xf4) {
        more = 3, character = byte[0] & 0x07u;
        low = byte[0] == 0xf0 ? 0x90 : 0x80;
        high = byte[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 1;
    }
    for (size_t i = 1; i <= more; i++) {
        if (byte[i] < low || byte[i] > high)
            return i;
        character = character << 6 | (byte[i] & 0x3fu);
        low = 0x80, high = 0xbf;
    }
    *out_character = character;
    return more + 1;
}

typedef struct range {
    uint32_t first, last;
} range;

/* The blocks of general category Mn/Me and Cf that names really hold. */
static const range zero_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},   {0x064b, 0x065f},
    {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},   {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},   {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* EastAsianWidth.txt, W and F, joined to blocks. */
static const range double_width[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool in_ranges(const range *ranges, size_t count, uint32_t character)
{
    for (size_t i = 0; i < count; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

unsigned cck_utf8_character_width(uint32_t character)
{
    if (character < 0x300)
        return 1;
    if (in_ranges(zero_width, sizeof zero_width / sizeof *zero_width, character))
        return 0;
    return in_ranges(double_width, sizeof double_width / sizeof *double_width, character) ? 2 : 1;
}

char *cck_utf8_clean(cck_arena *arena, const char *text)
{
    size_t size = 1;
    for (const char *at = text; *at; size += 3) {
        uint32_t character;
        size_t bytes = cck_utf8_decode(at, &character);
        at += bytes;
        size += bytes;
    }
    char *clean = cck_arena_alloc(arena, size), *end = clean;
    if (!clean)
        return NULL;
    while (*text) {
        uint32_t character;
        size_t bytes = cck_utf8_decode(text, &character);
        bool damaged = character == CCK_UTF8_REPLACEMENT;
        memcpy(end, damaged ? "\xef\xbf\xbd" : text, damaged ? 3 : bytes);
        end += damaged ? 3 : bytes;
        text += bytes;
    }
    return clean;
}
