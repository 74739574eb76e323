/* SPDX-License-Identifier: MIT */
/* Which members to align so that those in conflict part, with the fewest bytes and edits.
 * A model of the layout chooses; compiler and audit judge (fix.c). */
#include <stdlib.h>
#include <string.h>

#include "layouts/patch_plan.h"

/* Who only reads, or is the same thread, does not fight. */
static bool conflict(const cck_field_use *a, const cck_field_use *b)
{
    if (!a->writes && !b->writes)
        return false;
    return !*a->thread || strcmp(a->thread, b->thread) != 0;
}

/* ---- which members ---- */

const cck_type *cck_plan_record(const cck_corpus *corpus, const char *name, uint64_t size)
{
    for (size_t i = 0; i < corpus->type_count; i++)
        if (corpus->types[i].type->size == size &&
            strcmp(cck_type_label(corpus->types[i].type), name) == 0)
            return corpus->types[i].type;
    return NULL;
}

static size_t member_at(const cck_type *record, uint64_t offset)
{
    for (size_t i = record->member_count; i-- > 0;)
        if (offset >= record->members[i].offset &&
            offset - record->members[i].offset < record->members[i].type->size)
            return i;
    return record->member_count;
}

/* The innermost record that holds all fields. */
static const cck_type *common_record(const cck_type *type, const cck_finding *finding,
                                     uint64_t *out_base)
{
    const cck_type *record = NULL;
    for (size_t i = 0; i < finding->field_count; i++) {
        cck_field field;
        if (!cck_type_field(type, finding->fields[i].offset, 0, &field) || !field.parent)
            return NULL;
        if (record && (field.parent != record || field.parent_offset != *out_base)) {
            *out_base = 0;
            return type;
        }
        record = field.parent;
        *out_base = field.parent_offset;
    }
    return record;
}

static void take_member(cck_plan_state *state, const cck_field_use *use, size_t member)
{
    size_t at = state->count;
    while (at > 0 && state->members[at - 1] >= member) {
        if (state->members[at - 1] == member)
            return;
        at--;
    }
    if (state->count == CCK_PLAN_FIELDS)
        return;
    memmove(&state->members[at + 1], &state->members[at],
            (state->count - at) * sizeof *state->members);
    memmove(&state->uses[at + 1], &state->uses[at], (state->count - at) * sizeof *state->uses);
    state->members[at] = member;
    state->uses[at] = use;
    state->count++;
}

static bool take_members(cck_plan_state *state, const cck_type *type)
{
    uint64_t base = 0;
    state->record = common_record(type, state->finding, &base);
    for (size_t i = 0; state->record && i < state->finding->field_count; i++) {
        const cck_field_use *use = &state->finding->fields[i];
        size_t member = member_at(state->record, use->offset - base);
        if (member < state->record->member_count)
            take_member(state, use, member);
    }
    return state->record && state->count && state->record->kind == CCK_TYPE_STRUCT;
}

/* ---- from members to edits ---- */

static const char *align_member(const cck_plan_state *state, size_t index, uint32_t align,
                                cck_variant *variant)
{
    const cck_member *member = &state->record->members[index];
    if (member->base || member->artificial || !*member->name)
        return "a base or an anonymous member is in the way";
    return cck_plan_align_declaration(state, *member->file ? member->file : state->record->file,
                                      member->line, member->name, state->record->language, align,
                                      variant);
}

static const char *quoted_names(const cck_plan_state *state)
{
    cck_arena *arena = state->context->files->arena;
    const char *text = "";
    for (size_t i = 0; i < state->record->member_count && text; i++)
        if (state->aligned[i])
            text = cck_arena_printf(arena, "%s%s`%s`", text, *text ? ", " : "",
                                    state->record->members[i].name);
    return text ? text : "";
}

