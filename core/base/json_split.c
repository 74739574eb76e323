/* SPDX-License-Identifier: MIT */
#include "core/base/json_split.h"

#include <stdio.h>
#include <string.h>

#include "core/base/fail.h"

static size_t skip_space(const cck_json_split *split, size_t at)
{
    while (at < split->size && strchr(" \t\r\n", split->bytes[at]) && split->bytes[at])
        at++;
    return at;
}

/* What is wrong at a byte, by line and column. */
static int fail_at(const cck_json_split *split, size_t at, const char *text, cck_error *err)
{
    size_t line = 1, start = 0;
    for (const char *next; (next = memchr(split->bytes + start, '\n', at - start));
         start = (size_t)(next - split->bytes) + 1)
        line++;
    return cck_fail(err, CCK_EFORMAT, "line %zu, column %zu: %s", line, at - start + 1, text);
}

static int fail_by(const cck_json_split *split, const cck_json_fault *fault, cck_error *err)
{
    return fault->no_memory ? cck_fail(err, CCK_ENOMEM, "out of memory")
                            : fail_at(split, fault->at, fault->text, err);
}

/* The value at `*at`, which is moved behind it. */
static int take_value(cck_json_split *split, cck_json_tree *tree, size_t *at, cck_error *err)
{
    cck_json_fault fault;
    return cck_json_tree_value(tree, split->bytes, split->size, at, &fault)
               ? 0
               : fail_by(split, &fault, err);
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

/* A list that is to be read later: its key goes out of the root again. */
static int take_list(cck_json_split *split, cck_json_list *list, size_t *at, cck_error *err)
{
    size_t start = *at, count;
    if (!skip_array(split, at, &count))
        return take_value(split, &split->root, at, err); /* says where it does not end */
    split->root.count--;
    *list = (cck_json_list){split, true, count, start + 1};
    return 0;
}

/* The value of the key that was read last, into the root or to be read later. */
static int take_member(cck_json_split *split, const char *const *names, size_t *at, cck_error *err)
{
    const char *key = split->root.nodes[split->root.count - 1].as.text;
    cck_json_list *list = array_named(split, names, key);
    if (list && list->there)
        return fail_at(split, *at, "duplicate object key", err);
    bool later = list && *at < split->size && split->bytes[*at] == '[';
    if (list && (split->seen & UINT32_C(1) << (list - split->arrays)))
        return fail_at(split, *at, "duplicate object key", err);
    if (list)
        split->seen |= UINT32_C(1) << (list - split->arrays);
    int code = later ? take_list(split, list, at, err) : take_value(split, &split->root, at, err);
    if (code == 0 && !(list && list->there))
        cck_json_tree_member(&split->root);
    return code;
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
    return fail_at(split, *at, text, err);
}

static int take_key(cck_json_split *split, const char *const *names, size_t *at, cck_error *err)
{
    if (*at >= split->size || split->bytes[*at] != '"')
        return fail_at(split, *at, "string or '}' expected", err);
    int code = take_value(split, &split->root, at, err);
    if (code == 0)
        code = expect(split, at, ':', err);
    return code ? code : take_member(split, names, at, err);
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
        code = fail_at(split, at, "end of file expected", err);
    cck_json_fault fault = {0};
    if (!code && !cck_json_tree_close(&split->root, at, &fault))
        code = fail_by(split, &fault, err);
    return code;
}

int cck_json_split_open(cck_json_split *split, const char *bytes, size_t size,
                        const char *const *names, cck_error *err)
{
    cck_json_fault fault = {0};
    *split = (cck_json_split){.bytes = bytes, .size = size};
    int code = cck_json_tree_open(&split->root, &fault) ? take_object(split, names, err)
                                                        : fail_by(split, &fault, err);
    if (code)
        cck_json_split_close(split);
    return code;
}

/* Behind an element: a comma and another one, or the end. */
static int end_element(cck_json_split *split, size_t *at, cck_error *err)
{
    *at = skip_space(split, *at);
    if (*at < split->size && split->bytes[*at] == ']')
        return 0;
    if (*at == split->size || split->bytes[*at] != ',')
        return fail_at(split, *at, "']' expected", err);
    *at = skip_space(split, *at + 1);
    return *at < split->size && split->bytes[*at] == ']'
               ? fail_at(split, *at, "unexpected token near ']'", err)
               : 0;
}

const cck_json_node *cck_json_list_next(cck_json_list *list, cck_error *err)
{
    cck_json_split *split = list->split;
    size_t at = skip_space(split, list->at);
    if (at < split->size && split->bytes[at] == ']')
        return NULL;
    cck_json_tree_reset(&split->element);
    if (take_value(split, &split->element, &at, err) != 0 || end_element(split, &at, err) != 0)
        return NULL;
    list->at = at;
    return cck_json_root(&split->element);
}

void cck_json_split_close(cck_json_split *split)
{
    cck_json_tree_clear(&split->root);
    cck_json_tree_clear(&split->element);
}
