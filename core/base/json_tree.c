/* SPDX-License-Identifier: MIT */
#include "core/base/json_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json_parts.h"

enum {
    FEW = 16,         /* members, up to which looking at each of them is fastest */
    PROBES_MOST = 64, /* more of one hash are made on purpose */
    DEPTH_MOST = 2048 /* as jansson's */
};
#define NONE UINT64_MAX

/* Where reading is. Containers that are open are found by their parents: there is no recursion. */
typedef struct parser {
    cck_json_tree *tree;
    const char *bytes;
    size_t size, at, depth;
    uint64_t top; /* the innermost open container, or NONE */
    cck_json_fault *fault;
} parser;

bool cck_json_fail(cck_json_fault *fault, size_t at, const char *text)
{
    snprintf(fault->text, sizeof fault->text, "%s", text);
    fault->at = at;
    return false;
}

bool cck_json_no_memory(cck_json_fault *fault)
{
    fault->no_memory = true;
    return cck_json_fail(fault, 0, "out of memory");
}

static cck_json_node *add(cck_json_tree *tree, cck_node_type type, cck_json_fault *fault)
{
    if (tree->count == tree->capacity) {
        size_t more = tree->capacity ? 2 * tree->capacity : 256;
        cck_json_node *grown =
            more < UINT32_MAX ? realloc(tree->nodes, more * sizeof *grown) : NULL;
        if (!grown) {
            cck_json_no_memory(fault);
            return NULL;
        }
        tree->nodes = grown;
        tree->capacity = more;
    }
    cck_json_node *node = &tree->nodes[tree->count++];
    *node = (cck_json_node){.type = type, .span = 1};
    return node;
}

/* ---- objects ---- */

static bool same_key(const cck_json_node *a, const cck_json_node *b)
{
    return a->count == b->count && strcmp(a->as.text, b->as.text) == 0;
}

static bool twice(const char *key, size_t at, cck_json_fault *fault)
{
    char text[sizeof fault->text];
    snprintf(text, sizeof text, "duplicate object key near '%.24s'", key);
    return cck_json_fail(fault, at, text);
}

static bool check_few(const cck_json_node *object, size_t at, cck_json_fault *fault)
{
    const cck_json_node *keys[FEW];
    const cck_json_node *key = object + 1;
    for (uint32_t i = 0; i < object->count; i++) {
        keys[i] = key;
        for (uint32_t j = 0; j < i; j++)
            if (same_key(keys[j], key))
                return twice(key->as.text, at, fault);
        key += 1 + key[1].span;
    }
    return true;
}

/* Keys that come twice meet in the table of hashes, which finds members later. */
static bool index_many(cck_json_tree *tree, cck_json_node *object, size_t at,
                       cck_json_fault *fault)
{
    uint32_t count = 4 * FEW;
    while (count < 2 * (size_t)object->count && count < UINT32_C(1) << 31)
        count *= 2;
    uint32_t *slots = cck_json_room(tree, count * sizeof *slots);
    if (!slots)
        return cck_json_no_memory(fault);
    memset(slots, 0, count * sizeof *slots);
    const cck_json_node *key = object + 1;
    for (uint32_t i = 0; i < object->count; i++, key += 1 + key[1].span) {
        uint32_t slot = key->count & (count - 1), probes = 0;
        for (; slots[slot]; slot = (slot + 1) & (count - 1)) {
            if (same_key(object + slots[slot], key))
                return twice(key->as.text, at, fault);
            if (++probes == PROBES_MOST)
                return cck_json_fail(fault, at, "too many keys that are alike");
        }
        slots[slot] = (uint32_t)(key - object);
    }
    object->as.slots = slots;
    object->slot_count = count;
    return true;
}

/* A container is whole. */
static bool finish(cck_json_tree *tree, cck_json_node *container, size_t at, cck_json_fault *fault)
{
    container->span = (uint32_t)(tree->count - (size_t)(container - tree->nodes));
    container->as.parent = 0;
    if (container->type != CCK_NODE_OBJECT)
        return true;
    return container->count <= FEW ? check_few(container, at, fault)
                                   : index_many(tree, container, at, fault);
}