/* The members that are marked, as a variant of the plan; unless one like it is there. */
static void offer(cck_plan_state *state, cck_plan *plan)
{
    cck_variant variant = {.text = ""};
    const cck_type *record = state->record;
    variant.cost = (int64_t)(cck_plan_lay_out(state, record->member_count) - record->size);
    for (size_t i = 0; i < record->member_count; i++) {
        const char *why =
            state->aligned[i] ? align_member(state, i, state->context->line, &variant) : NULL;
        if (why) {
            plan->why = plan->why ? plan->why : why;
            return;
        }
    }
    for (size_t i = 0; i < plan->count; i++)
        if (plan->variants[i].count == variant.count &&
            memcmp(plan->variants[i].edits, variant.edits, sizeof variant.edits) == 0)
            return;
    const char *text =
        cck_arena_printf(state->context->files->arena, "align %s of %s to %u bytes",
                         quoted_names(state), cck_type_label(record), state->context->line);
    variant.text = text ? text : "";
    if (variant.count && plan->count < CCK_VARIANTS_MOST)
        plan->variants[plan->count++] = variant;
}

/* ---- ways ---- */

/* Each that would share a line with an earlier one it fights with begins a line. */
static void part_conflicts(cck_plan_state *state)
{
    memset(state->aligned, 0, state->record->member_count * sizeof *state->aligned);
    for (size_t i = 1; i < state->count; i++) {
        cck_plan_lay_out(state, state->members[i]);
        for (size_t j = 0; j < i && !state->aligned[state->members[i]]; j++)
            state->aligned[state->members[i]] =
                conflict(state->uses[j], state->uses[i]) &&
                cck_plan_share_line(state, state->members[j], state->members[i]);
    }
}

static void align_follower(cck_plan_state *state)
{
    const cck_type *record = state->record;
    size_t last = state->members[state->count - 1];
    uint64_t end = record->members[last].offset + record->members[last].type->size;
    for (size_t i = last + 1; i < record->member_count; i++)
        if (record->members[i].offset >= end) {
            state->aligned[i] = true;
            return;
        }
}

static int by_cost(const void *a, const void *b)
{
    const cck_variant *left = a, *right = b;
    if (left->cost != right->cost)
        return left->cost < right->cost ? -1 : 1;
    return left->count < right->count ? -1 : left->count > right->count;
}

static bool uses_conflict(const void *context, size_t a, size_t b)
{
    const cck_plan_state *state = context;
    return conflict(state->uses[a], state->uses[b]);
}

/* Changes nothing but the order, which may matter to initialisers: after the others. */
static void reorder(cck_plan_state *state, cck_plan *plan)
{
    const cck_reorder_request request = {
        .files = state->context->files,
        .members = state->members,
        .count = state->count,
        .line = state->context->line,
        .conflict = uses_conflict,
        .context = state,
    };
    cck_patch_plan_reorder(&request, state->record, plan);
}

static void separate(cck_plan_state *state, cck_plan *plan)
{
    part_conflicts(state);
    offer(state, plan);
    align_follower(state);
    offer(state, plan);
    part_conflicts(state);
    state->aligned[state->members[0]] = true; /* and nothing before them */
    offer(state, plan);
    for (size_t i = 0; i < state->count; i++)
        state->aligned[state->members[i]] = true;
    align_follower(state);
    offer(state, plan);
    if (plan->count > 1)
        qsort(plan->variants, plan->count, sizeof *plan->variants, by_cost);
    reorder(state, plan);
    cck_plan_group(state, plan);
}

/* To its own size, so that it lies within a line; locks are larger than what they need. */
static void keep_whole(cck_plan_state *state, cck_plan *plan)
{
    const cck_member *member = &state->record->members[state->members[0]];
    uint32_t align = 1;
    while (align < member->type->size && align < state->context->line)
        align *= 2;
    cck_variant variant = {.text = ""};
    plan->why = align_member(state, state->members[0], align, &variant);
    if (plan->why)
        return;
    uint64_t at = cck_plan_up(member->offset, align);
    variant.cost = (int64_t)(cck_plan_up(state->record->size + at - member->offset, align) -
                             state->record->size);
    const char *text =
        cck_arena_printf(state->context->files->arena, "align `%s` of %s to %u bytes", member->name,
                         cck_type_label(state->record), align);
    variant.text = text ? text : "";
    plan->variants[plan->count++] = variant;
}

