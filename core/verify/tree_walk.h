/* SPDX-License-Identifier: MIT */
#ifndef CCK_VERIFY_TREE_WALK_H
#define CCK_VERIFY_TREE_WALK_H

#include "core/verify/tree.h"

/** Size and time of a file or link now; false: it is none, or gone. */
bool cck_tree_look(const cck_tree *tree, const char *name, cck_tree_file *out_file);

/** Take in a name as git lists it: a file, a link, or a submodule, which is left out. */
int cck_tree_take(cck_tree *tree, const char *name, cck_error *err);

/** The same of a name that is in no commit: build folders are left out. */
int cck_tree_take_untracked(cck_tree *tree, const char *name, cck_error *err);

/** Take in all that is below a folder ("" the top), or a file. */
int cck_tree_walk(cck_tree *tree, const char *name, cck_error *err);

#endif
