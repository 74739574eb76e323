/* SPDX-License-Identifier: MIT */
#ifndef CCK_VERIFY_COPY_H
#define CCK_VERIFY_COPY_H

#include "core/verify/tree.h"

/**
 * Copy the files of a tree into a folder that is there, with modes and times, for make compares
 * these. Links stay links; those that lead into the tree by an absolute path lead into the copy.
 * CCK_EIO (no room), CCK_EGONE.
 */
int cck_tree_copy(const cck_tree *tree, const char *to, cck_running *running, cck_error *err);

#endif
