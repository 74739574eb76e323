/* SPDX-License-Identifier: MIT */
/* Which changes hold: they are made on copies, compiled and audited again; what does not take
 * its finding away, or brings another, gives way to the next variant. */
#include <stdlib.h>
#include <string.h>

#include "layouts/fix.h"
#include "layouts/mirror.h"

enum { ROUNDS_MOST = 16 };

static void next_variant(cck_fix_state *state, size_t i, const char *why)
{
    state->chosen[i]++;
    if (!cck_fix_is_chosen(state, i))
        state->why[i] = why;
}

static void give_up(cck_fix_state *state, const char *why)
{
    for (size_t i = 0; i < state->audit->result->finding_count; i++)
        if (cck_fix_is_chosen(state, i)) {
            state->chosen[i] = state->plans[i].count;
            state->why[i] = why;
        }
}

static const cck_variant *variant_of(const cck_fix_state *state, size_t i)
{
    return &state->plans[i].variants[state->chosen[i]];
}

/* Two that move lines of one file could take each other's. */
static void keep_one_mover(cck_fix_state *state)
{
    size_t count = state->audit->result->finding_count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i && cck_fix_is_chosen(state, i) && variant_of(state, i)->moves; j++)
            if (cck_fix_is_chosen(state, j) && variant_of(state, j)->moves &&
                variant_of(state, j)->edits[0].file == variant_of(state, i)->edits[0].file) {
                next_variant(state, i, "another field of that file moves already");
                j = (size_t)-1;
            }
}

/* The edits of all variants that are chosen now; sorted, in the arena. */
static size_t collect(cck_fix_state *state, cck_edit **out_edits)
{
    keep_one_mover(state);
    size_t total = 0, count = state->audit->result->finding_count;
    for (size_t i = 0; i < count; i++)
        if (cck_fix_is_chosen(state, i))
            total += state->plans[i].variants[state->chosen[i]].count;
    cck_edit *edits = cck_arena_array(state->arena, total, sizeof *edits);
    size_t used = 0;
    for (size_t i = 0; edits && i < count; i++) {
        if (!cck_fix_is_chosen(state, i))
            continue;
        const cck_variant *variant = &state->plans[i].variants[state->chosen[i]];
        memcpy(edits + used, variant->edits, variant->count * sizeof *edits);
        used += variant->count;
    }
    *out_edits = edits;
    return edits ? cck_edits_sort(edits, used) : 0;
}

static bool was_there(const cck_audit *audit, const cck_finding *finding)
{
    for (size_t i = 0; i < audit->all_count; i++)
        if (strcmp(audit->all[i].id, finding->id) == 0 &&
            audit->all[i].severity >= finding->severity)
            return true;
    return false;
}

/* Whoever changed that type has to find another way; if nobody did, all have. */
static void blame(cck_fix_state *state, const cck_finding *fresh)
{
    size_t count = state->audit->result->finding_count;
    const cck_finding *findings = state->audit->result->findings;
    bool somebody = false;
    for (int all = 0; all < 2 && !somebody; all++)
        for (size_t i = 0; i < count; i++)
            if (cck_fix_is_chosen(state, i) &&
                (all || strcmp(findings[i].object.type, fresh->object.type) == 0)) {
                somebody = true;
                next_variant(state, i, "the change would bring another finding");
            }
}

/* True: all that is chosen holds. */
static bool judge(cck_fix_state *state, const cck_result *after)
{
    const cck_result *before = state->audit->result;
    bool holds = true;
    for (size_t i = 0; i < before->finding_count; i++)
        if (cck_fix_is_chosen(state, i) && cck_audit_find(after, before->findings[i].id)) {
            next_variant(state, i, "aligning its members does not take it away");
            holds = false;
        }
    for (size_t i = 0; holds && i < after->finding_count; i++)
        if (after->findings[i].severity >= CCK_SEVERITY_MEDIUM &&
            !was_there(state->audit, &after->findings[i])) {
            blame(state, &after->findings[i]);
            holds = false;
        }
    return holds;
}

/* The same of variants that are only told of: nothing is given up. */
static bool holds_too(const cck_fix_state *state, const cck_result *after)
{
    const cck_result *before = state->audit->result;
    for (size_t i = 0; i < before->finding_count; i++)
        if (cck_fix_is_chosen(state, i) && cck_audit_find(after, before->findings[i].id))
            return false;
    for (size_t i = 0; i < after->finding_count; i++)
        if (after->findings[i].severity >= CCK_SEVERITY_MEDIUM &&
            !was_there(state->audit, &after->findings[i]))
            return false;
    return true;
}

/* Whether variant `j` of finding `i` holds in the place of the one that is chosen. */
static bool try_other(cck_fix_state *state, size_t i, size_t j)
{
    size_t chosen = state->chosen[i];
    cck_edit *edits;
    cck_mirror mirror;
    cck_audit after = {.result = NULL};
    bool holds = false;
    state->chosen[i] = j;
    size_t count = collect(state, &edits);
    if (state->chosen[i] == j && count) {
        if (cck_mirror_make(&mirror, &state->audit->corpus, state->options, edits, count, NULL) ==
            0)
            holds =
                cck_audit_run(&after, &mirror.options, NULL) == 0 && holds_too(state, after.result);
        cck_audit_clear(&after);
        cck_mirror_remove(&mirror);
    }
    state->chosen[i] = chosen;
    return holds;
}

/* What is offered beside the chosen ones was compiled and audited too; so many are tried. */
void cck_fix_drop_others(cck_fix_state *state)
{
    enum { TRIES_MOST = 12 };
    unsigned tries = 0;
    for (size_t i = 0; i < state->audit->result->finding_count; i++) {
        cck_plan *plan = &state->plans[i];
        size_t kept = cck_fix_is_chosen(state, i) ? state->chosen[i] + 1 : plan->count;
        for (size_t j = kept; j < plan->count; j++)
            if (tries++ < TRIES_MOST && try_other(state, i, j))
                plan->variants[kept++] = plan->variants[j];
        plan->count = kept;
    }
}

/* CCK_E* only for what has nothing to do with the change. */
static int check(cck_fix_state *state, const cck_edit *edits, size_t count, bool *out_holds,
                 cck_error *err)
{
    cck_mirror mirror;
    cck_audit after = {.result = NULL};
    cck_error reason = {0};
    int code = cck_mirror_make(&mirror, &state->audit->corpus, state->options, edits, count, err);
    if (code == 0 && cck_audit_run(&after, &mirror.options, &reason) == 0) {
        *out_holds = judge(state, after.result);
    } else if (code == 0) {
        const char *why = cck_arena_printf(state->arena, "a changed copy does not compile: %s",
                                           *reason.hint ? reason.hint : reason.message);
        give_up(state, why ? why : "a changed copy does not compile");
        *out_holds = false;
    }
    cck_audit_clear(&after);
    cck_mirror_remove(&mirror);
    return code;
}

int cck_fix_settle(cck_fix_state *state, bool recompiled, cck_edit **out_edits, size_t *out_count,
                   cck_error *err)
{
    bool holds = false;
    int code = 0;
    for (unsigned round = 0; !holds && code == 0; round++) {
        if (round == ROUNDS_MOST)
            give_up(state, "no set of changes held together");
        *out_count = collect(state, out_edits);
        holds = !*out_count || !recompiled;
        if (!holds)
            code = check(state, *out_edits, *out_count, &holds, err);
    }
    return code;
}
