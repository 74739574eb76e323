/* SPDX-License-Identifier: MIT */
#include "core/base/json_writer.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/utf8.h"

/* A document is one thread's: the stream is not locked for every byte, and short texts, which
 * nearly all are, go byte by byte. */
static void put(FILE *out, char byte)
{
    putc_unlocked(byte, out);
}

static void put_text(FILE *out, const char *text)
{
    while (*text)
        put(out, *text++);
}

void cck_json_begin(cck_json *json, FILE *out, bool pretty)
{
    *json = (cck_json){.out = out, .pretty = pretty};
}

static bool on_one_line(const cck_json *json)
{
    return !json->pretty || (json->inline_at && json->depth >= json->inline_at);
}

static void new_line(cck_json *json)
{
    if (on_one_line(json))
        return;
    put(json->out, '\n');
    for (unsigned i = 0; i < json->depth; i++)
        put_text(json->out, "  ");
}

/* What comes before a key, or before a value that has none. */
static void separate(cck_json *json)
{
    if (json->keyed) {
        json->keyed = false;
        return;
    }
    if (!json->depth)
        return;
    uint32_t bit = UINT32_C(1) << (json->depth - 1);
    if (json->filled & bit)
        put_text(json->out, on_one_line(json) && json->pretty ? ", " : ",");
    json->filled |= bit;
    new_line(json);
}

static void open_container(cck_json *json, char bracket)
{
    separate(json);
    put(json->out, bracket);
    if (json->depth < CCK_JSON_DEPTH)
        json->filled &= ~(UINT32_C(1) << json->depth);
    json->depth++;
}

static void close_container(cck_json *json, char bracket)
{
    bool filled = json->filled & UINT32_C(1) << (json->depth - 1);
    bool line = on_one_line(json);
    json->depth--;
    if (json->inline_at > json->depth)
        json->inline_at = 0;
    if (filled && !line)
        new_line(json);
    put(json->out, bracket);
}

void cck_json_object(cck_json *json)
{
    open_container(json, '{');
}

void cck_json_object_end(cck_json *json)
{
    close_container(json, '}');
}

void cck_json_array(cck_json *json)
{
    open_container(json, '[');
}

void cck_json_array_end(cck_json *json)
{
    close_container(json, ']');
}

void cck_json_inline(cck_json *json)
{
    if (!json->inline_at)
        json->inline_at = json->depth + 1;
}

static void write_character(FILE *out, const char *text, size_t bytes, uint32_t character)
{
    static const char escapes[] = "btn\0fr"; /* 0x08 to 0x0d */
    if (character == '"' || character == '\\') {
        putc('\\', out);
        putc((int)character, out);
    } else if (character >= 0x08 && character <= 0x0d && escapes[character - 0x08]) {
        putc('\\', out);
        putc(escapes[character - 0x08], out);
    } else if (character < 0x20 || character == 0x7f) {
        fprintf(out, "\\u%04" PRIx32, character);
    } else if (character == CCK_UTF8_REPLACEMENT) {
        fputs("\xef\xbf\xbd", out);
    } else {
        fwrite(text, 1, bytes, out);
    }
}

static bool is_plain(char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static void write_string(FILE *out, const char *text)
{
    put(out, '"');
    while (*text) {
        if (is_plain(*text)) {
            put(out, *text++);
            continue;
        }
        uint32_t character;
        size_t bytes = cck_utf8_decode(text, &character);
        write_character(out, text, bytes, character);
        text += bytes;
    }
    put(out, '"');
}

static void write_digits(FILE *out, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        put(out, digits[--count]);
}

void cck_json_key(cck_json *json, const char *key)
{
    separate(json);
    write_string(json->out, key);
    put_text(json->out, json->pretty ? ": " : ":");
    json->keyed = true;
}

void cck_json_string(cck_json *json, const char *text)
{
    if (!text) {
        cck_json_null(json);
        return;
    }
    separate(json);
    write_string(json->out, text);
}

void cck_json_uint(cck_json *json, uint64_t number)
{
    separate(json);
    write_digits(json->out, number);
}

void cck_json_int(cck_json *json, int64_t number)
{
    separate(json);
    if (number < 0)
        put(json->out, '-');
    write_digits(json->out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void cck_json_number(cck_json *json, double number)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_exact(text, number);
    separate(json);
    put_text(json->out, text);
}

void cck_json_bool(cck_json *json, bool truth)
{
    separate(json);
    put_text(json->out, truth ? "true" : "false");
}

void cck_json_null(cck_json *json)
{
    separate(json);
    put_text(json->out, "null");
}

void cck_json_put_string(cck_json *json, const char *key, const char *text)
{
    cck_json_key(json, key);
    cck_json_string(json, text);
}

void cck_json_put_uint(cck_json *json, const char *key, uint64_t number)
{
    cck_json_key(json, key);
    cck_json_uint(json, number);
}

void cck_json_put_number(cck_json *json, const char *key, double number)
{
    cck_json_key(json, key);
    cck_json_number(json, number);
}

void cck_json_put_bool(cck_json *json, const char *key, bool truth)
{
    cck_json_key(json, key);
    cck_json_bool(json, truth);
}

void cck_json_address(cck_json *json, uint64_t address)
{
    separate(json);
    fprintf(json->out, "\"0x%" PRIx64 "\"", address);
}

void cck_json_end(cck_json *json)
{
    put(json->out, '\n');
}
