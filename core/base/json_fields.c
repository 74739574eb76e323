/* SPDX-License-Identifier: MIT */
#include "core/base/json_fields.h"

#include <stdlib.h>
#include <string.h>

#include "core/result/words.h"

/* A member of a record, whatever its type: enumerations are as wide as an int. */
typedef union member {
    const char *text;
    bool truth;
    uint32_t u32;
    int32_t i32;
    uint64_t u64;
    int64_t i64;
    double number;
} member;

/* How many bytes a member of each kind has. */
static size_t size_of(cck_json_kind kind)
{
    static const unsigned char sizes[] = {
        [CCK_JSON_TEXT] = sizeof(char *),         [CCK_JSON_TEXT_LATER] = sizeof(char *),
        [CCK_JSON_TEXT_KNOWN] = sizeof(char *),   [CCK_JSON_TEXT_OR_NULL] = sizeof(char *),
        [CCK_JSON_BOOL] = sizeof(bool),           [CCK_JSON_BOOL_ELSE] = sizeof(bool),
        [CCK_JSON_BOOL_TRUE] = sizeof(bool),      [CCK_JSON_U32] = 4,
        [CCK_JSON_U32_SET] = 4,                   [CCK_JSON_INDEX] = 4,
        [CCK_JSON_U64] = 8,                       [CCK_JSON_U64_SET] = 8,
        [CCK_JSON_I32] = 4,                       [CCK_JSON_I32_SET] = 4,
        [CCK_JSON_I32_KNOWN] = 4,                 [CCK_JSON_I64] = 8,
        [CCK_JSON_I64_KNOWN] = 8,                 [CCK_JSON_NUMBER] = 8,
        [CCK_JSON_NUMBER_KNOWN] = 8,              [CCK_JSON_NUMBER_SET] = 8,
        [CCK_JSON_ADDRESS] = 8,                   [CCK_JSON_ADDRESS_SET] = 8,
        [CCK_JSON_WORD] = 4,
    };
    return sizes[kind];
}

/* ---- out ---- */

/* Whether nothing is to be written. */
static bool is_left_out(cck_json_kind kind, const member *value)
{
    switch (kind) {
    case CCK_JSON_TEXT_KNOWN:
    case CCK_JSON_TEXT_OR_NULL:
        return !value->text || !*value->text;
    case CCK_JSON_BOOL_TRUE:
        return !value->truth;
    case CCK_JSON_U32_SET:
        return !value->u32;
    case CCK_JSON_INDEX:
        return value->u32 == UINT32_MAX;
    case CCK_JSON_U64_SET:
    case CCK_JSON_ADDRESS_SET:
        return !value->u64;
    case CCK_JSON_I32_SET:
        return !value->i32;
    case CCK_JSON_I32_KNOWN:
        return value->i32 < 0;
    case CCK_JSON_I64_KNOWN:
        return value->i64 < 0;
    case CCK_JSON_NUMBER_KNOWN:
        return value->number < 0;
    case CCK_JSON_NUMBER_SET:
        return !(value->number > 0);
    default:
        return false;
    }
}

static void put_value(cck_json *json, const cck_json_field *field, const member *value)
{
    switch (field->kind) {
    case CCK_JSON_TEXT:
    case CCK_JSON_TEXT_LATER:
    case CCK_JSON_TEXT_KNOWN:
    case CCK_JSON_TEXT_OR_NULL:
        cck_json_string(json, value->text ? value->text : "");
        break;
    case CCK_JSON_BOOL:
    case CCK_JSON_BOOL_ELSE:
    case CCK_JSON_BOOL_TRUE:
        cck_json_bool(json, value->truth);
        break;
    case CCK_JSON_U32:
    case CCK_JSON_U32_SET:
    case CCK_JSON_INDEX:
        cck_json_uint(json, value->u32);
        break;
    case CCK_JSON_U64:
    case CCK_JSON_U64_SET:
        cck_json_uint(json, value->u64);
        break;
    case CCK_JSON_I32:
    case CCK_JSON_I32_SET:
    case CCK_JSON_I32_KNOWN:
        cck_json_int(json, value->i32);
        break;
    case CCK_JSON_I64:
    case CCK_JSON_I64_KNOWN:
        cck_json_int(json, value->i64);
        break;
    case CCK_JSON_NUMBER:
    case CCK_JSON_NUMBER_KNOWN:
    case CCK_JSON_NUMBER_SET:
        cck_json_number(json, value->number);
        break;
    case CCK_JSON_ADDRESS:
    case CCK_JSON_ADDRESS_SET:
        cck_json_address(json, value->u64);
        break;
    case CCK_JSON_WORD:
        cck_json_string(json, cck_word_of(field->words, value->i32));
        break;
    }
}

