/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_JSON_WRITER_H
#define CCK_CORE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * A streaming JSON writer: it remembers where it is, never what it wrote. Into
 * memory by open_memstream(). What is written reaches the stream by cck_json_end() only. Errors
 * stay in the stream: check ferror() at the end. Strings are cleaned (bad UTF-8 becomes U+FFFD),
 * numbers know no locale, NaN and infinities become null. Nesting beyond CCK_JSON_DEPTH is a bug of
 * the caller's.
 */
enum { CCK_JSON_DEPTH = 32, CCK_JSON_BUFFER = 4096 };

typedef struct cck_json {
    FILE *out;
    bool pretty; /* a member a line, two spaces a level */
    unsigned depth;
    unsigned inline_at; /* 0, or the depth from which on everything stays on one line */
    uint32_t filled;    /* bit d: the container at depth d has a member */
    bool keyed;         /* a key was written, its value comes next */
    size_t used;        /* of what is still to go to the stream */
    char buffer[CCK_JSON_BUFFER];
} cck_json;

void cck_json_begin(cck_json *json, FILE *out, bool pretty);

void cck_json_object(cck_json *json);
void cck_json_object_end(cck_json *json);
void cck_json_array(cck_json *json);
void cck_json_array_end(cck_json *json);

/** Keep the container that is opened next on one line, with all it holds. */
void cck_json_inline(cck_json *json);

void cck_json_key(cck_json *json, const char *key);

void cck_json_string(cck_json *json, const char *text); /* NULL writes null */
void cck_json_uint(cck_json *json, uint64_t number);
void cck_json_int(cck_json *json, int64_t number);
void cck_json_number(cck_json *json, double number);
void cck_json_bool(cck_json *json, bool truth);
void cck_json_null(cck_json *json);

/** A member at once: its key, then its value. */
void cck_json_put_string(cck_json *json, const char *key, const char *text);
void cck_json_put_uint(cck_json *json, const char *key, uint64_t number);
void cck_json_put_number(cck_json *json, const char *key, double number);
void cck_json_put_bool(cck_json *json, const char *key, bool truth);

/** An address, as a string: "0x7f00". */
void cck_json_address(cck_json *json, uint64_t address);

/** The line's end behind the whole document, which is all in the stream now. */
void cck_json_end(cck_json *json);

#endif
