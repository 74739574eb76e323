/* SPDX-License-Identifier: MIT */
#include "core/sharing/rearrange.h"

#include <stdlib.h>
#include <string.h>

/* An array of more elements is moved as a whole; deeper members too. */
enum { PIECES_MOST = 4096, ELEMENTS_MOST = 256, DEPTH = 16 };

/** Bytes that stay together. */
typedef struct piece {
    uint64_t start, end;
    uint32_t align;
    bool hot;
} piece;

typedef struct cutting {
    const cck_hot_bytes *hot;
    size_t hot_count;
    piece *pieces;
    size_t count;
    uint32_t next_align; /* what the next piece needs because of what ended before it */
} cutting;

static uint64_t up(uint64_t offset, uint64_t align)
{
    return align ? (offset + align - 1) / align * align : offset;
}

/* The strictest of the hot bytes that lie in [start, end); 0: none. */
static uint32_t hot_align(const cutting *c, uint64_t start, uint64_t end)
{
    uint32_t align = 0;
    for (size_t i = 0; i < c->hot_count; i++)
        if (c->hot[i].offset < end && c->hot[i].offset + c->hot[i].size > start &&
            c->hot[i].align > align)
            align = c->hot[i].align;
    return align;
}

static bool is_padded(const cutting *c, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < c->hot_count; i++)
        if (c->hot[i].padded && c->hot[i].offset < end &&
            c->hot[i].offset + c->hot[i].size > start)
            return true;
    return false;
}

/* Whether a part of [start, end) is hot, but not all of it: then it is cut further. */
static bool is_partly_hot(const cutting *c, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < c->hot_count; i++) {
        uint64_t first = c->hot[i].offset, last = first + c->hot[i].size;
        if (first < end && last > start && (first > start || last < end))
            return true;
    }
    return false;
}

static void add_piece(cutting *c, uint64_t start, uint64_t end, uint32_t align)
{
    piece *last = c->count ? &c->pieces[c->count - 1] : NULL;
    uint32_t hot = hot_align(c, start, end);
    if (end <= start || c->count == PIECES_MOST)
        return;                      /* an empty base, a flexible array */
    if (last && start < last->end) { /* bit-fields of one word, a base's padding */
        last->end = end > last->end ? end : last->end;
        last->hot |= hot != 0;
        last->align = hot > last->align ? hot : last->align;
        return;
    }
    uint32_t needs = hot > align ? hot : align;
    c->pieces[c->count++] = (piece){.start = start,
                                    .end = end,
                                    .align = c->next_align > needs ? c->next_align : needs,
                                    .hot = hot != 0};
    c->next_align = hot && is_padded(c, start, end) ? hot : 0;
}

static uint32_t natural_align(const cck_member *member, uint64_t start)
{
    uint32_t align = member->align ? member->align : member->type->align;
    return align && start % align == 0 ? align : 1;
}

static void cut(cutting *c, const cck_type *type, uint64_t start, uint64_t end, uint32_t align,
                unsigned depth);

static void cut_elements(cutting *c, const cck_type *array, uint64_t start, uint64_t end,
                         unsigned depth)
{
    uint64_t stride = array->stride ? array->stride : array->target->size;
    for (uint64_t at = start; stride && at + stride <= end; at += stride)
        cut(c, array->target, at, at + stride, array->target->align, depth + 1);
}

static void cut_members(cutting *c, const cck_type *type, uint64_t start, unsigned depth)
{
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        uint64_t at = start + member->offset, end = at + member->type->size;
        if (end > start + type->size)
            end = start + type->size;
        cut(c, member->type, at, end, natural_align(member, at), depth + 1);
    }
}

/* Members overlay each other: the one that the hot bytes are parts of is what the union is, and
 * what is longer than it stays behind it. */
