/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include "sparse.h"

static void back_invalidate(cck_model *model, uint32_t group, const cck_place *place)
{
    const cck_line_state *line = place->line;
    uint64_t holders = 0;
    if (line->flags & CCK_LINE_SHARED)
        holders = cck_lines_shared(&model->lines, line)->holders;
    else if (line->flags & CCK_LINE_HELD)
        holders = UINT64_C(1) << (line->owner - 1);
    for (; holders; holders &= holders - 1) {
        cck_private *core = model->active[__builtin_ctzll(holders)];
        if (core->group == group)
            cck_private_drop(model, core, place, false);
    }
}

/* With several LLCs IN_LL stays: another may have it. */
static void left(cck_model *model, uint32_t group, cck_line_state *line)
{
    if (!model->options.cores_per_ll)
        line->flags &= (uint8_t)~CCK_LINE_IN_LL;
    if (line->dirty == group + 1)
        line->dirty = 0;
}

/* Nobody looks through a sparse set for what is in no last level. */
static bool place_in(const cck_level *level, const cck_place *place, uint32_t *out_victim)
{
    if (level->ranks && !(place->line->flags & CCK_LINE_IN_LL)) {
        *out_victim = cck_sparse_fill(level, cck_level_set(level, place->number), place->id);
        return false;
    }
    return cck_level_use(level, place->number, place->id, out_victim) != CCK_FOUND_NOT;
}

/* Use it: true if it was there; evictions reach up from an inclusive LLC. */
static bool use(cck_model *model, uint32_t group, const cck_place *place)
{
    uint32_t victim = 0;
    if (place_in(model->groups[group], place, &victim))
        return true;
    place->line->flags |= CCK_LINE_IN_LL;
    if (!victim)
        return false;
    cck_place old;
    cck_lines_place(&model->lines, victim, &old);
    left(model, group, old.line);
    if (model->options.llc == CCK_LLC_INCLUSIVE)
        back_invalidate(model, group, &old);
    return false;
}

bool cck_last_use(cck_model *model, cck_private *core, const cck_place *place)
{
    if (model->options.llc != CCK_LLC_EXCLUSIVE)
        return use(model, core->group, place);
    if (!(place->line->flags & CCK_LINE_IN_LL) ||
        !cck_level_remove(model->groups[core->group], place->number, place->id))
        return false;
    left(model, core->group, place->line);
    return true;
}

static bool neighbours_hold(const cck_model *model, const cck_private *core,
                            const cck_line_state *line)
{
    if (!(line->flags & CCK_LINE_SHARED))
        return false;
    uint64_t holders = cck_lines_shared(&model->lines, line)->holders;
    for (; holders; holders &= holders - 1)
        if (model->active[__builtin_ctzll(holders)]->group == core->group)
            return true;
    return false;
}

void cck_last_receive(cck_model *model, cck_private *core, const cck_place *place, bool modified)
{
    uint8_t dirty = (uint8_t)(core->group + 1);
    if (model->options.llc == CCK_LLC_EXCLUSIVE) {
        if (neighbours_hold(model, core, place->line))
            return; /* what was modified went to memory when it became shared */
        use(model, core->group, place);
        if (modified)
            place->line->dirty = dirty;
    } else if (modified && model->options.cores_per_ll &&
               cck_level_has(model->groups[core->group], place->number, place->id)) {
        place->line->dirty = dirty;
    }
}

void cck_last_drop(cck_model *model, const cck_place *place, uint32_t except)
{
    cck_line_state *line = place->line;
    if (!(line->flags & CCK_LINE_IN_LL))
        return;
    for (uint32_t group = 0; group < model->group_count; group++)
        if (group != except)
            cck_level_remove(model->groups[group], place->number, place->id);
    if (line->dirty != except + 1)
        line->dirty = 0;
    if (except == UINT32_MAX)
        line->flags &= (uint8_t)~CCK_LINE_IN_LL;
}