bool cck_json_tree_open(cck_json_tree *tree, cck_json_fault *fault)
{
    return add(tree, CCK_NODE_OBJECT, fault) != NULL;
}

void cck_json_tree_member(cck_json_tree *tree)
{
    tree->nodes[0].count++;
}

bool cck_json_tree_close(cck_json_tree *tree, size_t at, cck_json_fault *fault)
{
    return finish(tree, &tree->nodes[0], at, fault);
}

/* ---- values ---- */

static void skip_space(parser *p)
{
    while (p->at < p->size && (p->bytes[p->at] == ' ' || p->bytes[p->at] == '\n' ||
                               p->bytes[p->at] == '\t' || p->bytes[p->at] == '\r'))
        p->at++;
}

static bool unexpected(parser *p)
{
    char text[sizeof p->fault->text];
    if (p->at >= p->size)
        return cck_json_fail(p->fault, p->size, "unexpected end of file");
    char byte = p->bytes[p->at];
    bool shown = byte > ' ' && byte < 0x7f;
    snprintf(text, sizeof text, shown ? "unexpected token near '%c'" : "unexpected byte 0x%02x",
             shown ? byte : (unsigned char)byte);
    return cck_json_fail(p->fault, p->at, text);
}

static bool open_container(parser *p, cck_node_type type)
{
    if (++p->depth > DEPTH_MOST)
        return cck_json_fail(p->fault, p->at, "nested too deeply");
    cck_json_node *node = add(p->tree, type, p->fault);
    if (!node)
        return false;
    node->as.parent = p->top;
    p->top = p->tree->count - 1;
    p->at++;
    return true;
}

static bool close_container(parser *p)
{
    cck_json_node *container = &p->tree->nodes[p->top];
    p->top = container->as.parent;
    p->depth--;
    return finish(p->tree, container, p->at++, p->fault);
}

static bool take_word(parser *p, const char *word, cck_node_type type)
{
    size_t length = strlen(word);
    if (p->size - p->at < length || memcmp(p->bytes + p->at, word, length) != 0)
        return unexpected(p);
    p->at += length;
    if (p->at < p->size && ((p->bytes[p->at] >= 'a' && p->bytes[p->at] <= 'z') ||
                            (p->bytes[p->at] >= 'A' && p->bytes[p->at] <= 'Z')))
        return unexpected(p);
    return add(p->tree, type, p->fault) != NULL;
}

static bool take_string(parser *p)
{
    cck_json_node *node = add(p->tree, CCK_NODE_STRING, p->fault);
    return node && cck_json_take_string(p->tree, node, p->bytes, p->size, &p->at, p->fault);
}

static bool take_number(parser *p)
{
    cck_json_node *node = add(p->tree, CCK_NODE_INTEGER, p->fault);
    return node && cck_json_take_number(p->tree, node, p->bytes, p->size, &p->at, p->fault);
}

/* A value, or the beginning of one. */
static bool take_value(parser *p)
{
    char byte = p->at < p->size ? p->bytes[p->at] : '\0';
    switch (byte) {
    case '{':
        return open_container(p, CCK_NODE_OBJECT);
    case '[':
        return open_container(p, CCK_NODE_ARRAY);
    case '"':
        return take_string(p);
    case 't':
        return take_word(p, "true", CCK_NODE_TRUE);
    case 'f':
        return take_word(p, "false", CCK_NODE_FALSE);
    case 'n':
        return take_word(p, "null", CCK_NODE_NULL);
    default:
        return byte == '-' || (byte >= '0' && byte <= '9') ? take_number(p) : unexpected(p);
    }
}

static bool take_key(parser *p)
{
    skip_space(p);
    if (p->at >= p->size || p->bytes[p->at] != '"')
        return cck_json_fail(p->fault, p->at, "string or '}' expected");
    if (!take_string(p))
        return false;
    skip_space(p);
    if (p->at >= p->size || p->bytes[p->at] != ':')
        return cck_json_fail(p->fault, p->at, "':' expected");
    p->at++;
    skip_space(p);
    return true;
}

