/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_JSON_SPLIT_H
#define CCK_CORE_JSON_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include <cachecheck/error.h>

#include "core/base/json_tree.h"

/**
 * A JSON object whose long arrays are read an element at a time. A parsed document takes some
 * times the memory of its text; of a result of 100,000 threads nearly all of that are arrays of
 * rows, of which only one is needed at once.
 */
typedef struct cck_json_list {
    struct cck_json_split *split;
    bool there;   /* the member exists and is an array */
    size_t count; /* elements, if all of them are well-formed */
    size_t at;    /* byte of the next element */
} cck_json_list;

enum { CCK_JSON_SPLIT_ARRAYS = 4 };

typedef struct cck_json_split {
    const char *bytes; /* borrowed */
    size_t size;
    cck_json_tree root; /* the object without these arrays, or with what is none in their place */
    cck_json_tree element; /* the one that was read last */
    uint32_t seen; /* bit i: the key of array i was there */
    cck_json_list arrays[CCK_JSON_SPLIT_ARRAYS]; /* in the order they were asked for */
} cck_json_split;

/**
 * Take apart `bytes`; `names` (NULL-ended) are the arrays to be read later. Elements are checked
 * when they are read. The split must stay where it is. CCK_EFORMAT with line and column; keys that come twice are refused.
 */
int cck_json_split_open(cck_json_split *split, const char *bytes, size_t size,
                        const char *const *names, cck_error *err);

/** The next element, until the one behind it is read; or NULL: at the end, or with `err` set to
 *  CCK_EFORMAT (CCK_ENOMEM). */
const cck_json_node *cck_json_list_next(cck_json_list *list, cck_error *err);

void cck_json_split_close(cck_json_split *split);

#endif
