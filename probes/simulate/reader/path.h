/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_PATH_H
#define CCK_SIMULATE_PATH_H

#include <stdbool.h>

#include "probes/simulate/reader/dictionary.h"

/**
 * The tree of call paths of a process, each path once. What is deeper than anybody
 * reads is folded, so that recursion does not cost memory without bound: a function
 * that is on the path several times already goes back to where it was last, and beyond
 * a depth, or a number of paths, a call adds nothing.
 */
enum {
    CCK_PATH_DEPTH = 256,
    CCK_PATH_RECURSION = 8,
    CCK_PATHS_MOST = 1 << 20,
};

typedef struct cck_path_node {
    uint32_t parent; /* CCK_NONE: outermost */
    uint32_t depth;
    uint32_t last; /* the child asked for last; CCK_NONE: none yet */
    uint64_t call;  /* address of the call instruction's last byte; 0: outermost */
    uint64_t entry; /* first instruction of the function */
} cck_path_node;

typedef struct cck_paths {
    cck_path_node *list;
    size_t count, capacity;
    cck_dictionary known; /* hash of (parent, call, entry) -> index + 1, folded ones too */
} cck_paths;

/** The path of a call; false when memory is out. */
bool cck_paths_child(cck_paths *paths, uint32_t parent, uint64_t call, uint64_t entry,
                     uint32_t *out_path);

void cck_paths_clear(cck_paths *paths);

#endif
