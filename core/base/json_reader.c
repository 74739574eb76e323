/* SPDX-License-Identifier: MIT */
#include "core/base/json_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/result/words.h"

size_t cck_json_enter(cck_json_reader *reader, const char *key)
{
    size_t before = reader->depth++;
    if (before < CCK_JSON_STEPS)
        reader->steps[before] = (cck_json_step){key, 0};
    return before;
}

size_t cck_json_enter_index(cck_json_reader *reader, size_t index)
{
    size_t before = reader->depth++;
    if (before < CCK_JSON_STEPS)
        reader->steps[before] = (cck_json_step){NULL, index};
    return before;
}

void cck_json_leave(cck_json_reader *reader, size_t before)
{
    reader->depth = before;
}

/* "threads[3].counts.cycles" */
static void put_place(const cck_json_reader *reader, char *place, size_t size)
{
    size_t used = 0, steps = reader->depth < CCK_JSON_STEPS ? reader->depth : CCK_JSON_STEPS;
    for (size_t i = 0; i < steps && used < size; i++) {
        const cck_json_step *step = &reader->steps[i];
        int length = step->key ? snprintf(place + used, size - used, used ? ".%.60s" : "%.60s",
                                          step->key)
                               : snprintf(place + used, size - used, "[%zu]", step->index);
        used += length > 0 ? (size_t)length : 0;
    }
}

void cck_json_wrong(cck_json_reader *reader, const char *what)
{
    char place[256] = "the document";
    if (reader->code)
        return;
    put_place(reader, place, sizeof place);
    reader->code = cck_fail(&reader->error, CCK_EFORMAT, "%s: %s", place, what);
}

void cck_json_wrong_member(cck_json_reader *reader, const char *key, const char *what)
{
    size_t before = cck_json_enter(reader, key);
    cck_json_wrong(reader, what);
    cck_json_leave(reader, before);
}

static void out_of_memory(cck_json_reader *reader)
{
    if (!reader->code)
        reader->code = cck_fail(&reader->error, CCK_ENOMEM, "out of memory");
}

void *cck_json_make(cck_json_reader *reader, size_t count, size_t size)
{
    void *array = cck_arena_array(reader->arena, count, size);
    if (!array)
        out_of_memory(reader);
    return array;
}

const cck_json_node *cck_json_get_object(cck_json_reader *reader, const cck_json_node *parent, const char *key)
{
    const cck_json_node *value = cck_node_member(parent, key);
    if (cck_node_is(value, CCK_NODE_OBJECT))
        return value;
    cck_json_wrong_member(reader, key, "an object expected");
    return NULL;
}

const cck_json_node *cck_json_get_array(cck_json_reader *reader, const cck_json_node *parent, const char *key)
{
    const cck_json_node *value = cck_node_member(parent, key);
    if (cck_node_is(value, CCK_NODE_ARRAY))
        return value;
    cck_json_wrong_member(reader, key, "an array expected");
    return NULL;
}

/* Where a text would be among those kept lately: names, reasons and verdicts repeat from row to
 * row (FNV-1a). */
static size_t slot_of(const char *text)
{
    uint32_t hash = 2166136261U;
    for (const char *at = text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619U;
    return hash % CCK_JSON_KEPT;
}

const char *cck_json_keep(cck_json_reader *reader, const char *text)
{
    const char **kept = &reader->kept[slot_of(text)];
    if (*kept && strcmp(*kept, text) == 0)
        return *kept;
    const char *copy = cck_arena_strdup(reader->arena, text);
    uint32_t number = copy && reader->texts ? cck_intern_put(reader->texts, &copy) : 0;
    if (!copy || number == UINT32_MAX) {
        out_of_memory(reader);
        return "";
    }
    if (reader->texts)
        memcpy(&copy, cck_intern_get(reader->texts, number), sizeof copy);
    *kept = copy;
    return copy;
}

const char *cck_json_get_string_or(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                                   const char *fallback)
{
    const cck_json_node *value = cck_node_member(parent, key);
    if (!value)
        return fallback;
    if (cck_node_is(value, CCK_NODE_STRING))
        return cck_json_keep(reader, cck_node_text(value));
    cck_json_wrong_member(reader, key, "a string expected");
    return fallback;
}

const char *cck_json_get_string(cck_json_reader *reader, const cck_json_node *parent, const char *key)
{
    const char *text = cck_json_get_string_or(reader, parent, key, NULL);
    if (!text)
        cck_json_wrong_member(reader, key, "missing");
    return text ? text : "";
}

static int64_t integer_of(cck_json_reader *reader, const cck_json_node *value, const char *key,
                          int64_t least, int64_t most)
{
    if (!cck_node_is(value, CCK_NODE_INTEGER)) {
        cck_json_wrong_member(reader, key, value ? "a whole number expected" : "missing");
        return 0;
    }
    int64_t number = cck_node_integer(value);
    if (number >= least && number <= most)
        return number;
    cck_json_wrong_member(reader, key, "the number is out of range");
    return 0;
}

int64_t cck_json_get_int(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                         int64_t fallback, int64_t least, int64_t most)
{
    const cck_json_node *value = cck_node_member(parent, key);
    return value ? integer_of(reader, value, key, least, most) : fallback;
}

uint64_t cck_json_get_uint(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                           uint64_t most)
{
    return (uint64_t)integer_of(reader, cck_node_member(parent, key), key, 0, (int64_t)most);
}

double cck_json_get_number(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                           double fallback)
{
    const cck_json_node *value = cck_node_member(parent, key);
    if (!value)
        return fallback;
    if (cck_node_is_number(value) && isfinite(cck_node_number(value)))
        return cck_node_number(value);
    cck_json_wrong_member(reader, key, "a number expected");
    return fallback;
}

bool cck_json_get_bool(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                       bool fallback)
{
    const cck_json_node *value = cck_node_member(parent, key);
    if (!value)
        return fallback;
    if (!cck_node_is_bool(value))
        cck_json_wrong_member(reader, key, "true or false expected");
    return cck_node_is(value, CCK_NODE_TRUE);
}

int cck_json_get_word(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                      const char *const *words)
{
    const cck_json_node *value = cck_node_member(parent, key);
    int number = cck_node_is(value, CCK_NODE_STRING) ? cck_word_find(words, cck_node_text(value)) : -1;
    if (number < 0)
        cck_json_wrong_member(reader, key, "no such word here");
    return number < 0 ? 0 : number;
}
