/* SPDX-License-Identifier: MIT */
#include "core/base/json_split.h"

#include <string.h>

#include "core/base/fail.h"

static size_t skip_space(const cck_json_split *split, size_t at)
{
    while (at < split->size && strchr(" \t\r\n", split->bytes[at]) && split->bytes[at])
        at++;
    return at;
}

/* What jansson says of a piece that begins at `base`, in lines and columns of the whole. */
static int fail_at(const cck_json_split *split, size_t base, int line, int column, const char *text,
                   cck_error *err)
{
    int before = 1;
    size_t start = 0;
    for (const char *next; (next = memchr(split->bytes + start, '\n', base - start));
         start = (size_t)(next - split->bytes) + 1)
        before++;
    if (line == 1)
        column += (int)(base - start);
    return cck_fail(err, CCK_EFORMAT, "line %d, column %d: %s", before + line - 1, column, text);
}

/* The value at `*at`, which is moved behind it. */
static json_t *load_value(const cck_json_split *split, size_t *at, cck_error *err)
{
    json_error_t fault;
    json_t *value =
        json_loadb(split->bytes + *at, split->size - *at,
                   JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &fault);
    if (!value)
        fail_at(split, *at, fault.line, fault.column, fault.text, err);
    else
        *at += (size_t)fault.position;
    return value;
}

/* Behind the closing quote of the string that begins at `at`, or the end of the bytes. */
static size_t skip_string(const cck_json_split *split, size_t at)
{
    for (at++; at < split->size; at++) {
        if (split->bytes[at] == '\\')
            at++;
        else if (split->bytes[at] == '"')
            return at + 1;
    }
    return split->size;
}

/* From '[' to behind its ']', counting elements; false when it does not end. */
static bool skip_array(const cck_json_split *split, size_t *at, size_t *out_count)
{
    size_t depth = 0, commas = 0;
    bool filled = false;
    for (size_t i = *at; i < split->size; i++) {
        char byte = split->bytes[i];
        if (byte == '"') {
            filled = true;
            i = skip_string(split, i) - 1;
        } else if (byte == '[' || byte == '{') {
            filled = filled || depth > 0;
            depth++;
        } else if (byte == ']' || byte == '}') {
            if (--depth == 0) {
                *at = i + 1;
                *out_count = filled ? commas + 1 : 0;
                return true;
            }
        } else if (depth == 1) {
            commas += byte == ',';
            filled = filled || !byte || !strchr(" \t\r\n", byte);
        }
    }
    return false;
}

static cck_json_list *array_named(cck_json_split *split, const char *const *names, const char *key)
{
    for (size_t i = 0; i < CCK_JSON_SPLIT_ARRAYS && names[i]; i++)
        if (strcmp(names[i], key) == 0)
            return &split->arrays[i];
    return NULL;
}

/* The value of `key`, into the root or to be read later. */
static int take_member(cck_json_split *split, const char *const *names, const char *key, size_t *at,
                       cck_error *err)
{
    cck_json_list *array = array_named(split, names, key);
    if (json_object_get(split->root, key) || (array && array->there)) {
        char text[128];
        snprintf(text, sizeof text, "duplicate object key near '%.80s'", key);
        return fail_at(split, *at, 1, 0, text, err);
    }
    if (array && *at < split->size && split->bytes[*at] == '[') {
        size_t start = *at;
        if (skip_array(split, at, &array->count)) {
            *array = (cck_json_list){split, true, array->count, start + 1};
            return 0;
        }
    }
    json_t *value = load_value(split, at, err); /* of an array that does not end: says where */
    if (!value)
        return CCK_EFORMAT;
    if (json_object_set_new(split->root, key, value) != 0)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    return 0;
}

static int expect(const cck_json_split *split, size_t *at, char byte, cck_error *err)
{
    char text[32];
    *at = skip_space(split, *at);
    if (*at < split->size && split->bytes[*at] == byte) {
        *at = skip_space(split, *at + 1);
        return 0;
    }
    snprintf(text, sizeof text,
             *at < split->size ? "'%c' expected" : "'%c' expected near end of file", byte);
    return fail_at(split, *at, 1, 0, text, err);
}

static int take_key(cck_json_split *split, const char *const *names, size_t *at, cck_error *err)
{
    size_t start = *at;
    json_t *key = load_value(split, at, err);
    int code = CCK_EFORMAT;
    if (key && !json_is_string(key))
        fail_at(split, start, 1, 0, "string or '}' expected", err);
    else if (key && (code = expect(split, at, ':', err)) == 0)
        code = take_member(split, names, json_string_value(key), at, err);
    json_decref(key);
    return code;
}

static int take_object(cck_json_split *split, const char *const *names, cck_error *err)
{
    size_t at = 0;
    int code = expect(split, &at, '{', err);
    if (!code && at < split->size && split->bytes[at] == '}')
        code = expect(split, &at, '}', err);
    else
        for (char next = ','; !code && next == ',';) {
            code = take_key(split, names, &at, err);
            at = skip_space(split, at);
            next = at < split->size && split->bytes[at] == ',' ? ',' : '}';
            if (!code)
                code = expect(split, &at, next, err);
        }
    if (!code && at < split->size)
        code = fail_at(split, at, 1, 0, "end of file expected", err);
    return code;
}

int cck_json_split_open(cck_json_split *split, const char *bytes, size_t size,
                        const char *const *names, cck_error *err)
{
    *split = (cck_json_split){.bytes = bytes, .size = size, .root = json_object()};
    if (!split->root)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    int code = take_object(split, names, err);
    if (code)
        cck_json_split_close(split);
    return code;
}

json_t *cck_json_list_next(cck_json_list *array, cck_error *err)
{
    const cck_json_split *split = array->split;
    size_t at = skip_space(split, array->at);
    if (at < split->size && split->bytes[at] == ']')
        return NULL;
    json_t *element = load_value(split, &at, err);
    if (!element)
        return NULL;
    at = skip_space(split, at);
    bool last = at < split->size && split->bytes[at] == ']';
    if (!last && (at == split->size || split->bytes[at] != ',')) {
        fail_at(split, at, 1, 0, "']' expected", err);
        json_decref(element);
        return NULL;
    }
    if (!last) {
        at = skip_space(split, at + 1);
        if (at < split->size && split->bytes[at] == ']') {
            fail_at(split, at, 1, 0, "unexpected token near ']'", err);
            json_decref(element);
            return NULL;
        }
    }
    array->at = at;
    return element;
}

void cck_json_split_close(cck_json_split *split)
{
    json_decref(split->root);
    split->root = NULL;
}
