/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_FIX_H
#define CCK_LAYOUTS_FIX_H

#include "layouts/audit.h"
#include "layouts/patch.h"

/** What the files about fixes share: chosen and tried (fix_settle.c), told (fix_tell.c), written
 * (fix_apply.c). */

/** Internal part of a cck_layout_fix: what stays until it is applied. */
struct cck_layout_edits {
    cck_arena arena;
    cck_patch_files files;
    cck_edit *items;
    size_t count;
};

typedef struct cck_fix_state {
    cck_audit *audit;
    const cck_layout_options *options;
    cck_arena *arena;
    cck_plan *plans; /* a finding each */
    size_t *chosen;  /* variant; the plan's count: none is left */
    const char **why;
} cck_fix_state;

/** Whether a finding has a variant left. */
static inline bool cck_fix_is_chosen(const cck_fix_state *state, size_t i)
{
    return state->chosen[i] < state->plans[i].count;
}

/** The edits of a choice that holds, by `recompiled` as far as that was tried; sorted, in the
 * arena. CCK_E* only for what has nothing to do with the changes. */
int cck_fix_settle(cck_fix_state *state, bool recompiled, cck_edit **out_edits, size_t *out_count,
                   cck_error *err);

/** Leave out of the plans, behind what is chosen, variants that do not hold. */
void cck_fix_drop_others(cck_fix_state *state);

/** Findings get their patches, or why they have none. */
void cck_fix_tell(cck_fix_state *state, cck_layout_fix *fix);

/** Edits as a unified diff, in the result's arena. */
const char *cck_fix_diff(cck_fix_state *state, const cck_edit *edits, size_t count);

#endif
