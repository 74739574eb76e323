/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_JSON_READER_H
#define CCK_CORE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cachecheck/error.h>

#include "core/base/arena.h"
#include "core/base/intern.h"
#include "core/base/json_tree.h"

enum { CCK_JSON_STEPS = 16, CCK_JSON_KEPT = 256 };

/* A member, or an element of an array. */
typedef struct cck_json_step {
    const char *key; /* NULL: an element */
    size_t index;
} cck_json_step;

/**
 * Typed reading of parsed JSON that remembers the first thing that was wrong, with
 * its place ("threads[3].counts.cycles.value: a number expected"). After a failure
 * every getter returns its default, so that one check at the end is enough.
 */
typedef struct cck_json_reader {
    cck_arena *arena; /* strings are copied to */
    int code;         /* 0, or CCK_EFORMAT, CCK_ENOMEM */
    cck_error error;
    size_t depth;                        /* of the place */
    cck_json_step steps[CCK_JSON_STEPS]; /* that lead there: deeper ones are not told */
    const char *kept[CCK_JSON_KEPT];     /* strings of lately, by hash */
    cck_intern *texts; /* NULL, or: equal strings get one pointer, all of them */
} cck_json_reader;

/** Step into a member for messages; returns what cck_json_leave() wants back. Put into words only
 *  when something is wrong there: `key` must live until then. */
size_t cck_json_enter(cck_json_reader *reader, const char *key);
size_t cck_json_enter_index(cck_json_reader *reader, size_t index);
void cck_json_leave(cck_json_reader *reader, size_t before);

/** Remember that something is wrong at the place. */
void cck_json_wrong(cck_json_reader *reader, const char *what);

/** The same of a member of the object at the place. */
void cck_json_wrong_member(cck_json_reader *reader, const char *key, const char *what);

/** Zeroed memory in the arena for `count` records; NULL and a remembered failure when it is out. */
void *cck_json_make(cck_json_reader *reader, size_t count, size_t size);

/** Members that must be there. Getters with `fallback` take an absent member for it. */
const cck_json_node *cck_json_get_object(cck_json_reader *reader, const cck_json_node *parent, const char *key);
const cck_json_node *cck_json_get_array(cck_json_reader *reader, const cck_json_node *parent, const char *key);
const char *cck_json_get_string(cck_json_reader *reader, const cck_json_node *parent, const char *key);
const char *cck_json_get_string_or(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                                   const char *fallback);
uint64_t cck_json_get_uint(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                           uint64_t most);
int64_t cck_json_get_int(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                         int64_t fallback, int64_t least, int64_t most);
double cck_json_get_number(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                           double fallback);
bool cck_json_get_bool(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                       bool fallback);

/** The number of the word at `key` in a list of words. */
int cck_json_get_word(cck_json_reader *reader, const cck_json_node *parent, const char *key,
                      const char *const *words);

/** A copy of a string in the arena, perhaps one that was made before; "" and a remembered failure when memory is out. */
const char *cck_json_keep(cck_json_reader *reader, const char *text);

#endif
