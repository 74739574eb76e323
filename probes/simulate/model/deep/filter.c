/* SPDX-License-Identifier: MIT */
#include "machine.h"

/*
 * A line may be used without the model being told if that use changes nothing: it is
 * the most recently used of its L1 set, its page that of its TLB set, no other core has
 * used it, and a write finds it modified. Code that several cores run is fetched so too:
 * who holds a line may fetch from it until it is taken away, which drops it here, and of
 * fetches nobody keeps count by line. Not after losses, which are to be explained.
 */

/* The line stays in its L1, but the model is to be asked. */
static void drop_note(const cck_level *level, uint64_t line)
{
    uint32_t note = level->notes ? cck_note_of(line, (uint32_t)__builtin_ctzll(level->sets)) : 0;
    if (!note)
        return;
    uint32_t *notes = level->notes + cck_level_set(level, line) * level->stride;
    uint32_t found =
        cck_tags_find(notes, level->stride, note, UINT32_MAX & ~(uint32_t)CCK_NOTE_WRITABLE);
    if (found)
        notes[__builtin_ctz(found)] = 0;
}

void cck_filter_protect(const cck_model *model, cck_private *core, uint64_t line)
{
    uint64_t at = line & model->filter_mask_d;
    if (core->store && (core->store[at] & ~CCK_FILTER_SHARED) == line)
        core->store[at] = CCK_FILTER_EMPTY;
}

void cck_filter_drop(const cck_model *model, cck_private *core, uint64_t line)
{
    if (!core->load)
        return;
    drop_note(&core->i1, line);
    drop_note(&core->d1, line);
    uint64_t i = line & model->filter_mask_i, d = line & model->filter_mask_d;
    if (core->fetch[i] == line)
        core->fetch[i] = CCK_FILTER_EMPTY;
    if ((core->load[d] & ~CCK_FILTER_SHARED) == line)
        core->load[d] = CCK_FILTER_EMPTY;
    cck_filter_protect(model, core, line);
}

static cck_model_noted noted(const cck_level *level)
{
    return (cck_model_noted){
        .notes = level->notes,
        .orders = level->orders,
        .stride = level->stride,
        .set_bits = (uint32_t)__builtin_ctzll(level->sets),
    };
}

bool cck_model_filter_of(cck_model *model, uint32_t number, cck_model_filter *out_filter)
{
    cck_private *core = model->filters ? cck_model_core(model, number) : NULL;
    if (!core)
        return false;
    *out_filter = (cck_model_filter){
        .fetch = core->fetch,
        .load = core->load,
        .store = core->store,
        .fetch_mask = model->filter_mask_i,
        .data_mask = model->filter_mask_d,
        .line_bits = model->line_bits,
        .code = noted(&core->i1),
        .data = noted(&core->d1),
    };
    return true;
}
