/* SPDX-License-Identifier: MIT */
#include "layouts/fix.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"

static bool all_are_sources(const cck_corpus *corpus)
{
    for (size_t i = 0; i < corpus->input_count; i++)
        if (strcmp(corpus->inputs[i].kind, "header") != 0 &&
            strcmp(corpus->inputs[i].kind, "source") != 0)
            return false;
    return true;
}

/* Below medium a finding is a remark: not worth bytes in every object. */
static bool plan_all(cck_fix_state *state, struct cck_layout_edits *edits)
{
    const cck_result *result = state->audit->result;
    const cck_plan_context context = {&state->audit->corpus, &edits->files, state->audit->aligner,
                                      state->audit->line};
    size_t count = result->finding_count;
    state->plans = cck_arena_array(state->arena, count, sizeof *state->plans);
    state->chosen = cck_arena_array(state->arena, count, sizeof *state->chosen);
    state->why = cck_arena_array(state->arena, count, sizeof *state->why);
    for (size_t i = 0; state->plans && i < count; i++)
        if (result->findings[i].severity >= CCK_SEVERITY_MEDIUM)
            cck_patch_plan_make(&context, &result->findings[i], &state->plans[i]);
    return state->plans && state->chosen && state->why;
}

int cck_audit_fix(cck_layout_fix *fix, cck_audit *audit, const cck_layout_options *options,
                  cck_error *err)
{
    struct cck_layout_edits *edits = calloc(1, sizeof *edits);
    fix->edits = edits;
    fix->patch = "";
    if (!edits)
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    edits->files.arena = &edits->arena;
    cck_fix_state state = {.audit = audit, .options = options, .arena = &edits->arena};
    if (!plan_all(&state, edits))
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    fix->recompiled = all_are_sources(&audit->corpus);
    int code = cck_fix_settle(&state, fix->recompiled, &edits->items, &edits->count, err);
    if (code < 0)
        return code;
    if (fix->recompiled)
        cck_fix_drop_others(&state);
    fix->patch = cck_fix_diff(&state, edits->items, edits->count);
    cck_fix_tell(&state, fix);
    return 0;
}

void cck_layout_fix_free(cck_layout_fix *fix)
{
    if (!fix)
        return;
    cck_result_free(fix->result);
    if (fix->edits)
        cck_arena_clear(&fix->edits->arena);
    free(fix->edits);
    free(fix);
}
