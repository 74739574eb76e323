/* SPDX-License-Identifier: MIT */
/* From what is asked for and what was found to rules by which data is moved. */
#include "core/sharing/what_if.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

enum { NAME_MOST = 512, NESTING = 8 };

/** A change as it concerns one place. */
typedef struct taking {
    cck_what_if_plan *plan;
    cck_object_names *names;
    const cck_finding_draft *draft;
    size_t change; /* index */
} taking;

static const char *kept(taking *t, const char *text)
{
    const char *copy = cck_arena_strdup(t->plan->arena, text);
    t->plan->failed |= !copy;
    return copy ? copy : "";
}

/* ---- objects ---- */

static bool identify(taking *t, const cck_place *place, cck_remap_rule *rule)
{
    const cck_observed *observed = t->names->code.observed;
    if (place->observed >= observed->object_count || !place->size || place->within)
        return false;
    const cck_object *object = &observed->objects[place->observed];
    *rule = (cck_remap_rule){.kind = object->kind, .module = "", .size = place->size};
    if (object->kind == CCK_OBJECT_HEAP && object->path < observed->path_count) {
        rule->path = t->plan->paths[object->path];
        return true;
    }
    if (object->kind != CCK_OBJECT_GLOBAL || object->module >= observed->module_count ||
        !*place->object.name)
        return false;
    rule->module = kept(t, observed->modules[object->module].path);
    rule->address = place->start - observed->modules[object->module].bias;
    return true;
}

static cck_what_if_object *find_object(cck_what_if_plan *plan, const cck_remap_rule *rule)
{
    for (size_t i = 0; i < plan->object_count; i++) {
        const cck_remap_rule *known = &plan->objects[i].rule;
        if (known->kind == rule->kind && known->size == rule->size && known->path == rule->path &&
            known->address == rule->address && strcmp(known->module, rule->module) == 0)
            return &plan->objects[i];
    }
    return NULL;
}

static cck_what_if_object *add_object(cck_what_if_plan *plan, const cck_remap_rule *rule)
{
    if (plan->object_count == CCK_REMAP_RULES_MOST)
        return NULL;
    if (plan->object_count == plan->object_capacity) {
        size_t room = plan->object_capacity ? 2 * plan->object_capacity : 16;
        void *grown = realloc(plan->objects, room * sizeof *plan->objects);
        if (!grown) {
            plan->failed = true;
            return NULL;
        }
        plan->objects = grown;
        plan->object_capacity = room;
    }
    cck_what_if_object *object = &plan->objects[plan->object_count++];
    *object = (cck_what_if_object){.rule = *rule};
    return object;
}

/* The object of a place, its elements as the place has them; with `whole` it is in one piece. */
static cck_what_if_object *object_of(taking *t, const cck_place *place, bool whole)
{
    cck_remap_rule rule;
    if (!identify(t, place, &rule)) {
        t->plan->changes[t->change].fixed = true;
        return NULL;
    }
    cck_what_if_object *object = find_object(t->plan, &rule);
    if (!object && !(object = add_object(t->plan, &rule)))
        return NULL;
    if (!object->rule.element) {
        const cck_type *type = whole ? NULL : place->type;
        object->type = type;
        object->rule.first = type ? place->base : 0;
        object->rule.element = place->object.stride && type ? place->object.stride
                               : type                       ? type->size
                                                            : place->size;
    }
    object->changes |= UINT64_C(1) << t->change;
    if (t->plan->changes[t->change].first == SIZE_MAX)
        t->plan->changes[t->change].first = (size_t)(object - t->plan->objects);
    return object;
}

static void add_hot(cck_what_if_object *object, uint64_t offset, uint64_t size, uint32_t align,
                    bool padded)
{
    for (size_t i = 0; i < object->hot_count; i++)
        if (object->hot[i].offset == offset && object->hot[i].size == size) {
            if (object->hot[i].align < align)
                object->hot[i].align = align;
            object->hot[i].padded |= padded;
            return;
        }
    if (object->hot_count < CCK_WHAT_IF_HOT)
        object->hot[object->hot_count++] = (cck_hot_bytes){offset, size, align, padded};
}

/* ---- what a change is called ---- */

