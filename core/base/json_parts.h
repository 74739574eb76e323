/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_JSON_PARTS_H
#define CCK_CORE_JSON_PARTS_H

#include "core/base/json_tree.h"

/* Within core/base: strings and numbers of a tree, and its memory. */

/** Fill in a node with the string, or the number, that begins at `*at`, which is moved behind it. */
bool cck_json_take_string(cck_json_tree *tree, cck_json_node *node, const char *bytes, size_t size,
                          size_t *at, cck_json_fault *fault);
bool cck_json_take_number(cck_json_tree *tree, cck_json_node *node, const char *bytes, size_t size,
                          size_t *at, cck_json_fault *fault);

/** FNV-1a. */
uint32_t cck_json_hash(const char *text, size_t length);

/** Memory that stays until the tree is reset, for 8-byte numbers too; NULL: it is out. */
void *cck_json_room(cck_json_tree *tree, size_t size);

/** Fill in the fault; returns false. */
bool cck_json_fail(cck_json_fault *fault, size_t at, const char *text);
bool cck_json_no_memory(cck_json_fault *fault);

#endif
