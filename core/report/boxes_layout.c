/* SPDX-License-Identifier: MIT */
/* Sizes from the inside out, places from the outside in. */
#include <string.h>

#include "core/report/boxes.h"

enum { FRAME = 4 /* a border and a blank on each side */, GAP = 1 };

static unsigned wider(unsigned a, size_t b)
{
    return b > a ? (unsigned)b : a;
}

/* How many children come next into a row of `inner` cells. */
static size_t fill_row(const cck_box *box, size_t from, unsigned inner)
{
    unsigned used = box->children[from]->width;
    size_t to = from + 1;
    while (to < box->child_count && (!box->across || to - from < box->across) &&
           used + GAP + box->children[to]->width <= inner)
        used += GAP + box->children[to++]->width;
    return to;
}

/* Rows of the same length look better than a full one and a rest, among boxes of a size. */
static size_t balance(const cck_box *box, unsigned inner)
{
    unsigned widest = 1, narrowest = inner;
    for (size_t i = 0; i < box->child_count; i++) {
        unsigned width = box->children[i]->width;
        widest = wider(widest, width);
        narrowest = width < narrowest ? width : narrowest;
    }
    size_t across = (inner + GAP) / (widest + GAP);
    if (across < 1 || box->child_count <= across || 4 * narrowest < 3 * widest)
        return 0;
    size_t rows = (box->child_count + across - 1) / across;
    return (box->child_count + rows - 1) / rows;
}

/* Walks over the rows; with `place` the children get their places too. */
static void pack(cck_box *box, unsigned inner, bool place, unsigned *out_width,
                 unsigned *out_height)
{
    unsigned top = (unsigned)box->line_count + 1, width = 0;
    for (size_t from = 0, to; from < box->child_count; from = to) {
        unsigned left = 0, height = 0;
        to = fill_row(box, from, inner);
        for (size_t i = from; i < to; i++) {
            cck_box *child = box->children[i];
            if (place) {
                child->x = box->x + FRAME / 2 + left;
                child->y = box->y + top;
            }
            left += child->width + GAP;
            height = wider(height, child->height);
        }
        width = wider(width, left - GAP);
        top += height;
    }
    *out_width = width;
    *out_height = top + 1;
}

static void find_size(cck_box *box, unsigned width)
{
    unsigned inner = width > FRAME + 1 ? width - FRAME : 1, packed, height;
    size_t text = strlen(box->title) + 1;
    for (size_t i = 0; i < box->line_count; i++)
        text = wider((unsigned)text, strlen(box->lines[i].text));
    for (size_t i = 0; i < box->child_count; i++)
        find_size(box->children[i], inner);
    box->across = balance(box, inner);
    pack(box, inner, false, &packed, &height);
    box->width = wider(packed, text) + FRAME;
    box->height = height;
}

static void find_places(cck_box *box, unsigned width)
{
    unsigned inner = width > FRAME + 1 ? width - FRAME : 1, packed, height;
    pack(box, inner, true, &packed, &height);
    for (size_t i = 0; i < box->child_count; i++)
        find_places(box->children[i], inner);
}

void cck_box_layout(cck_box *box, unsigned width)
{
    box->x = box->y = 0;
    find_size(box, width);
    find_places(box, width);
}