static void name_change(taking *t, const cck_place *place, const char *field, const char *cost_of,
                        uint32_t align)
{
    cck_what_if_change *change = &t->plan->changes[t->change];
    if (*change->what)
        return;
    const char *object = *place->object.type && (*field || !*place->object.name)
                             ? place->object.type
                         : *place->object.name ? place->object.name
                                               : "the block";
    const char *what = *field ? cck_arena_printf(t->plan->arena, "`%s` of `%s`", field, object)
                              : cck_arena_printf(t->plan->arena, "`%s`", object);
    t->plan->failed |= !what;
    change->what = what ? what : "";
    change->object = kept(t, object);
    change->cost_of = cost_of;
    change->align = align;
}

static uint32_t align_for(const taking *t)
{
    uint32_t asked = t->plan->changes[t->change].spec->align;
    return asked ? asked : t->draft->line->size;
}

/* Bytes of an element (or of the only thing that a place is). */
static void set_apart(taking *t, const cck_place *place, uint64_t offset, uint64_t size,
                      const char *field, const char *cost_of)
{
    cck_what_if_object *object = object_of(t, place, false);
    if (!object)
        return;
    bool pads = place->type && place->type->language != CCK_LANGUAGE_C &&
                place->type->language != CCK_LANGUAGE_CPP;
    add_hot(object, offset, size, align_for(t), !*field || pads);
    name_change(t, place, field, cost_of, align_for(t));
}

static void set_apart_whole(taking *t, const cck_place *place)
{
    cck_what_if_object *object = object_of(t, place, true);
    if (!object)
        return;
    add_hot(object, 0, object->rule.element, align_for(t), true);
    name_change(t, place, "", strcmp(place->object.kind, "heap") == 0 ? "object" : "program",
                align_for(t));
}

/* ---- what a finding suggests ---- */

/* Each element of an array that is a field. */
static bool take_inner_elements(taking *t)
{
    cck_draft_array within;
    if (!cck_draft_array_between(t->draft, &within))
        return false;
    const char *name = cck_arena_printf(t->plan->arena, "%s[]", within.name);
    t->plan->failed |= !name;
    for (uint64_t i = 0; name && i < within.type->count && i < CCK_WHAT_IF_HOT; i++)
        set_apart(t, &t->draft->places[0], within.offset + i * within.type->stride,
                  within.type->target->size, name, "object");
    return true;
}

static void take_member(taking *t)
{
    if (take_inner_elements(t))
        return;
    cck_draft_part part = cck_draft_part_to_move(t->draft);
    const cck_draft_field *field = part.field;
    const cck_place *place = &t->draft->places[field->place];
    uint64_t at = field->use.offset - (place->start - t->draft->places[0].start) - place->base;
    at = place->object.stride ? at % place->object.stride : at;
    const char *name = cck_arena_strndup(t->plan->arena, field->bare, part.length);
    t->plan->failed |= !name;
    if (name && place->type && at < place->type->size && part.before <= at)
        set_apart(t, place, at - part.before, part.size, name, "object");
}

static void take_suggestion(taking *t)
{
    const cck_finding_draft *draft = t->draft;
    const cck_place *place = &draft->places[0];
    if (draft->verdict.kind == CCK_LINE_TRUE || !draft->field_count)
        return;
    switch (cck_draft_subject(draft)) {
    case CCK_SUBJECT_FIELDS:
        take_member(t);
        break;
    case CCK_SUBJECT_ELEMENTS:
        set_apart(t, place, 0, place->object.stride, "", "element");
        break;
    case CCK_SUBJECT_PLACES:
        for (size_t i = 0; i < draft->place_count; i++)
            set_apart_whole(t, &draft->places[i]);
        break;
    case CCK_SUBJECT_ONE:
    case CCK_SUBJECT_BYTES:
        break;
    }
}

/* ---- what was named ---- */

static void take_type(taking *t, const cck_place *place, const cck_type *type, uint64_t offset,
                      const char *name, const char *field, unsigned depth);

/* The type may be that of members: of what an Arc counts, of the slots of a table. */
static void take_members(taking *t, const cck_place *place, const cck_type *type, uint64_t offset,
                         const char *name, const char *field, unsigned depth)
{
    for (size_t i = 0; i < type->member_count; i++)
        take_type(t, place, type->members[i].type, offset + type->members[i].offset, name, field,
                  depth + 1);
    uint64_t stride = type->kind == CCK_TYPE_ARRAY && type->target
                          ? (type->stride ? type->stride : type->target->size)
                          : 0;
    for (uint64_t i = 0; stride && i < type->count && i < CCK_WHAT_IF_HOT; i++)
        take_type(t, place, type->target, offset + i * stride, name, field, depth + 1);
}

