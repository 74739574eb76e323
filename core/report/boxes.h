/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPORT_BOXES_H
#define CCK_CORE_REPORT_BOXES_H

#include <cachecheck/machine.h>

#include "core/base/arena.h"

/**
 * The topology as boxes in boxes, laid out on a grid of character cells; the terminal and the SVG
 * draw the same boxes. lstopo would draw it too, but it is a program and no library, knows
 * nothing of cgroups, and is not there on most servers.
 */

/** What a program made of a part, to be drawn on it. */
typedef struct cck_part_use {
    const char *text;   /* printable ASCII, behind the part's own words; NULL: nothing to say */
    const char *colour; /* class of the colour that fills its line: "t3" */
    double share;       /* how far that is filled, 0 to 1 */
} cck_part_use;

typedef struct cck_box_line {
    const char *text; /* printable ASCII */
    cck_part_kind kind;
    bool allowed;
    const cck_part_use *use; /* NULL: none */
} cck_box_line;

typedef struct cck_box {
    const char *title;
    cck_part_kind kind;
    bool allowed;
    bool folded; /* stands for several that are alike */
    const cck_part_use *use; /* of a CPU that is a box of its own; NULL: none */
    cck_box_line *lines;
    size_t line_count;
    struct cck_box **children;
    size_t child_count;
    size_t across; /* children in a row, at most; 0: as many as fit */
    unsigned x, y, width, height; /* cells; the border is one of them on each side */
} cck_box;

typedef struct cck_boxes {
    cck_arena arena;
    cck_box *root; /* NULL: memory is out */
} cck_boxes;

/** What boxes are made of. */
typedef struct cck_boxes_plan {
    const cck_part *parts;
    size_t count;
    const cck_part_use *uses; /* one a part; NULL: nothing ran */
    unsigned width;           /* cells; kept to if that is possible at all */
    unsigned most;            /* with more cores, siblings that are alike are drawn once, and named */
} cck_boxes_plan;

void cck_boxes_new(cck_boxes *out_boxes, const cck_boxes_plan *plan);

void cck_boxes_clear(cck_boxes *boxes);

/** boxes_layout.c: find sizes and places. */
void cck_box_layout(cck_box *box, unsigned width);

/** boxes_fold.c: how alike two parts are (equal for equal structure, whatever the numbers). */
uint64_t cck_part_shape(const cck_part *parts, size_t at);

/** The box for the siblings `from` and its next `count - 1`: which numbers they have. */
cck_box *cck_box_fold(cck_arena *arena, const cck_part *parts, const size_t *siblings,
                      size_t count);

/** "0-3,8,16-30:2": sorted numbers as taskset takes them. NULL: memory is out. */
const char *cck_number_list(cck_arena *arena, int64_t *numbers, size_t count);

#endif