void cck_json_put_fields(cck_json *json, const cck_json_field *fields, const void *record)
{
    for (const cck_json_field *field = fields; field->key; field++) {
        member value;
        memcpy(&value, (const char *)record + field->offset, size_of(field->kind));
        if (is_left_out(field->kind, &value))
            continue;
        cck_json_key(json, field->key);
        put_value(json, field, &value);
    }
}

void cck_json_put_record(cck_json *json, const char *key, const cck_json_field *fields,
                         const void *record)
{
    cck_json_key(json, key);
    cck_json_object(json);
    cck_json_put_fields(json, fields, record);
    cck_json_object_end(json);
}

void cck_json_put_records(cck_json *json, const char *key, const cck_json_field *fields,
                          const void *records, size_t count, size_t size)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++) {
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_fields(json, fields, (const char *)records + i * size);
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

void cck_json_put_strings(cck_json *json, const char *key, const char *const *texts, size_t count)
{
    cck_json_key(json, key);
    cck_json_array(json);
    for (size_t i = 0; i < count; i++)
        cck_json_string(json, texts[i]);
    cck_json_array_end(json);
}

/* ---- in ---- */

/* "0x7f00": as cck_json_address() writes it. */
static uint64_t get_address(cck_json_reader *reader, const cck_json_node *from, const char *key)
{
    const char *text = cck_node_text(cck_node_member(from, key));
    if (text && strncmp(text, "0x", 2) == 0 && text[2] && strlen(text) <= 18 &&
        strspn(text + 2, "0123456789abcdef") == strlen(text + 2))
        return strtoull(text, NULL, 16);
    cck_json_wrong_member(reader, key, "an address such as \"0x7f00\" expected");
    return 0;
}

static member get_value(cck_json_reader *reader, const cck_json_node *from, const cck_json_field *field)
{
    const char *key = field->key;
    switch (field->kind) {
    case CCK_JSON_TEXT:
        return (member){.text = cck_json_get_string(reader, from, key)};
    case CCK_JSON_TEXT_LATER:
    case CCK_JSON_TEXT_KNOWN:
        return (member){.text = cck_json_get_string_or(reader, from, key, "")};
    case CCK_JSON_TEXT_OR_NULL:
        return (member){.text = cck_json_get_string_or(reader, from, key, NULL)};
    case CCK_JSON_BOOL:
    case CCK_JSON_BOOL_TRUE:
        return (member){.truth = cck_json_get_bool(reader, from, key, false)};
    case CCK_JSON_BOOL_ELSE:
        return (member){.truth = cck_json_get_bool(reader, from, key, true)};
    case CCK_JSON_U32:
        return (member){.u32 = (uint32_t)cck_json_get_uint(reader, from, key, UINT32_MAX)};
    case CCK_JSON_U32_SET:
        return (member){.u32 = (uint32_t)cck_json_get_int(reader, from, key, 0, 0, UINT32_MAX)};
    case CCK_JSON_INDEX:
        return (member){.u32 = (uint32_t)cck_json_get_int(reader, from, key, UINT32_MAX, 0,
                                                          UINT32_MAX - 1)};
    case CCK_JSON_U64:
        return (member){.u64 = cck_json_get_uint(reader, from, key, INT64_MAX)};
    case CCK_JSON_U64_SET:
        return (member){.u64 = (uint64_t)cck_json_get_int(reader, from, key, 0, 0, INT64_MAX)};
    case CCK_JSON_I32:
    case CCK_JSON_I32_SET:
        return (member){
            .i32 = (int32_t)cck_json_get_int(reader, from, key, 0, INT32_MIN, INT32_MAX)};
    case CCK_JSON_I32_KNOWN:
        return (member){.i32 = (int32_t)cck_json_get_int(reader, from, key, -1, 0, INT32_MAX)};
    case CCK_JSON_I64:
        return (member){.i64 = cck_json_get_int(reader, from, key, 0, INT64_MIN, INT64_MAX)};
    case CCK_JSON_I64_KNOWN:
        return (member){.i64 = cck_json_get_int(reader, from, key, -1, 0, INT64_MAX)};
    case CCK_JSON_NUMBER:
    case CCK_JSON_NUMBER_SET:
        return (member){.number = cck_json_get_number(reader, from, key, 0)};
    case CCK_JSON_NUMBER_KNOWN:
        return (member){.number = cck_json_get_number(reader, from, key, -1)};
    case CCK_JSON_ADDRESS_SET:
        if (!cck_node_member(from, key))
            return (member){.u64 = 0};
        return (member){.u64 = get_address(reader, from, key)};
    case CCK_JSON_ADDRESS:
        return (member){.u64 = get_address(reader, from, key)};
    case CCK_JSON_WORD:
        return (member){.i32 = cck_json_get_word(reader, from, key, field->words)};
    }
    return (member){0};
}

void cck_json_get_fields(cck_json_reader *reader, const cck_json_node *from, const cck_json_field *fields,
                         void *record)
{
    for (const cck_json_field *field = fields; field->key; field++) {
        member value = get_value(reader, from, field);
        memcpy((char *)record + field->offset, &value, size_of(field->kind));
    }
}

void cck_json_get_record(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                         const cck_json_field *fields, void *record)
{
    const cck_json_node *from = cck_json_get_object(reader, parent, key);
    size_t before = cck_json_enter(reader, key);
    if (from)
        cck_json_get_fields(reader, from, fields, record);
    cck_json_leave(reader, before);
}

void *cck_json_get_list(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                        cck_json_get_one *get, void *context, size_t size, size_t *out_count)
{
    const cck_json_node *array = cck_json_get_array(reader, parent, key);
    size_t count = cck_node_size(array);
    char *records = cck_json_make(reader, count, size);
    size_t before = cck_json_enter(reader, key);
    const cck_json_node *from = cck_node_first(array);
    for (size_t i = 0; records && i < count && !reader->code; i++) {
        size_t inner = cck_json_enter_index(reader, i);
        get(reader, from, records + i * size, context);
        cck_json_leave(reader, inner);
        from = cck_node_next(from);
    }
    cck_json_leave(reader, before);
    *out_count = records ? count : 0;
    return records;
}

static void get_by_table(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    cck_json_get_fields(reader, from, *(const cck_json_field *const *)context, record);
}

void *cck_json_get_records(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                           const cck_json_field *fields, size_t size, size_t *out_count)
{
    return cck_json_get_list(reader, parent, key, get_by_table, &fields, size, out_count);
}

/* The next element, or NULL: at the end, and after anything that is wrong. */
static const cck_json_node *next_of(cck_json_reader *reader, cck_json_list *list, size_t at)
{
    const cck_json_node *next = at < list->count && !reader->code ? cck_json_list_next(list, &reader->error)
                                                     : NULL;
    if (!next && at < list->count && !reader->code)
        reader->code = CCK_EFORMAT;
    return next;
}

void *cck_json_get_long(cck_json_reader *reader, const cck_json_node *root, const char *key,
                        cck_json_list *list, cck_json_get_one *get, void *context, size_t size,
                        size_t *out_count)
{
    size_t count = 0, before = cck_json_enter(reader, key);
    if (!list->there) {
        cck_json_leave(reader, before);
        cck_json_get_array(reader, root, key); /* says what is wrong */
    }
    char *records = cck_json_make(reader, list->count, size);
    for (const cck_json_node *from; records && (from = next_of(reader, list, count)); count++) {
        size_t inner = cck_json_enter_index(reader, count);
        get(reader, from, records + count * size, context);
        cck_json_leave(reader, inner);
    }
    cck_json_leave(reader, before);
    *out_count = count;
    return records;
}

static void get_text(cck_json_reader *reader, const cck_json_node *from, void *record, void *context)
{
    const char *text = cck_node_text(from);
    (void)context;
    if (!text)
        cck_json_wrong(reader, "strings expected");
    *(const char **)record = cck_json_keep(reader, text ? text : "");
}

const char *const *cck_json_get_strings(cck_json_reader *reader, const cck_json_node *parent,
                                        const char *key, size_t *out_count)
{
    return cck_json_get_list(reader, parent, key, get_text, NULL, sizeof(char *), out_count);
}
