/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "layouts/view.h"

/** Members that share bytes (bit-fields, what lies in a base's padding) and so move together. */
typedef struct member_group {
    size_t first, count; /* of the type's members */
    uint64_t start, size;
    uint32_t align;
    bool fixed_front, fixed_back; /* bases and virtual tables; flexible arrays */
} member_group;

static uint64_t up(uint64_t offset, uint64_t align)
{
    return align > 1 ? (offset + align - 1) / align * align : offset;
}

static uint32_t align_of(const cck_member *member)
{
    uint32_t align = member->align > member->type->align ? member->align : member->type->align;
    return align && member->offset % align == 0 ? align : 1;
}

/* The storage unit of a bit-field lies where its type's alignment has it: all that lies in
 * the same unit moves with it. */
static size_t group(const cck_type *type, member_group *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < type->member_count; i++) {
        const cck_member *member = &type->members[i];
        uint64_t end = member->offset + member->type->size;
        member_group *last = count ? &groups[count - 1] : NULL;
        uint32_t align = align_of(member);
        bool flexible = member->type->kind == CCK_TYPE_ARRAY && member->type->size == 0;
        if (last && !flexible && member->offset < last->start + last->size) {
            last->count++;
            last->size = end - last->start > last->size ? end - last->start : last->size;
            last->align = align > last->align ? align : last->align;
            continue;
        }
        groups[count++] = (member_group){i,
                                         1,
                                         member->offset,
                                         member->type->size,
                                         align,
                                         member->base || member->artificial,
                                         flexible};
    }
    return count;
}

static uint64_t size_of(const member_group *groups, const size_t *order, size_t count,
                        uint32_t align)
{
    uint64_t cursor = 0;
    for (size_t i = 0; i < count; i++)
        cursor = up(cursor, groups[order[i]].align) + groups[order[i]].size;
    return up(cursor, align);
}

/* In order; a hole takes the first of the later members that fits it. */
static void fill_holes(const member_group *groups, size_t count, size_t *order, bool *used)
{
    uint64_t cursor = 0;
    memset(used, 0, count * sizeof *used);
    for (size_t next = 0, placed = 0; placed < count;) {
        while (used[next])
            next++;
        uint64_t room = up(cursor, groups[next].align) - cursor;
        size_t pick = next;
        for (size_t j = next + 1; room && j < count && pick == next; j++) {
            bool free_to_move = !used[j] && !groups[j].fixed_front && !groups[j].fixed_back;
            uint64_t gap = up(cursor, groups[j].align) - cursor;
            if (free_to_move && groups[j].size && gap + groups[j].size <= room)
                pick = j;
        }
        used[pick] = true;
        order[placed++] = pick;
        cursor = up(cursor, groups[pick].align) + groups[pick].size;
    }
}

static unsigned rank(const member_group *group)
{
    return group->fixed_front ? 0 : group->fixed_back ? 2 : 1;
}

/* Those that are aligned most first, else as they were: no holes, but more is moved. */
static void sort_by_align(const member_group *groups, size_t count, size_t *order)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        while (at > 0) {
            const member_group *before = &groups[order[at - 1]];
            bool earlier = rank(&groups[i]) != rank(before)
                               ? rank(&groups[i]) < rank(before)
                               : rank(before) == 1 && groups[i].align > before->align;
            if (!earlier)
                break;
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

static const cck_type *lay_out(const cck_type *type, const member_group *groups,
                               const size_t *order, size_t count, cck_arena *arena)
{
    cck_type *better = cck_arena_alloc(arena, sizeof *better);
    cck_member *members = cck_arena_array(arena, type->member_count, sizeof *members);
    uint64_t cursor = 0;
    size_t filled = 0;
    if (!better || !members)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const member_group *at = &groups[order[i]];
        cursor = up(cursor, at->align);
        for (size_t j = 0; j < at->count; j++) {
            members[filled] = type->members[at->first + j];
            members[filled].offset = members[filled].offset - at->start + cursor;
            filled++;
        }
        cursor += at->size;
    }
    *better = *type;
    better->members = members;
    better->size = up(cursor, type->align);
    return better;
}

const cck_type *cck_reorganise(const cck_type *type, cck_arena *arena)
{
    enum { MEMBERS_MOST = 4096 };
    const cck_type *better = NULL;
    if (type->kind != CCK_TYPE_STRUCT || type->member_count < 2 ||
        type->member_count > MEMBERS_MOST)
        return NULL;
    member_group *groups = calloc(type->member_count, sizeof *groups);
    size_t *order = calloc(2 * type->member_count, sizeof *order);
    bool *used = calloc(type->member_count, sizeof *used);
    if (groups && order && used) {
        size_t count = group(type, groups);
        size_t *sorted = order + type->member_count;
        fill_holes(groups, count, order, used);
        sort_by_align(groups, count, sorted);
        uint64_t filled = size_of(groups, order, count, type->align);
        uint64_t least = size_of(groups, sorted, count, type->align);
        const size_t *best = least < filled ? sorted : order;
        if ((least < filled ? least : filled) < type->size)
            better = lay_out(type, groups, best, count, arena);
    }
    free(groups);
    free(order);
    free(used);
    return better;
}