static void cut_variant(cutting *c, const cck_type *type, uint64_t start, uint64_t end,
                        unsigned depth)
{
    const cck_member *hot = NULL;
    for (size_t i = 0; i < type->member_count && !hot; i++) {
        const cck_member *member = &type->members[i];
        uint64_t at = start + member->offset;
        if (is_partly_hot(c, at, at + member->type->size))
            hot = member;
    }
    uint64_t at = hot ? start + hot->offset : end, behind = hot ? at + hot->type->size : end;
    add_piece(c, start, at, 1);
    if (hot)
        cut(c, hot->type, at, behind < end ? behind : end, natural_align(hot, at), depth + 1);
    if (behind < end)
        add_piece(c, behind, end, 1);
}

/* A thing that holds something aligned is as aligned itself, and ends at such a multiple. */
static void cut(cutting *c, const cck_type *type, uint64_t start, uint64_t end, uint32_t align,
                unsigned depth)
{
    bool few = type->kind == CCK_TYPE_ARRAY && type->target && type->count <= ELEMENTS_MOST;
    bool inside = depth < DEPTH && is_partly_hot(c, start, end) &&
                  (((type->kind == CCK_TYPE_STRUCT || type->kind == CCK_TYPE_UNION) &&
                    type->member_count) ||
                   few);
    if (!inside) {
        add_piece(c, start, end, align);
        return;
    }
    uint32_t needs = hot_align(c, start, end);
    if (needs > c->next_align)
        c->next_align = needs;
    if (few)
        cut_elements(c, type, start, end, depth);
    else if (type->kind == CCK_TYPE_UNION)
        cut_variant(c, type, start, end, depth);
    else
        cut_members(c, type, start, depth);
    if (needs > c->next_align)
        c->next_align = needs;
}

/* ---- placing ---- */

static void place(cck_relayout *layout, const piece *from, uint64_t *cursor)
{
    uint64_t at = up(*cursor, from->align);
    layout->moves[layout->move_count++] = (cck_move){from->start, from->end - from->start, at};
    *cursor = at + from->end - from->start;
}

static int by_old_offset(const void *left, const void *right)
{
    const cck_move *a = left, *b = right;
    return (a->old_offset > b->old_offset) - (a->old_offset < b->old_offset);
}

static uint64_t place_all(const cutting *c, bool rust, uint32_t align, cck_relayout *layout)
{
    uint64_t cursor = 0;
    for (size_t i = 0; i < c->count; i++)
        if (!rust || c->pieces[i].hot)
            place(layout, &c->pieces[i], &cursor);
    if (rust) {
        cursor = up(cursor, align);
        for (size_t i = 0; i < c->count; i++) {
            piece rest = c->pieces[i];
            rest.align = rest.align < align ? rest.align : 8; /* no line of its own */
            if (!rest.hot)
                place(layout, &rest, &cursor);
        }
        qsort(layout->moves, layout->move_count, sizeof *layout->moves, by_old_offset);
    }
    return cursor;
}

bool cck_rearrange(const cck_type *type, uint64_t size, const cck_hot_bytes *hot, size_t hot_count,
                   cck_arena *arena, cck_relayout *out_layout)
{
    cutting c = {.hot = hot, .hot_count = hot_count};
    cck_relayout layout = {.new_align = type && type->align ? type->align : 1};
    c.pieces = calloc(PIECES_MOST, sizeof *c.pieces);
    if (!c.pieces)
        return false;
    if (type)
        cut(&c, type, 0, size, layout.new_align, 0);
    else
        add_piece(&c, 0, size, 1);
    layout.moves = cck_arena_array(arena, c.count, sizeof *layout.moves);
    if (!layout.moves) {
        free(c.pieces);
        return false;
    }
    uint32_t align = hot_align(&c, 0, size);
    bool rust = type && type->language == CCK_LANGUAGE_RUST;
    uint64_t end = place_all(&c, rust, align, &layout);
    free(c.pieces);
    layout.new_align = align > layout.new_align ? align : layout.new_align;
    layout.new_size = up(end > size ? end : size, layout.new_align);
    *out_layout = layout;
    return true;
}
