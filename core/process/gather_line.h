/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_PROCESS_GATHER_LINE_H
#define CCK_CORE_PROCESS_GATHER_LINE_H

#include "core/process/gather.h"

/** Where a shared line lies in the process of one of its threads. */
typedef struct cck_line_place {
    int32_t pid;
    uint64_t address; /* of its first byte */
    uint64_t key;     /* of cck_watch_space_key() */
} cck_line_place;

/**
 * When an instruction is no part in what a thread does with a line: who adds up what others have
 * counted reads their bytes once, when all is over.
 */
typedef struct cck_line_strays {
    uint64_t share; /* of a thread's accesses that were seen one in more than so many, or */
    bool by_rate;   /* what is not `steady`; */
    uint64_t of;    /* or a single one of at least so many */
} cck_line_strays;

/** A line in the making; what probes know of lines differs, how it is put together does not. */
typedef struct cck_gathered_line {
    cck_watch_gathering *g;
    cck_watch_image *image; /* that the line is in; NULL: none that is known */
    cck_line line;          /* rates, samples and verdict are the probe's to fill in */
    cck_line_side *sides;   /* as `line` has them, likewise uses and objects */
    cck_line_use *uses;
    uint32_t *objects;
    bool *stray;
} cck_gathered_line;

/** Of at most so many sides and uses. False: memory is out. Without an image that is all. */
bool cck_gathered_line_begin(cck_gathered_line *l, cck_watch_gathering *g,
                             const cck_line_place *place, size_t sides, size_t uses);

/** A thread at it, with accesses, windows and whatever else is known but writes, atomics and bytes:
 * these come from its uses. Left out if nobody knows the thread. */
void cck_gathered_line_side(cck_gathered_line *l, int32_t pid, int32_t tid, cck_line_side side);

/** What the instruction at `ip` of a thread did there; thread, code and path are filled in. */
void cck_gathered_line_use(cck_gathered_line *l, int32_t pid, int32_t tid, uint64_t ip,
                           cck_line_use use);

/** Leave out strays, put all in order, find the objects, and add it to the observation. */
void cck_gathered_line_end(cck_gathered_line *l, const cck_line_strays *strays);

#endif
