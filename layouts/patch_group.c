/* SPDX-License-Identifier: MIT */
/* Parts hot from cold: what threads write goes to the end of the struct, with its comments, and
 * begins a line there; what is only read stays together. */
#include <stdlib.h>
#include <string.h>

#include "layouts/patch_lines.h"
#include "layouts/patch_plan.h"

enum { HOT_MOST = 8 };

typedef struct group {
    cck_plan_state *state;
    size_t hot[HOT_MOST]; /* members that are written, rising */
    size_t count, last;   /* `last`: of the members that stay */
    const cck_patch_file *file;
    cck_patch_lines lines[HOT_MOST];
} group;

static bool is_hot(const group *all, size_t member)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->hot[i] == member)
            return true;
    return false;
}

static bool is_movable(const cck_member *member)
{
    return *member->name && *member->file && !member->base && !member->artificial &&
           !member->bit_size && member->type->size;
}

/* False: there is nothing to gather, or something is no plain member. */
static bool find_hot(group *all)
{
    const cck_plan_state *state = all->state;
    const cck_type *record = state->record;
    bool reads = false;
    for (size_t i = 0; i < state->count; i++) {
        reads |= !state->uses[i]->writes;
        if (!state->uses[i]->writes)
            continue;
        if (all->count == HOT_MOST || !is_movable(&record->members[state->members[i]]))
            return false;
        all->hot[all->count++] = state->members[i];
    }
    all->last = record->member_count;
    while (all->last > 0 && is_hot(all, all->last - 1))
        all->last--;
    bool at_end = all->last + all->count == record->member_count; /* aligning the first does */
    return reads && all->count && all->last-- > 0 && !at_end && !record->members[all->last].base &&
           is_movable(&record->members[all->last]);
}

/* Bytes of the record when those stay in front, and these begin a line. */
static uint64_t size_of(const group *all)
{
    const cck_type *record = all->state->record;
    uint64_t line = all->state->context->line, end = 0;
    for (int hot = 0; hot < 2; hot++) {
        end = hot ? cck_plan_up(end, line) : 0;
        for (size_t i = 0; i < record->member_count; i++) {
            const cck_type *type = record->members[i].type;
            if (is_hot(all, i) == (hot == 1))
                end = cck_plan_up(end, type->align) + type->size;
        }
    }
    return cck_plan_up(end, line > record->align ? line : record->align);
}

/* `*out_end`: behind the last of all members. */
static const char *find_lines(group *all, size_t *out_end)
{
    const cck_type *record = all->state->record;
    const cck_member *last = &record->members[all->last];
    all->file = cck_patch_file_get(all->state->context->files, last->file);
    if (!all->file)
        return "its source is not here";
    cck_patch_lines place = {0};
    const char *why = cck_patch_lines_of(all->file, last, &place);
    for (size_t i = 0; i < all->count && !why; i++) {
        const cck_member *member = &record->members[all->hot[i]];
        if (strcmp(member->file, last->file) != 0)
            return "its members are in several files";
        why = cck_patch_lines_of(all->file, member, &all->lines[i]);
        if (!why)
            cck_patch_lines_add_comment(all->file, &all->lines[i]);
    }
    size_t end = all->lines[all->count - 1].to;
    *out_end = end > place.to ? end : place.to;
    if (!why && !cck_patch_lines_quiet(all->file, all->lines[0].from, *out_end))
        why = "a directive or an access specifier is in between";
    return why;
}

/* The lines that move, the first of them aligned. */
static const char *text_of(const group *all)
{
    const cck_plan_state *state = all->state;
    cck_arena *arena = state->context->files->arena;
    const char *text = all->file->text, *moved = "";
    for (size_t i = 0; i < all->count && moved; i++) {
        const cck_patch_lines *lines = &all->lines[i];
        const cck_declaration found = {
            .start = lines->start, .name = lines->name, .end = lines->end};
        size_t at = lines->from;
        const char *align =
            i ? ""
              : cck_plan_alignment(state, all->file, &found, state->record->language,
                                   state->context->line, &at);
        moved = align
                    ? cck_arena_printf(arena, "%s%.*s%s%.*s", moved, (int)(at - lines->from),
                                       text + lines->from, align, (int)(lines->to - at), text + at)
                    : NULL;
    }
    return moved;
}

static const char *make_edits(group *all, size_t end, cck_variant *variant)
{
    const char *why = NULL;
    for (size_t i = 0; i < all->count && !why; i++)
        why = cck_patch_lines_remove(all->file, &all->lines[i], end, variant);
    const char *text = text_of(all);
    return why ? why : cck_plan_edit(variant, all->file, end, 0, text);
}

static const char *names_of(const group *all)
{
    cck_arena *arena = all->state->context->files->arena;
    const char *text = "";
    for (size_t i = 0; i < all->count && text; i++)
        text = cck_arena_printf(arena, "%s%s`%s`", text, i ? ", " : "",
                                all->state->record->members[all->hot[i]].name);
    return text ? text : "";
}

void cck_plan_group(cck_plan_state *state, cck_plan *plan)
{
    group *all = calloc(1, sizeof *all);
    size_t end;
    cck_variant variant = {.moves = true};
    if (all)
        all->state = state;
    if (all && plan->count < CCK_VARIANTS_MOST && find_hot(all) && !find_lines(all, &end) &&
        !make_edits(all, end, &variant)) {
        const cck_type *record = state->record;
        const char *text = cck_arena_printf(
            state->context->files->arena,
            "part hot from cold: put %s at the end of %s, on lines of their own (initialisers "
            "without names of fields would change with it)",
            names_of(all), cck_type_label(record));
        variant.text = text ? text : "";
        variant.cost = (int64_t)(size_of(all) - record->size);
        plan->variants[plan->count++] = variant;
    }
    free(all);
}
