/* SPDX-License-Identifier: MIT */
/* Calls that allocate what they do not align. */
#include <string.h>

#include "layouts/patch_plan.h"

/* malloc(...) becomes aligned_alloc(64, ...): the size of the type is a multiple of that. */
void cck_plan_allocation(cck_plan_state *state, cck_plan *plan)
{
    const cck_location *place = state->finding->locations;
    const cck_type *type = cck_plan_record(state->context->corpus, state->finding->object.type,
                                           state->finding->object.size);
    cck_variant variant = {.text = "allocate it with aligned_alloc"};
    bool known = state->finding->location_count && strcmp(place->role, "allocated") == 0;
    const cck_patch_file *file =
        known ? cck_patch_file_get(state->context->files, place->file) : NULL;
    size_t call = 0;
    plan->why = "changes of this kind are made by hand";
    if (!file || !type || type->language != CCK_LANGUAGE_C)
        return;
    plan->why = "only malloc has a like that aligns: calloc clears, and realloc moves";
    if (!cck_patch_call(file, place->line, "malloc", &call))
        return;
    plan->why = cck_plan_edit(
        &variant, file, call, strlen("malloc("),
        cck_arena_printf(state->context->files->arena, "aligned_alloc(%u, ", type->align));
    if (!plan->why)
        plan->variants[plan->count++] = variant;
}
