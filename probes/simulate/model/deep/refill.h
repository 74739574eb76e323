/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_REFILL_H
#define CCK_SIMULATE_REFILL_H

#include "machine.h"

/**
 * The commonest miss (model.h: cck_model_refill()), inline for the loop that meets it every few
 * blocks and that is compiled for newer CPUs, too.
 */

/** The usual end of a line in an L1: its core alone has it, and has it in another cache too.
 * False: nothing was done. */
static inline bool cck_refill_leaves(const cck_lines *lines, uint32_t id, uint8_t flag)
{
    cck_line_state *line = cck_lines_state(lines, id);
    if (line->flags & CCK_LINE_SHARED || !(line->flags & CCK_LINE_HELD & ~flag))
        return false;
    line->flags &= (uint8_t)~flag;
    return true;
}

static inline __attribute__((always_inline)) bool cck_refill(cck_model *model, uint32_t number,
                                                             uint64_t line, bool writes)
{
    cck_private *core = model->cores[number];
    const cck_lines *lines = &model->lines;
    const struct cck_front *front = &lines->front[(line >> lines->index_bits) % CCK_FRONT_PAGES];
    if (!core->refills || front->number != line >> lines->index_bits || !front->page)
        return false;
    uint32_t index = line & ((UINT32_C(1) << lines->index_bits) - 1);
    cck_line_state *state = (cck_line_state *)&front->page->lines[index];
    uint32_t flags = state->flags;
    if ((flags & (CCK_LINE_SHARED | CCK_LINE_D1 | CCK_LINE_L2)) != CCK_LINE_L2 ||
        state->owner != core->slot + 1)
        return false;
    uint32_t id = front->at << lines->index_bits | index;
    uint32_t set = (uint32_t)line & model->filter_mask_d;
    uint32_t note = cck_note_of(line, core->d1_set_bits);
    flags |= CCK_LINE_D1 | CCK_LINE_SEEN | (writes ? CCK_LINE_MODIFIED : 0);
    state->flags = (uint8_t)flags;
    if (note && flags & CCK_LINE_MODIFIED)
        note |= CCK_NOTE_WRITABLE;
    uint32_t victim = cck_level_fill_noted(&core->d1, set, id, note);
    core->load[set] = line;
    core->store[set] = flags & CCK_LINE_MODIFIED ? line : CCK_FILTER_EMPTY;
    if (victim && !cck_refill_leaves(lines, victim, CCK_LINE_D1))
        cck_private_evicted(model, core, victim, CCK_LINE_D1);
    cck_level_again(&core->l2, line, id);
    if (core->shadow_l2.log)
        cck_shadow_use(&core->shadow_l2, id, cck_line_stamp(state));
    return true;
}

#endif
