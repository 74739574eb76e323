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

typedef struct cck_box_line {
    const char *text; /* printable ASCII */
    cck_part_kind kind;
    bool allowed;
} cck_box_line;

typedef struct cck_box {
    const char *title;
    cck_part_kind kind;
    bool allowed;
    bool folded; /* stands for several that are alike */
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

/**
 * Boxes of `machine`, at most `width` cells wide if that is possible at all. With more than
 * `most` cores, siblings that are alike are drawn once, and named.
 */
void cck_boxes_new(cck_boxes *out_boxes, const cck_machine *machine, unsigned width, unsigned most);

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
