/* SPDX-License-Identifier: MIT */
#ifndef CCK_VERIFY_SCRATCH_H
#define CCK_VERIFY_SCRATCH_H

#include "core/verify/patch.h"
#include "core/verify/tree.h"

/** The two copies, before and after the patch. */
enum { CCK_BEFORE, CCK_AFTER, CCK_SIDES };

/**
 * A temporary folder with two copies of a tree. Their names are of one length: that of a
 * program's path moves its stack, which alone can change its speed by percents (T. Mytkowicz
 * and others, Producing wrong data without doing anything obviously wrong, ASPLOS 2009).
 */
typedef struct cck_scratch {
    char folder[PATH_MAX / 4];
    char sides[CCK_SIDES][PATH_MAX / 2]; /* tops of the copies */
    bool worktree[CCK_SIDES];            /* git knows it */
    int lock;                            /* tells the next one that our owner lives; -1 none */
    const cck_tree *tree;
    cck_running *running;
} cck_scratch;

/** Make the folder. Remove it in any case, also after a failure. */
int cck_scratch_make(cck_scratch *scratch, cck_running *running, cck_error *err);

/** Copy the tree twice; in a repository both are worktrees, so that builds may ask git. */
int cck_scratch_fill(cck_scratch *scratch, const cck_tree *tree, cck_error *err);

/** CCK_EINVALID: the patch does not apply; the message is git's. */
int cck_scratch_patch(cck_scratch *scratch, const cck_tree_patch *patch, cck_error *err);

/** Remove all of it, and what git knows of it. */
void cck_scratch_remove(cck_scratch *scratch);

#endif