static void take_type(taking *t, const cck_place *place, const cck_type *type, uint64_t offset,
                      const char *name, const char *field, unsigned depth)
{
    uint64_t inner = 0, size = type->size;
    if (depth > NESTING || !size)
        return;
    if (!cck_what_if_names(cck_type_label(type), name)) {
        take_members(t, place, type, offset, name, field, depth);
        return;
    }
    if (!*field || cck_what_if_field(type, field, &inner, &size))
        set_apart(t, place, offset + inner, size, field,
                  !*field && place->object.stride ? "element" : "object");
}

static void take_variable(taking *t, const cck_place *place, const char *field)
{
    uint64_t offset, size;
    if (!*field && place->object.stride)
        set_apart(t, place, 0, place->object.stride, "", "element");
    else if (!*field)
        set_apart_whole(t, place);
    else if (place->type && cck_what_if_field(place->type, field, &offset, &size))
        set_apart(t, place, offset, size, field, "object");
}

static void take_named(taking *t, const cck_place *place)
{
    const char *whole = t->plan->changes[t->change].spec->name, *field;
    char name[NAME_MOST];
    for (unsigned step = 0; (field = cck_what_if_split(whole, step, name, sizeof name)); step++) {
        if (*place->object.name && cck_what_if_names(place->object.name, name))
            take_variable(t, place, field);
        else if (place->type)
            take_type(t, place, place->type, 0, name, field, 0);
    }
}

/* ---- drafts ---- */

static bool wants(const cck_what_if_change *change, const cck_finding *finding)
{
    if (!finding)
        return false;
    if (change->spec->kind == CCK_WHAT_IF_ID)
        return strcmp(change->spec->name, finding->id) == 0;
    return change->spec->kind == CCK_WHAT_IF_WORST && !*change->finding &&
           finding->severity > CCK_SEVERITY_INFO;
}

static void take_change(taking *t, const cck_finding *finding)
{
    cck_what_if_change *change = &t->plan->changes[t->change];
    bool before = change->first != SIZE_MAX;
    if (change->spec->kind == CCK_WHAT_IF_NAMED)
        for (size_t i = 0; i < t->draft->place_count; i++)
            take_named(t, &t->draft->places[i]);
    else
        take_suggestion(t);
    if (finding && !*change->finding &&
        (change->spec->kind != CCK_WHAT_IF_NAMED || (!before && change->first != SIZE_MAX)))
        change->finding = kept(t, finding->id);
}

/* "all" makes a change of each finding. */
static void take_all(taking *t, const cck_what_if_spec *spec, const cck_finding *finding)
{
    cck_what_if_plan *plan = t->plan;
    if (!finding || finding->severity == CCK_SEVERITY_INFO ||
        t->draft->verdict.kind == CCK_LINE_TRUE || plan->change_count == CCK_WHAT_IF_MOST)
        return;
    t->change = plan->change_count++;
    plan->changes[t->change] = (cck_what_if_change){
        .spec = spec, .finding = "", .what = "", .object = "", .cost_of = "", .first = SIZE_MAX};
    take_change(t, finding);
}

void cck_what_if_take(cck_what_if_plan *plan, const cck_finding_draft *draft,
                      cck_object_names *names, const cck_finding *finding)
{
    taking t = {.plan = plan, .names = names, .draft = draft};
    if (!plan->paths && !(plan->paths = cck_remap_paths(names->code.observed))) {
        plan->failed = true;
        return;
    }
    size_t before = plan->change_count;
    for (size_t i = 0; i < plan->spec_count; i++)
        if (plan->specs[i].kind == CCK_WHAT_IF_ALL)
            take_all(&t, &plan->specs[i], finding);
    for (t.change = 0; t.change < before; t.change++) {
        const cck_what_if_change *change = &plan->changes[t.change];
        if (change->spec->kind == CCK_WHAT_IF_NAMED || wants(change, finding))
            take_change(&t, finding);
    }
}

int cck_what_if_settle(cck_what_if_plan *plan, cck_error *err)
{
    plan->rules.list = cck_arena_array(plan->arena, plan->object_count, sizeof(cck_remap_rule));
    bool good = plan->rules.list && !plan->failed;
    for (size_t i = 0; i < plan->object_count && good; i++) {
        cck_what_if_object *object = &plan->objects[i];
        good = cck_rearrange(object->type, object->rule.element, object->hot, object->hot_count,
                             plan->arena, &object->rule.layout);
        object->type = NULL; /* debug information goes */
        plan->rules.list[i] = object->rule;
    }
    if (!good)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    plan->rules.count = plan->object_count;
    return 0;
}