/* Aligning the first member aligns the record, and rounds its size up: so for elements. */
static void align_element(cck_plan_state *state, const cck_type *element, cck_plan *plan)
{
    cck_variant variant = {.text = ""};
    state->record = element;
    if ((element->kind != CCK_TYPE_STRUCT && element->kind != CCK_TYPE_UNION) ||
        !element->member_count) {
        plan->why = "the element is no struct of its own: put it into one";
        return;
    }
    plan->why = cck_patch_guard(state->context->files, element);
    if (!plan->why)
        plan->why = align_member(state, 0, state->context->line, &variant);
    if (plan->why)
        return;
    variant.cost = (int64_t)(cck_plan_up(element->size, state->context->line) - element->size);
    const char *text = cck_arena_printf(
        state->context->files->arena, "align %s to %u bytes, by its first member `%s`",
        cck_type_label(element), state->context->line, element->members[0].name);
    variant.text = text ? text : "";
    plan->variants[plan->count++] = variant;
}

/* ---- by finding ---- */

static bool is_rule(const cck_finding *finding, const char *const *rules)
{
    for (; *rules; rules++)
        if (strcmp(finding->rule, *rules) == 0)
            return true;
    return false;
}

static const char *const element_rules[] = {"per-thread-array-element", "array-of-locks", NULL};
static const char *const whole_rules[] = {"straddling-atomic", "straddling-lock", NULL};
static const char *const other_rules[] = {"poor-packing", "over-aligned-on-heap",
                                          "hot-field-far-from-its-lock",
                                          "constructive-constant-misuse", NULL};

static const cck_type *element_of(const cck_type *type, const cck_finding *finding)
{
    cck_field field;
    if (finding->field_count && cck_type_field(type, finding->fields[0].offset, 0, &field) &&
        field.array && field.array->target)
        return field.array->target;
    return type;
}

static void plan_type(cck_plan_state *state, cck_plan *plan)
{
    const cck_finding *finding = state->finding;
    const cck_type *type =
        cck_plan_record(state->context->corpus, finding->object.type, finding->object.size);
    if (!type) {
        plan->why = "its type is not known in whole";
        return;
    }
    plan->why = cck_patch_guard(state->context->files, type);
    if (plan->why)
        return;
    if (is_rule(finding, element_rules)) {
        align_element(state, element_of(type, finding), plan);
        return;
    }
    if (!take_members(state, type)) {
        plan->why = "its fields are not members of one struct";
        return;
    }
    state->offsets = calloc(state->record->member_count, sizeof *state->offsets);
    state->aligned = calloc(state->record->member_count, sizeof *state->aligned);
    if (state->offsets && state->aligned) {
        plan->why = cck_patch_guard(state->context->files, state->record);
        if (!plan->why && is_rule(finding, whole_rules))
            keep_whole(state, plan);
        else if (!plan->why)
            separate(state, plan);
    }
    free(state->offsets);
    free(state->aligned);
}

static void plan_global_array(cck_plan_state *state, cck_plan *plan)
{
    const cck_corpus_global *global =
        cck_plan_global(state->context->corpus, state->finding->object.name);
    const cck_type *element = global ? global->type : NULL;
    while (element && element->kind == CCK_TYPE_ARRAY)
        element = element->target;
    if (element)
        align_element(state, element, plan);
    else
        plan->why = "its type is not known";
}

void cck_patch_plan_make(const cck_plan_context *context, const cck_finding *finding,
                         cck_plan *out_plan)
{
    cck_plan_state state = {.context = context, .finding = finding};
    *out_plan = (cck_plan){.count = 0};
    if (strcmp(finding->rule, "over-aligned-on-heap") == 0 && finding->location_count &&
        strcmp(finding->locations[0].role, "allocated") == 0)
        cck_plan_allocation(&state, out_plan);
    else if (is_rule(finding, other_rules))
        out_plan->why = "changes of this kind are made by hand";
    else if (strcmp(finding->object.kind, "global") == 0 && is_rule(finding, element_rules))
        plan_global_array(&state, out_plan);
    else if (strcmp(finding->object.kind, "global") == 0)
        cck_plan_globals(&state, out_plan);
    else
        plan_type(&state, out_plan);
    if (out_plan->count)
        out_plan->why = NULL;
    else if (!out_plan->why)
        out_plan->why = "aligning its members does not help";
}
