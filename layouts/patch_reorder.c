/* SPDX-License-Identifier: MIT */
/* Moving one field to another place of its struct, with its comment: costs no bytes where the
 * struct is large enough that it then lies a line away from what it fought with. */
#include <stdlib.h>
#include <string.h>

#include "layouts/patch_lines.h"

enum { MEMBERS_MOST = 512 };

typedef struct reorder {
    const cck_reorder_request *request;
    const cck_type *record;
    size_t order[MEMBERS_MOST]; /* members in their new order */
    uint64_t offsets[MEMBERS_MOST];
} reorder;

static uint64_t up(uint64_t offset, uint64_t align)
{
    return align > 1 ? (offset + align - 1) / align * align : offset;
}

static uint32_t align_of(const cck_member *member)
{
    uint32_t align = member->align > member->type->align ? member->align : member->type->align;
    return align && member->offset % align == 0 ? align : 1;
}

/* ---- the model ---- */

/* Members that share bytes, bases and flexible arrays are not for this. */
static bool is_plain(const cck_type *record)
{
    uint64_t end = 0;
    if (record->kind != CCK_TYPE_STRUCT || record->member_count > MEMBERS_MOST)
        return false;
    for (size_t i = 0; i < record->member_count; i++) {
        const cck_member *member = &record->members[i];
        if (member->base || member->artificial || member->bit_size || member->offset < end ||
            !member->type->size)
            return false;
        end = member->offset + member->type->size;
    }
    return true;
}

static uint64_t lay_out(reorder *state)
{
    const cck_type *record = state->record;
    uint64_t cursor = 0;
    for (size_t i = 0; i < record->member_count; i++) {
        const cck_member *member = &record->members[state->order[i]];
        cursor = up(cursor, align_of(member));
        state->offsets[state->order[i]] = cursor;
        cursor += member->type->size;
    }
    return up(cursor, record->align);
}

/* Whether two members are never on one line: of an object that begins on a line, or of any. */
static bool are_apart(const reorder *state, size_t a, size_t b)
{
    uint64_t line = state->request->line;
    if (state->offsets[a] > state->offsets[b]) {
        size_t other = a;
        a = b;
        b = other;
    }
    uint64_t end = state->offsets[a] + state->record->members[a].type->size - 1;
    if (state->record->align >= line)
        return end / line < state->offsets[b] / line;
    return state->offsets[b] >= end + line;
}

static bool all_apart(const reorder *state)
{
    const cck_reorder_request *request = state->request;
    for (size_t i = 0; i < request->count; i++)
        for (size_t j = i + 1; j < request->count; j++)
            if (request->conflict(request->context, i, j) &&
                !are_apart(state, request->members[i], request->members[j]))
                return false;
    return true;
}

/* `member` behind the member at index `behind`, the rest as it was. */
static void order_with(reorder *state, size_t member, size_t behind)
{
    size_t count = 0;
    for (size_t i = 0; i < state->record->member_count; i++) {
        if (i != member)
            state->order[count++] = i;
        if (i == behind)
            state->order[count++] = member;
    }
}

/* ---- the text ---- */

static const char *make_edits(reorder *state, size_t member, size_t behind, cck_variant *variant)
{
    const cck_type *record = state->record;
    const cck_member *moved = &record->members[member], *before = &record->members[behind];
    cck_arena *arena = state->request->files->arena;
    const cck_patch_file *file =
        *moved->file ? cck_patch_file_get(state->request->files, moved->file) : NULL;
    cck_patch_lines lines, place;
    if (!file || strcmp(moved->file, before->file) != 0 || !*moved->name || !*before->name)
        return "its source is not here";
    const char *why = cck_patch_lines_of(file, moved, &lines);
    why = why ? why : cck_patch_lines_of(file, before, &place);
    if (why)
        return why;
    cck_patch_lines_add_comment(file, &lines);
    size_t first = lines.from < place.to ? lines.from : place.to;
    if (!cck_patch_lines_quiet(file, first, lines.to > place.to ? lines.to : place.to))
        return "a directive or an access specifier is in between";
    why = cck_patch_lines_remove(file, &lines, place.to, variant);
    if (why || variant->count == CCK_EDITS_MOST)
        return why ? why : "too much would have to change";
    char *text = cck_arena_strndup(arena, file->text + lines.from, lines.to - lines.from);
    if (!text)
        return "out of memory";
    variant->edits[variant->count++] = (cck_edit){file, place.to, 0, text};
    return NULL;
}

static bool offer(reorder *state, size_t member, size_t behind, cck_plan *plan)
{
    const cck_type *record = state->record;
    order_with(state, member, behind);
    uint64_t size = lay_out(state);
    cck_variant variant = {.cost = (int64_t)(size - record->size)};
    if (!all_apart(state) || size > record->size || make_edits(state, member, behind, &variant))
        return false;
    const char *text = cck_arena_printf(
        state->request->files->arena,
        "move `%s` of %s behind `%s` (initialisers without names of fields would change with it)",
        record->members[member].name, cck_type_label(record), record->members[behind].name);
    variant.text = text ? text : "";
    if (plan->count < CCK_VARIANTS_MOST)
        plan->variants[plan->count++] = variant;
    return true;
}

void cck_patch_plan_reorder(const cck_reorder_request *request, const cck_type *record,
                            cck_plan *plan)
{
    reorder *state = calloc(1, sizeof *state);
    bool done = !state || !is_plain(record);
    if (state) {
        state->request = request;
        state->record = record;
    }
    /* As far behind as it goes: what is last is seldom what is read most. */
    for (size_t i = 0; i < request->count && !done; i++)
        for (size_t behind = record->member_count; behind-- > 0 && !done;)
            done = behind != request->members[i] && behind + 1 != request->members[i] &&
                   offer(state, request->members[i], behind, plan);
    free(state);
}
