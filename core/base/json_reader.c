/* SPDX-License-Identifier: MIT */
#include "core/base/json_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/words.h"

static size_t append(cck_json_reader *reader, const char *format, const char *key, size_t index)
{
    size_t before = reader->place_length, room = sizeof reader->place - before;
    int length = key ? snprintf(reader->place + before, room, format, key)
                     : snprintf(reader->place + before, room, "[%zu]", index);
    if (length > 0)
        reader->place_length += (size_t)length < room ? (size_t)length : room - 1;
    return before;
}

size_t cck_json_enter(cck_json_reader *reader, const char *key)
{
    return append(reader, reader->place_length ? ".%.60s" : "%.60s", key, 0);
}

size_t cck_json_enter_index(cck_json_reader *reader, size_t index)
{
    return append(reader, NULL, NULL, index);
}

void cck_json_leave(cck_json_reader *reader, size_t before)
{
    reader->place_length = before;
    reader->place[before] = '\0';
}

void cck_json_wrong(cck_json_reader *reader, const char *what)
{
    if (!reader->code)
        reader->code = cck_fail(&reader->error, CCK_EFORMAT, "%s: %s",
                                *reader->place ? reader->place : "the document", what);
}

static void wrong_member(cck_json_reader *reader, const char *key, const char *what)
{
    size_t before = cck_json_enter(reader, key);
    cck_json_wrong(reader, what);
    cck_json_leave(reader, before);
}

json_t *cck_json_get_object(cck_json_reader *reader, const json_t *parent, const char *key)
{
    json_t *value = json_object_get(parent, key);
    if (json_is_object(value))
        return value;
    wrong_member(reader, key, "an object expected");
    return NULL;
}

json_t *cck_json_get_array(cck_json_reader *reader, const json_t *parent, const char *key)
{
    json_t *value = json_object_get(parent, key);
    if (json_is_array(value))
        return value;
    wrong_member(reader, key, "an array expected");
    return NULL;
}

const char *cck_json_keep(cck_json_reader *reader, const char *text)
{
    const char *copy = cck_arena_strdup(reader->arena, text);
    if (copy)
        return copy;
    if (!reader->code)
        reader->code = cck_fail(&reader->error, CCK_ENOMEM, "out of memory");
    return "";
}

const char *cck_json_get_string_or(cck_json_reader *reader, const json_t *parent, const char *key,
                                   const char *fallback)
{
    json_t *value = json_object_get(parent, key);
    if (!value)
        return fallback;
    if (json_is_string(value))
        return cck_json_keep(reader, json_string_value(value));
    wrong_member(reader, key, "a string expected");
    return fallback;
}

const char *cck_json_get_string(cck_json_reader *reader, const json_t *parent, const char *key)
{
    if (!json_object_get(parent, key))
        wrong_member(reader, key, "missing");
    return cck_json_get_string_or(reader, parent, key, "");
}

int64_t cck_json_get_int(cck_json_reader *reader, const json_t *parent, const char *key,
                         int64_t fallback, int64_t least, int64_t most)
{
    json_t *value = json_object_get(parent, key);
    if (!value)
        return fallback;
    if (!json_is_integer(value)) {
        wrong_member(reader, key, "a whole number expected");
        return fallback;
    }
    int64_t number = json_integer_value(value);
    if (number >= least && number <= most)
        return number;
    wrong_member(reader, key, "the number is out of range");
    return fallback;
}

uint64_t cck_json_get_uint(cck_json_reader *reader, const json_t *parent, const char *key,
                           uint64_t most)
{
    if (!json_object_get(parent, key))
        wrong_member(reader, key, "missing");
    return (uint64_t)cck_json_get_int(reader, parent, key, 0, 0, (int64_t)most);
}

double cck_json_get_number(cck_json_reader *reader, const json_t *parent, const char *key,
                           double fallback)
{
    json_t *value = json_object_get(parent, key);
    if (!value)
        return fallback;
    if (json_is_number(value) && isfinite(json_number_value(value)))
        return json_number_value(value);
    wrong_member(reader, key, "a number expected");
    return fallback;
}

bool cck_json_get_bool(cck_json_reader *reader, const json_t *parent, const char *key,
                       bool fallback)
{
    json_t *value = json_object_get(parent, key);
    if (!value)
        return fallback;
    if (!json_is_boolean(value))
        wrong_member(reader, key, "true or false expected");
    return json_is_true(value);
}

int cck_json_get_word(cck_json_reader *reader, const json_t *parent, const char *key,
                      const char *const *words)
{
    json_t *value = json_object_get(parent, key);
    int number = json_is_string(value) ? cck_word_find(words, json_string_value(value)) : -1;
    if (number < 0)
        wrong_member(reader, key, "no such word here");
    return number < 0 ? 0 : number;
}
