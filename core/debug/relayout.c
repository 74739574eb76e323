/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/debug/suggest.h"

static uint64_t up(uint64_t offset, uint64_t align)
{
    return align ? (offset + align - 1) / align * align : offset;
}

/** Members that share bytes and so move together: bit-fields, a base and what is in it. */
typedef struct cck_group {
    uint64_t start, end;
    uint32_t align;
    bool hot;
} cck_group;

static uint64_t end_of(const cck_type *type, size_t member)
{
    const cck_member *at = &type->members[member];
    uint64_t end = at->offset + at->type->size;
    /* The padding at the end of a base class may hold members of the derived one. */
    if (at->base && member + 1 < type->member_count && type->members[member + 1].offset < end &&
        type->members[member + 1].offset > at->offset)
        end = type->members[member + 1].offset;
    return end < type->size ? end : type->size;
}

static uint32_t align_of(const cck_member *member)
{
    uint32_t align = member->align ? member->align : member->type->align;
    return align && member->offset % align == 0 ? align : 1;
}

/** Members that start a line. */
typedef struct cck_starts {
    const size_t *members;
    size_t count;
    bool alone; /* what follows one starts the next line */
} cck_starts;

static bool is_start(const cck_starts *starts, size_t member)
{
    for (size_t i = 0; i < starts->count; i++)
        if (starts->members[i] == member)
            return true;
    return false;
}

static size_t group_members(const cck_type *type, const cck_starts *starts, cck_group *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        cck_group group = {member->offset, end_of(type, i), align_of(member), is_start(starts, i)};
        if (group.end <= group.start)
            continue; /* an empty base, a flexible array */
        cck_group *last = count ? &groups[count - 1] : NULL;
        if (!last || group.start >= last->end) {
            groups[count++] = group;
            continue;
        }
        last->end = group.end > last->end ? group.end : last->end;
        last->align = group.align > last->align ? group.align : last->align;
        last->hot |= group.hot;
    }
    return count;
}

static void place(cck_relayout *layout, const cck_group *group, uint64_t *cursor, uint64_t align)
{
    uint64_t at = up(*cursor, align);
    layout->moves[layout->move_count++] = (cck_move){group->start, group->end - group->start, at};
    *cursor = at + group->end - group->start;
}

/* C, C++ and Go keep the order: the field starts a line, and so may what follows it. */
static void place_in_order(const cck_group *groups, size_t count, bool alone, uint32_t line,
                           cck_relayout *layout, uint64_t *cursor)
{
    bool after = false;
    for (size_t i = 0; i < count; i++) {
        bool first_of_line = groups[i].hot || after;
        place(layout, &groups[i], cursor,
              first_of_line && groups[i].align < line ? line : groups[i].align);
        after = alone && groups[i].hot;
    }
}

/* rustc puts what is aligned most first, unless repr(C) forbids, which DWARF does not tell. */
static void place_rust(const cck_group *groups, size_t count, uint32_t line, cck_relayout *layout,
                       uint64_t *cursor)
{
    uint64_t rest = 0, wrapped = 0;
    for (size_t i = 0; i < count; i++)
        if (groups[i].hot)
            rest += up(groups[i].end - groups[i].start, line);
    *cursor = rest;
    for (size_t i = 0; i < count; i++)
        if (groups[i].hot)
            place(layout, &groups[i], &wrapped, line);
        else
            place(layout, &groups[i], cursor, groups[i].align);
}

static bool lay_out(const cck_type *type, const cck_starts *starts, uint32_t line, cck_arena *arena,
                    cck_relayout *out_layout)
{
    cck_relayout layout = {.new_align = type->align ? type->align : 1};
    uint64_t cursor = 0;
    if (type->kind != CCK_TYPE_STRUCT || line == 0)
        return false;
    for (size_t i = 0; i < starts->count; i++)
        if (starts->members[i] >= type->member_count)
            return false;
    cck_group *groups = calloc(type->member_count, sizeof *groups);
    layout.moves = cck_arena_array(arena, type->member_count, sizeof *layout.moves);
    if (!groups || !layout.moves) {
        free(groups);
        return false;
    }
    size_t count = group_members(type, starts, groups);
    if (type->language == CCK_LANGUAGE_RUST)
        place_rust(groups, count, line, &layout, &cursor);
    else
        place_in_order(groups, count, starts->alone, line, &layout, &cursor);
    free(groups);
    if (line > layout.new_align && type->language != CCK_LANGUAGE_GO)
        layout.new_align = line;
    uint64_t rounds = type->language == CCK_LANGUAGE_GO ? line : layout.new_align;
    layout.new_size = up(cursor, rounds);
    bool moved = layout.new_align != type->align && type->language != CCK_LANGUAGE_GO;
    for (size_t i = 0; i < layout.move_count; i++)
        moved |= layout.moves[i].old_offset != layout.moves[i].new_offset;
    if (!moved && layout.new_size == type->size)
        return false;
    *out_layout = layout;
    return true;
}

bool cck_relayout_separate(const cck_type *type, size_t member, uint32_t line, cck_arena *arena,
                           cck_relayout *out_layout)
{
    cck_starts starts = {.members = &member, .count = 1, .alone = true};
    return lay_out(type, &starts, line, arena, out_layout);
}

bool cck_relayout_start(const cck_type *type, const size_t *members, size_t count, uint32_t line,
                        cck_arena *arena, cck_relayout *out_layout)
{
    cck_starts starts = {.members = members, .count = count};
    return lay_out(type, &starts, line, arena, out_layout);
}

uint64_t cck_relayout_offset(const cck_relayout *layout, uint64_t old_size, uint64_t offset)
{
    uint64_t element = old_size ? offset / old_size : 0;
    uint64_t within = old_size ? offset % old_size : offset;
    const cck_move *before = NULL;
    for (size_t i = 0; i < layout->move_count && layout->moves[i].old_offset <= within; i++)
        before = &layout->moves[i];
    if (before)
        within = within - before->old_offset + before->new_offset;
    return element * layout->new_size + within;
}
