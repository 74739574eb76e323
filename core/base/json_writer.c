/* SPDX-License-Identifier: MIT */
#include "core/base/json_writer.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/utf8.h"

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
    putc('\n', json->out);
    for (unsigned i = 0; i < json->depth; i++)
        fputs("  ", json->out);
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
        fputs(on_one_line(json) && json->pretty ? ", " : ",", json->out);
    json->filled |= bit;
    new_line(json);
}

static void open_container(cck_json *json, char bracket)
{
    separate(json);
    putc(bracket, json->out);
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
    putc(bracket, json->out);
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

/* How much can go out as it is: nearly always everything. */
static size_t plain_length(const char *text)
{
    size_t length = 0;
    while (text[length] >= 0x20 && text[length] < 0x7f && text[length] != '"' &&
           text[length] != '\\')
        length++;
    return length;
}

static void write_string(FILE *out, const char *text)
{
    putc('"', out);
    while (*text) {
        size_t plain = plain_length(text);
        fwrite(text, 1, plain, out);
        text += plain;
        if (!*text)
            break;
        uint32_t character;
        size_t bytes = cck_utf8_decode(text, &character);
        write_character(out, text, bytes, character);
        text += bytes;
    }
    putc('"', out);
}

void cck_json_key(cck_json *json, const char *key)
{
    separate(json);
    write_string(json->out, key);
    fputs(json->pretty ? ": " : ":", json->out);
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
    fprintf(json->out, "%" PRIu64, number);
}

void cck_json_int(cck_json *json, int64_t number)
{
    separate(json);
    fprintf(json->out, "%" PRId64, number);
}

void cck_json_number(cck_json *json, double number)
{
    char text[CCK_NUMBER_SIZE];
    cck_number_exact(text, number);
    separate(json);
    fputs(text, json->out);
}

void cck_json_bool(cck_json *json, bool truth)
{
    separate(json);
    fputs(truth ? "true" : "false", json->out);
}

void cck_json_null(cck_json *json)
{
    separate(json);
    fputs("null", json->out);
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
    putc('\n', json->out);
}
