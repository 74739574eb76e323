/* SPDX-License-Identifier: MIT */
#include "core/base/text.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "core/base/utf8.h"

/* Unicode TR #9 "bidi" characters can make a line read other than it is (CVE-2021-42574). */
static bool is_shown(uint32_t character, bool utf8)
{
    if (character < 0x20 || character == 0x7f)
        return false;
    if (character < 0x7f)
        return true;
    return utf8 && character >= 0xa0 && !(character >= 0x202a && character <= 0x202e) &&
           !(character >= 0x2066 && character <= 0x2069) && character != 0x2028 &&
           character != 0x2029;
}

/* One character as it is shown; returns its columns. */
static unsigned next_shown(const char **text, bool utf8, const char **out_bytes, size_t *out_size)
{
    uint32_t character;
    size_t size = cck_utf8_decode(*text, &character);
    bool shown = is_shown(character, utf8);
    *out_bytes = shown ? *text : "?";
    *out_size = shown ? size : 1;
    if (shown && character == CCK_UTF8_REPLACEMENT)
        *out_bytes = "\xef\xbf\xbd", *out_size = 3;
    *text += size;
    return shown ? cck_utf8_character_width(character) : 1;
}

void cck_text_blunt(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        uint32_t character;
        size_t size = cck_utf8_decode(at, &character);
        if (is_shown(character, true) && character != CCK_UTF8_REPLACEMENT) {
            memmove(to, at, size);
            to += size;
        } else {
            *to++ = '?';
        }
        at += size;
    }
    *to = '\0';
}

unsigned cck_text_width(const char *text, bool utf8)
{
    unsigned width = 0;
    const char *bytes;
    size_t size;
    while (*text)
        width += next_shown(&text, utf8, &bytes, &size);
    return width;
}

/* Bytes of one character, as text of XML and HTML: good in content and in quoted attributes. */
static void write_markup(FILE *out, const char *bytes, size_t size)
{
    static const struct {
        char byte;
        const char *entity;
    } entities[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (size_t i = 0; size == 1 && i < sizeof entities / sizeof *entities; i++)
        if (*bytes == entities[i].byte) {
            fputs(entities[i].entity, out);
            return;
        }
    /* XML 1.0 production 2 allows neither U+FFFE nor U+FFFF. */
    bool noncharacter =
        size == 3 && memcmp(bytes, "\xef\xbf", 2) == 0 && (unsigned char)bytes[2] >= 0xbe;
    if (noncharacter)
        putc('?', out);
    else
        fwrite(bytes, 1, size, out);
}

static unsigned write_text(FILE *out, const char *text, unsigned width, bool utf8, bool markup)
{
    unsigned whole = cck_text_width(text, utf8), column = 0;
    const char *ellipsis = utf8 ? "\xe2\x80\xa6" : "~";
    unsigned room = whole <= width ? width : width ? width - 1 : 0;
    while (*text) {
        const char *bytes;
        size_t size;
        unsigned columns = next_shown(&text, utf8, &bytes, &size);
        if (column + columns > room)
            break;
        if (markup)
            write_markup(out, bytes, size);
        else
            fwrite(bytes, 1, size, out);
        column += columns;
    }
    if (whole > width && width) {
        fputs(ellipsis, out);
        column++;
    }
    return column;
}

unsigned cck_text_write(FILE *out, const char *text, unsigned width, bool utf8)
{
    return write_text(out, text, width, utf8, false);
}

unsigned cck_text_write_markup(FILE *out, const char *text, unsigned width)
{
    return write_text(out, text, width, true, true);
}

void cck_text_wrap(FILE *out, const char *text, unsigned column, unsigned indent, unsigned width,
                   bool utf8)
{
    bool fresh = true; /* nothing of ours is on this line yet */
    while (*text) {
        size_t space = strspn(text, " ");
        text += space;
        size_t length = strcspn(text, " ");
        char word[512];
        size_t kept = length < sizeof word - 1 ? length : sizeof word - 1;
        memcpy(word, text, kept);
        word[kept] = '\0';
        text += kept;
        if (!kept)
            break;
        unsigned columns = cck_text_width(word, utf8);
        if (!fresh && column + 1 + columns > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!fresh) {
            putc(' ', out);
            column++;
        }
        column += cck_text_write(out, word, UINT_MAX, utf8);
        fresh = false;
    }
    putc('\n', out);
}

static void write_argument(FILE *out, const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_@%+=:,./-";
    if (*argument && strspn(argument, plain) == strlen(argument)) {
        fputs(argument, out);
        return;
    }
    putc('\'', out);
    for (; *argument; argument++)
        if (*argument == '\'')
            fputs("'\\''", out);
        else
            putc(*argument, out);
    putc('\'', out);
}

void cck_text_command(FILE *out, const char *const *argv, size_t argc)
{
    for (size_t i = 0; i < argc; i++) {
        if (i)
            putc(' ', out);
        write_argument(out, argv[i]);
    }
}
