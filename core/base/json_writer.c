/* SPDX-License-Identifier: MIT */
#include "core/base/json_writer.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/utf8.h"

/* Texts are short and many: the calls of a stream would cost more than they do. */
static void flush(cck_json *json)
{
    fwrite(json->buffer, 1, json->used, json->out);
    json->used = 0;
}

static void put(cck_json *json, char byte)
{
    if (json->used == sizeof json->buffer)
        flush(json);
    json->buffer[json->used++] = byte;
}

static void put_bytes(cck_json *json, const char *bytes, size_t count)
{
    if (count > sizeof json->buffer - json->used)
        flush(json);
    if (count > sizeof json->buffer) {
        fwrite(bytes, 1, count, json->out);
        return;
    }
    memcpy(json->buffer + json->used, bytes, count);
    json->used += count;
}

static void put_text(cck_json *json, const char *text)
{
    put_bytes(json, text, strlen(text));
}

void cck_json_begin(cck_json *json, FILE *out, bool pretty)
{
    json->out = out;
    json->pretty = pretty;
    json->depth = json->inline_at = json->filled = 0;
    json->keyed = false;
    json->used = 0;
}

static bool on_one_line(const cck_json *json)
{
    return !json->pretty || (json->inline_at && json->depth >= json->inline_at);
}

static void new_line(cck_json *json)
{
    if (on_one_line(json))
        return;
    put(json, '\n');
    for (unsigned i = 0; i < json->depth; i++)
        put_text(json, "  ");
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
        put_text(json, on_one_line(json) && json->pretty ? ", " : ",");
    json->filled |= bit;
    new_line(json);
}

static void open_container(cck_json *json, char bracket)
{
    separate(json);
    put(json, bracket);
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
    put(json, bracket);
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

static void write_character(cck_json *json, const char *text, size_t bytes, uint32_t character)
{
    static const char escapes[] = "btn\0fr"; /* 0x08 to 0x0d */
    char number[sizeof "\\u0000"];
    if (character == '"' || character == '\\') {
        put(json, '\\');
        put(json, (char)character);
    } else if (character >= 0x08 && character <= 0x0d && escapes[character - 0x08]) {
        put(json, '\\');
        put(json, escapes[character - 0x08]);
    } else if (character < 0x20 || character == 0x7f) {
        snprintf(number, sizeof number, "\\u%04" PRIx32, character);
        put_text(json, number);
    } else if (character == CCK_UTF8_REPLACEMENT) {
        put_text(json, "\xef\xbf\xbd");
    } else {
        put_bytes(json, text, bytes);
    }
}

static bool is_plain(char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static void write_string(cck_json *json, const char *text)
{
    put(json, '"');
    while (*text) {
        size_t plain = 0;
        while (is_plain(text[plain]))
            plain++;
        put_bytes(json, text, plain);
        text += plain;
        if (!*text)
            break;
        uint32_t character;
        size_t bytes = cck_utf8_decode(text, &character);
        write_character(json, text, bytes, character);
        text += bytes;
    }
    put(json, '"');
}

static void write_digits(cck_json *json, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        put(json, digits[--count]);
}

void cck_json_key(cck_json *json, const char *key)
{
    separate(json);
    write_string(json, key);
    put_text(json, json->pretty ? ": " : ":");
    json->keyed = true;
}

void cck_json_string(cck_json *json, const char *text)
{
    if (!text) {
        cck_json_null(json);
        return;
    }
    separate(json);
    write_string(json, text);
}

void cck_json_uint(cck_json *json, uint64_t number)
{
    separate(json);
    write_digits(json, number);
}

void cck_json_int(cck_json *json, int64_t number)
{
    separate(json);
    if (number < 0)
        put(json, '-');
    write_digits(json, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void cck_json_number(cck_json *json, double number)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_exact(text, number);
    separate(json);
    put_text(json, text);
}

void cck_json_bool(cck_json *json, bool truth)
{
    separate(json);
    put_text(json, truth ? "true" : "false");
}

void cck_json_null(cck_json *json)
{
    separate(json);
    put_text(json, "null");
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
    char text[sizeof "0x0123456789abcdef"];
    snprintf(text, sizeof text, "0x%" PRIx64, address);
    write_string(json, text);
}

void cck_json_end(cck_json *json)
{
    put(json, '\n');
    flush(json);
}