static bool is_closed_here(const parser *p)
{
    char closing = p->tree->nodes[p->top].type == CCK_NODE_OBJECT ? '}' : ']';
    return p->at < p->size && p->bytes[p->at] == closing;
}

/* What comes behind a value in a container: its end, or the next one's beginning. */
static bool go_on(parser *p)
{
    bool object = p->tree->nodes[p->top].type == CCK_NODE_OBJECT;
    if (p->at >= p->size || p->bytes[p->at] != ',')
        return cck_json_fail(p->fault, p->at, object ? "'}' expected" : "']' expected");
    p->at++;
    skip_space(p);
    return !object || take_key(p);
}

bool cck_json_tree_value(cck_json_tree *tree, const char *bytes, size_t size, size_t *at,
                         cck_json_fault *fault)
{
    *fault = (cck_json_fault){0};
    parser p = {tree, bytes, size, *at, 0, NONE, fault};
    do {
        uint64_t within = p.top;
        if (!take_value(&p))
            return false;
        if (within != NONE)
            tree->nodes[within].count++;
        if (p.top != within) { /* it was opened */
            skip_space(&p);
            if (!is_closed_here(&p)) {
                if (tree->nodes[p.top].type == CCK_NODE_OBJECT && !take_key(&p))
                    return false;
                continue;
            }
        }
        for (skip_space(&p); p.top != NONE && is_closed_here(&p); skip_space(&p))
            if (!close_container(&p))
                return false;
        if (p.top != NONE && !go_on(&p))
            return false;
    } while (p.top != NONE);
    *at = p.at;
    return true;
}

/* ---- reading ---- */

const cck_json_node *cck_json_root(const cck_json_tree *tree)
{
    return tree->count ? &tree->nodes[0] : NULL;
}

bool cck_node_is(const cck_json_node *node, cck_node_type type)
{
    return node && node->type == type;
}

bool cck_node_is_number(const cck_json_node *node)
{
    return node && (node->type == CCK_NODE_INTEGER || node->type == CCK_NODE_REAL);
}

bool cck_node_is_bool(const cck_json_node *node)
{
    return node && (node->type == CCK_NODE_TRUE || node->type == CCK_NODE_FALSE);
}

static const cck_json_node *find_many(const cck_json_node *object, const char *key)
{
    uint32_t hash = cck_json_hash(key, strlen(key)), mask = object->slot_count - 1;
    for (uint32_t slot = hash & mask; object->as.slots[slot]; slot = (slot + 1) & mask) {
        const cck_json_node *found = object + object->as.slots[slot];
        if (found->count == hash && strcmp(found->as.text, key) == 0)
            return found + 1;
    }
    return NULL;
}

const cck_json_node *cck_node_member(const cck_json_node *object, const char *key)
{
    if (!cck_node_is(object, CCK_NODE_OBJECT))
        return NULL;
    if (object->slot_count)
        return find_many(object, key);
    const cck_json_node *at = object + 1;
    for (uint32_t i = 0; i < object->count; i++, at += 1 + at[1].span)
        if (*at->as.text == *key && strcmp(at->as.text, key) == 0)
            return at + 1;
    return NULL;
}

size_t cck_node_size(const cck_json_node *node)
{
    return node && node->type >= CCK_NODE_ARRAY ? node->count : 0;
}

const cck_json_node *cck_node_first(const cck_json_node *array)
{
    return cck_node_is(array, CCK_NODE_ARRAY) && array->count ? array + 1 : NULL;
}

const cck_json_node *cck_node_next(const cck_json_node *element)
{
    return element + element->span;
}

const char *cck_node_text(const cck_json_node *node)
{
    return cck_node_is(node, CCK_NODE_STRING) ? node->as.text : NULL;
}

int64_t cck_node_integer(const cck_json_node *node)
{
    return cck_node_is(node, CCK_NODE_INTEGER) ? node->as.integer : 0;
}

double cck_node_number(const cck_json_node *node)
{
    if (cck_node_is(node, CCK_NODE_REAL))
        return node->as.real;
    return (double)cck_node_integer(node);
}
