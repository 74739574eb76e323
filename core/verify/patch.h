/* SPDX-License-Identifier: MIT */
#ifndef CCK_VERIFY_PATCH_H
#define CCK_VERIFY_PATCH_H

#include <cachecheck/error.h>

#include "core/base/arena.h"

/** A unified diff whose names are those of a tree: "a/NAME", from its top. */
typedef struct cck_tree_patch {
    char *text;         /* for `git apply`, or `patch -p1` */
    const char **files; /* names that it changes, from the top */
    size_t file_count;
    size_t added, removed; /* lines */
} cck_tree_patch;

/**
 * Read a diff as `cachecheck layout --patch`, `diff -u` or git write it. Names are relative to
 * the folder `below` of the tree ("src/"; "" its top), or absolute below `top`; those of git
 * ("diff --git") are relative to the top. CCK_EFORMAT: no unified diff, or a damaged one;
 * CCK_EINVALID: it changes what is not in the tree; CCK_ENOMEM.
 */
int cck_tree_patch_read(cck_tree_patch *out_patch, cck_arena *arena, const char *text,
                        const char *top, const char *below, cck_error *err);

#endif
