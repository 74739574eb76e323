/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_JSON_TREE_H
#define CCK_CORE_JSON_TREE_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * JSON (RFC 8259) parsed into one array of nodes in the order of the text, which is used again for
 * the next document: results of 100 MB are read within two seconds so, where jansson, which makes
 * an object and a hash table of everything, takes more than that by itself. As strict as jansson:
 * UTF-8 is checked, whole numbers are of 64 bits, keys that come twice and "\u0000" are refused.
 */
typedef enum cck_node_type {
    CCK_NODE_NULL,
    CCK_NODE_FALSE,
    CCK_NODE_TRUE,
    CCK_NODE_INTEGER,
    CCK_NODE_REAL,
    CCK_NODE_STRING,
    CCK_NODE_ARRAY,
    CCK_NODE_OBJECT /* members are two nodes: a string and the value */
} cck_node_type;

typedef struct cck_json_node {
    uint32_t type;
    uint32_t count; /* elements or members; of a string: its hash */
    uint32_t span;  /* nodes that it consists of, itself included */
    uint32_t slot_count; /* of `slots`, a power of two; 0: there are none */
    union {
        const char *text;
        int64_t integer;
        double real;
        uint32_t *slots; /* of an object of many members: how far behind it they are, by hash */
        uint64_t parent; /* while it is open */
    } as;
} cck_json_node;

/** Zero-initialise it. Nodes move while more are read; texts stay until it is reset. */
typedef struct cck_json_tree {
    cck_json_node *nodes;
    size_t count, capacity;
    struct cck_json_block *texts;
    locale_t plain; /* for numbers that need strtod(); 0 not made yet */
} cck_json_tree;

/** Why a text is not JSON. */
typedef struct cck_json_fault {
    char text[64];
    size_t at; /* byte */
    bool no_memory;
} cck_json_fault;

/** Append the value at byte `*at`, behind which that is moved. False with `fault` filled in. */
bool cck_json_tree_value(cck_json_tree *tree, const char *bytes, size_t size, size_t *at,
                         cck_json_fault *fault);

/** An object that is put together by the caller: open it, append a key (a string) and its value,
 *  call cck_json_tree_member(), ..., close it. */
bool cck_json_tree_open(cck_json_tree *tree, cck_json_fault *fault);
void cck_json_tree_member(cck_json_tree *tree);
bool cck_json_tree_close(cck_json_tree *tree, size_t at, cck_json_fault *fault);

/** Forget what was read, but keep the memory; free all of it. */
void cck_json_tree_reset(cck_json_tree *tree);
void cck_json_tree_clear(cck_json_tree *tree);

/* ---- reading; every function takes NULL for a node that is not there ---- */

const cck_json_node *cck_json_root(const cck_json_tree *tree);

bool cck_node_is(const cck_json_node *node, cck_node_type type);
bool cck_node_is_number(const cck_json_node *node);
bool cck_node_is_bool(const cck_json_node *node);

/** The value of a member; NULL if there is none, or that is no object. */
const cck_json_node *cck_node_member(const cck_json_node *object, const char *key);

/** Elements of an array or members of an object; 0 of others. */
size_t cck_node_size(const cck_json_node *node);

/** The first element of an array, and the one behind another. Count them by cck_node_size(). */
const cck_json_node *cck_node_first(const cck_json_node *array);
const cck_json_node *cck_node_next(const cck_json_node *element);

/** NULL if that is no string; 0 if no whole number, or no number. */
const char *cck_node_text(const cck_json_node *node);
int64_t cck_node_integer(const cck_json_node *node);
double cck_node_number(const cck_json_node *node);

#endif
