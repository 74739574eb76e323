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
    /* Beyond these, paths that cost little are folded; see fold.c. */
    CCK_PATHS_WANTED = 24000,
    CCK_PATHS_COSTLIEST = 1024, /* of them, at most, stay whole */
    CCK_PLACES_WANTED = 12000, /* blocks of code on them, and one a block */
};

typedef struct cck_path_node {
    uint32_t parent; /* CCK_NONE: outermost */
    uint32_t depth;  /* 0: not in use */
    uint32_t last; /* the child asked for last; CCK_NONE: none yet */
    uint32_t pinned; /* something outside of the process's places refers to it: never folded */
    uint64_t call;  /* address of the call instruction's last byte; 0: outermost */
    uint64_t entry; /* first instruction of the function */
} cck_path_node;

typedef struct cck_paths {
    cck_path_node *list;
    size_t count, capacity; /* with those not in use */
    uint32_t unused;        /* the first, if there are any; the next is its parent */
    size_t unused_count;
    uint64_t folded; /* how many have been, because they cost little or there were too many */
    cck_dictionary known; /* hash of (parent, call, entry) -> index + 1, folded ones too */
} cck_paths;

static inline uint64_t cck_path_key(uint32_t parent, uint64_t call, uint64_t entry)
{
    return cck_mix(cck_mix(call ^ (uint64_t)parent << 40) + entry) >> 1;
}

/** The path of a call; false when memory is out. */
bool cck_paths_child(cck_paths *paths, uint32_t parent, uint64_t call, uint64_t entry,
                     uint32_t *out_path);

/** A place in the list for one more. False when memory is out. */
bool cck_paths_slot(cck_paths *paths, uint32_t *out_path);

void cck_paths_clear(cck_paths *paths);

#endif
