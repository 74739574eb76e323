/* SPDX-License-Identifier: MIT */
/* Variables that are neighbours. */
#include <string.h>

#include "layouts/patch_plan.h"

const cck_corpus_global *cck_plan_global(const cck_corpus *corpus, const char *name)
{
    for (size_t i = 0; i < corpus->global_count; i++)
        if (strcmp(corpus->globals[i].name, name) == 0)
            return &corpus->globals[i];
    return NULL;
}

/* The last part of "app::hits". */
static const char *plain_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

/* All of them: what the linker puts beside one of them is not known. */
void cck_plan_globals(cck_plan_state *state, cck_plan *plan)
{
    cck_variant variant = {.text = "align each of the variables to a line"};
    const cck_corpus *corpus = state->context->corpus;
    for (size_t i = 0; i < state->finding->field_count && !plan->why; i++) {
        const cck_corpus_global *global = cck_plan_global(corpus, state->finding->fields[i].name);
        if (!global) {
            plan->why = "its declaration is not known";
            return;
        }
        cck_language language = global->type && global->type->language
                                    ? global->type->language
                                    : corpus->inputs[global->input].language;
        plan->why =
            cck_plan_align_declaration(state, global->file, global->line, plain_name(global->name),
                                       language, state->context->line, &variant);
        variant.cost += (int64_t)(cck_plan_up(global->size, state->context->line) - global->size);
    }
    if (!plan->why && variant.count)
        plan->variants[plan->count++] = variant;
}
