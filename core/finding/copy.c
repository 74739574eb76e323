/* SPDX-License-Identifier: MIT */
#include "core/finding/copy.h"

#include <string.h>

typedef struct copy_state {
    cck_arena *arena;
    bool failed;
} copy_state;

static const char *text(copy_state *state, const char *from)
{
    const char *copy = from && *from ? cck_arena_strdup(state->arena, from) : "";
    state->failed |= !copy;
    return copy ? copy : "";
}

static void *array(copy_state *state, const void *from, size_t count, size_t size)
{
    void *copy = count ? cck_arena_array(state->arena, count, size) : NULL;
    if (copy)
        memcpy(copy, from, count * size);
    state->failed |= count && !copy;
    return copy;
}

static void take_location(copy_state *state, cck_location *location)
{
    location->file = text(state, location->file);
    location->function = text(state, location->function);
    location->module = text(state, location->module);
    location->role = text(state, location->role);
}

static const cck_location *locations(copy_state *state, const cck_location *from, size_t *count)
{
    cck_location *copy = array(state, from, *count, sizeof *copy);
    if (!copy)
        *count = 0;
    for (size_t i = 0; i < *count; i++)
        take_location(state, &copy[i]);
    return copy;
}

static void take_suggestion(copy_state *state, cck_suggestion *suggestion)
{
    suggestion->text = text(state, suggestion->text);
    suggestion->cost_of = text(state, suggestion->cost_of);
    suggestion->code = text(state, suggestion->code);
    suggestion->patch = text(state, suggestion->patch);
    cck_suggestion *variants =
        array(state, suggestion->variants, suggestion->variant_count, sizeof *variants);
    if (!variants)
        suggestion->variant_count = 0;
    for (size_t i = 0; i < suggestion->variant_count; i++)
        take_suggestion(state, &variants[i]); /* variants have none of their own */
    suggestion->variants = variants;
}

static void take_fields(copy_state *state, cck_finding *to)
{
    cck_field_use *fields = array(state, to->fields, to->field_count, sizeof *fields);
    if (!fields)
        to->field_count = 0;
    for (size_t i = 0; i < to->field_count; i++) {
        fields[i].name = text(state, fields[i].name);
        fields[i].type = text(state, fields[i].type);
        fields[i].thread = text(state, fields[i].thread);
        take_location(state, &fields[i].location);
    }
    to->fields = fields;
}

bool cck_finding_copy(cck_arena *arena, cck_finding *to, const cck_finding *from)
{
    copy_state state = {.arena = arena};
    *to = *from;
    to->rule = text(&state, from->rule);
    to->title = text(&state, from->title);
    to->id = text(&state, from->id);
    to->verify = text(&state, from->verify);
    to->evidence.cost_text = text(&state, from->evidence.cost_text);
    to->evidence.text = text(&state, from->evidence.text ? from->evidence.text : "");
    to->object.kind = text(&state, from->object.kind);
    to->object.name = text(&state, from->object.name);
    to->object.type = text(&state, from->object.type);
    to->object.type_from = text(&state, from->object.type_from);
    take_fields(&state, to);
    to->locations = locations(&state, from->locations, &to->location_count);
    to->allocation = locations(&state, from->allocation, &to->allocation_count);
    take_suggestion(&state, &to->suggestion);
    const char **notes = array(&state, from->notes, from->note_count, sizeof *notes);
    if (!notes)
        to->note_count = 0;
    for (size_t i = 0; i < to->note_count; i++)
        notes[i] = text(&state, from->notes[i]);
    to->notes = notes;
    return !state.failed;
}
