/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_JSON_FIELDS_H
#define CCK_CORE_JSON_FIELDS_H

#include "core/base/json_reader.h"
#include "core/base/json_split.h"
#include "core/base/json_writer.h"

/**
 * Plain records as JSON objects, both ways by one table: what is written is what comes back.
 * Numbers that are not known are left out, for 0 would pass for one; the kind says what a
 * member that is not there stands for.
 */
typedef enum cck_json_kind {
    CCK_JSON_TEXT,         /* const char *; must be there */
    CCK_JSON_TEXT_LATER,   /* of schema 1's later versions: absent is "" */
    CCK_JSON_TEXT_KNOWN,   /* "" (and NULL) is left out */
    CCK_JSON_TEXT_OR_NULL, /* NULL (and "") is left out, and comes back as NULL */
    CCK_JSON_BOOL,         /* bool; absent is false */
    CCK_JSON_BOOL_ELSE,    /* absent is true */
    CCK_JSON_BOOL_TRUE,    /* false is left out */
    CCK_JSON_U32,          /* uint32_t; must be there */
    CCK_JSON_U32_SET,      /* 0 is left out */
    CCK_JSON_INDEX,        /* uint32_t; UINT32_MAX is left out */
    CCK_JSON_U64,          /* uint64_t up to INT64_MAX; must be there */
    CCK_JSON_U64_SET,      /* 0 is left out */
    CCK_JSON_I32,          /* int32_t; absent is 0 */
    CCK_JSON_I32_SET,      /* 0 is left out */
    CCK_JSON_I32_KNOWN,    /* below 0 is left out, and comes back as -1 */
    CCK_JSON_I64,          /* int64_t; absent is 0 */
    CCK_JSON_I64_KNOWN,    /* below 0 is left out, and comes back as -1 */
    CCK_JSON_NUMBER,       /* double; absent is 0 */
    CCK_JSON_NUMBER_KNOWN, /* below 0 is left out, and comes back as -1 */
    CCK_JSON_NUMBER_SET,   /* 0 and below is left out, and comes back as 0 */
    CCK_JSON_ADDRESS,      /* uint64_t as "0x7f00"; must be there */
    CCK_JSON_ADDRESS_SET,  /* 0 is left out */
    CCK_JSON_WORD          /* an enumeration, by its words; must be there */
} cck_json_kind;

typedef struct cck_json_field {
    const char *key; /* NULL ends a table */
    cck_json_kind kind;
    size_t offset;            /* in the record */
    const char *const *words; /* of CCK_JSON_WORD, in the enumeration's order */
} cck_json_field;

/** Members of the object that is open, in the table's order. */
void cck_json_put_fields(cck_json *json, const cck_json_field *fields, const void *record);

/** The same from an object; what is wrong the reader remembers. */
void cck_json_get_fields(cck_json_reader *reader, const cck_json_node *from, const cck_json_field *fields,
                         void *record);

/** "key": {...}, on one line where the writer is told so before. */
void cck_json_put_record(cck_json *json, const char *key, const cck_json_field *fields,
                         const void *record);

/** The object must be there; the record keeps its zeros when it is not. */
void cck_json_get_record(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                         const cck_json_field *fields, void *record);

/** "key": [{...}, ...], an element a line. */
void cck_json_put_records(cck_json *json, const char *key, const cck_json_field *fields,
                          const void *records, size_t count, size_t size);

/** `*out_count` zeroed records of `size` bytes in the reader's arena, filled in. */
void *cck_json_get_records(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                           const cck_json_field *fields, size_t size, size_t *out_count);

/** One record of a list, for those that hold more than a table tells. */
typedef void cck_json_get_one(cck_json_reader *reader, const cck_json_node *from, void *record,
                              void *context);

/** As cck_json_get_records(), each record by a function. */
void *cck_json_get_list(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                        cck_json_get_one *get, void *context, size_t size, size_t *out_count);

/** The same of a list that is read element by element: "key" of the root that was split. */
void *cck_json_get_long(cck_json_reader *reader, const cck_json_node *root, const char *key,
                        cck_json_list *list, cck_json_get_one *get, void *context, size_t size,
                        size_t *out_count);

/** "key": ["...", ...] */
void cck_json_put_strings(cck_json *json, const char *key, const char *const *texts, size_t count);
const char *const *cck_json_get_strings(cck_json_reader *reader, const cck_json_node *parent,
                                        const char *key, size_t *out_count);

#endif
