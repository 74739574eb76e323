/* SPDX-License-Identifier: MIT */
#ifndef CCK_VERIFY_TREE_H
#define CCK_VERIFY_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/verify/command.h"

/** A file of the tree, and how it was when it was listed. */
typedef struct cck_tree_file {
    const char *name; /* from the top */
    uint64_t size;
    int64_t changed_ns; /* when its content was written last */
} cck_tree_file;

/**
 * The sources that somebody works on: the working tree of a git repository, with what is not
 * committed yet; else a folder with all that is in it. Only ever read.
 */
typedef struct cck_tree {
    cck_arena *arena;
    char top[PATH_MAX];
    char below[PATH_MAX]; /* of the folder in which the user stands: "src/", or "" */
    bool git;
    bool committed; /* git: there is a commit, so that a worktree can be made */
    cck_tree_file *files;
    size_t file_count, file_capacity;
    uint64_t bytes;        /* of all of them */
    size_t untracked;      /* git: among the files */
    const char **left_out; /* a sentence each: submodules, build folders */
    size_t left_out_count;
    const char *left, *kept; /* folders that were judged last */
    const char *own;         /* the scratch folder's name, if it is in the tree; else NULL */
} cck_tree;

/** What listing needs besides. */
typedef struct cck_tree_request {
    const char *directory;    /* where the user stands; NULL: here */
    const char *const *extra; /* ignored files or folders to take along; NULL-ended, or NULL */
    const char *scratch;      /* folder for what git says */
    cck_running *running;
} cck_tree_request;

/**
 * Find the tree. CCK_ENOTFOUND: no such folder; CCK_EINVALID: git refuses (the message says
 * why); CCK_EGONE.
 */
int cck_tree_find(cck_tree *out_tree, cck_arena *arena, const cck_tree_request *request,
                  cck_error *err);

/** List its files. CCK_ELIMIT: more than what one would copy; CCK_ENOTFOUND: of `extra`. */
int cck_tree_list(cck_tree *tree, const cck_tree_request *request, cck_error *err);

/** How many files are not as they were listed; the first of them into `*out_name`. */
size_t cck_tree_changed(const cck_tree *tree, const char **out_name);

#endif
