/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "layouts/fix.h"

static cck_finding *findings_of(const cck_audit *audit)
{
    return (cck_finding *)(uintptr_t)audit->result->findings;
}

const char *cck_fix_diff(cck_fix_state *state, const cck_edit *edits, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return "";
    cck_edits_write_diff(edits, count, out);
    fclose(out);
    const char *copy = cck_arena_strdup(state->audit->result->arena, text);
    free(text);
    return copy ? copy : "";
}

static cck_suggestion suggestion_of(cck_fix_state *state, const cck_variant *variant)
{
    cck_variant sorted = *variant;
    const char *text = cck_arena_strdup(state->audit->result->arena, variant->text);
    sorted.count = cck_edits_sort(sorted.edits, sorted.count);
    return (cck_suggestion){
        .text = text ? text : "",
        .cost_bytes = variant->cost,
        .cost_of = "object",
        .code = "",
        .patch = cck_fix_diff(state, sorted.edits, sorted.count),
    };
}

/* The other ways: untried ones of ours, and what the rule itself had in mind. */
static void tell_mended(cck_fix_state *state, size_t i)
{
    cck_finding *finding = &findings_of(state->audit)[i];
    const cck_plan *plan = &state->plans[i];
    cck_suggestion *variants =
        cck_arena_array(state->audit->result->arena,
                        plan->count + 1 + finding->suggestion.variant_count, sizeof *variants);
    size_t count = 0;
    for (size_t j = state->chosen[i] + 1; variants && j < plan->count; j++)
        variants[count++] = suggestion_of(state, &plan->variants[j]);
    if (variants && *finding->suggestion.text) {
        const cck_suggestion own = finding->suggestion;
        variants[count] = own;
        variants[count].variants = NULL;
        variants[count++].variant_count = 0;
        for (size_t j = 0; j < own.variant_count; j++)
            variants[count++] = own.variants[j];
    }
    finding->suggestion = suggestion_of(state, &plan->variants[state->chosen[i]]);
    finding->suggestion.variants = variants;
    finding->suggestion.variant_count = variants ? count : 0;
}

static void tell_left(cck_fix_state *state, size_t i)
{
    cck_finding *finding = &findings_of(state->audit)[i];
    cck_arena *arena = state->audit->result->arena;
    const char **notes = cck_arena_array(arena, finding->note_count + 1, sizeof *notes);
    const char *why = state->why[i] ? state->why[i] : state->plans[i].why;
    char *note = cck_arena_printf(arena, "no patch: %s", why ? why : "none is known");
    if (!notes || !note)
        return;
    if (finding->note_count)
        memcpy(notes, finding->notes, finding->note_count * sizeof *notes);
    notes[finding->note_count++] = note;
    finding->notes = notes;
}

void cck_fix_tell(cck_fix_state *state, cck_layout_fix *fix)
{
    for (size_t i = 0; i < state->audit->result->finding_count; i++) {
        if (cck_fix_is_chosen(state, i)) {
            tell_mended(state, i);
            fix->mended++;
        } else if (findings_of(state->audit)[i].severity >= CCK_SEVERITY_MEDIUM) {
            tell_left(state, i);
            fix->left++;
        }
    }
}
