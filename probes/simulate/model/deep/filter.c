/* SPDX-License-Identifier: MIT */
#include "machine.h"

/*
 * A line may be used without the model being told if that use changes nothing: it is
 * the most recently used of its L1 set, its page that of its TLB set, no other core has
 * used it, and a write finds it modified.
 */

static void note_page(const cck_model *model, cck_translation *tlb, uint64_t line, uint64_t place)
{
    uint64_t page = line >> (model->page_bits - model->line_bits);
    tlb->filtered[page % tlb->lru.sets] |= UINT64_C(1) << place % 64;
}

/* The page is still the most recent of its set (an access may straddle two pages). */
static bool page_is_recent(const cck_model *model, const cck_translation *tlb, uint64_t line)
{
    if (!tlb->lru.ways)
        return true;
    uint64_t page = line >> (model->page_bits - model->line_bits);
    return cck_lru_recent(&tlb->lru, page % tlb->lru.sets) == page;
}

void cck_filter_set(cck_model *model, const cck_doing *doing, const cck_place *place)
{
    cck_private *core = doing->core;
    if (!core->load)
        return;
    cck_translation *tlb = doing->fetch ? &core->itlb : &core->dtlb;
    bool mine = cck_line_is_mine(core, place) && page_is_recent(model, tlb, place->number);
    uint64_t line = mine ? place->number : CCK_FILTER_EMPTY;
    uint64_t at = place->number & (doing->fetch ? model->filter_mask_i : model->filter_mask_d);
    if (mine && tlb->filtered)
        note_page(model, tlb, line, at);
    if (doing->fetch) {
        core->fetch[at] = line;
        return;
    }
    bool writable = !model->options.coherent || place->line->flags & CCK_LINE_MODIFIED;
    core->load[at] = line;
    core->store[at] = writable ? line : CCK_FILTER_EMPTY;
}

void cck_filter_drop(const cck_model *model, cck_private *core, uint64_t line)
{
    if (!core->load)
        return;
    uint64_t i = line & model->filter_mask_i, d = line & model->filter_mask_d;
    if (core->fetch[i] == line)
        core->fetch[i] = CCK_FILTER_EMPTY;
    if (core->load[d] == line)
        core->load[d] = CCK_FILTER_EMPTY;
    if (core->store[d] == line)
        core->store[d] = CCK_FILTER_EMPTY;
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
    };
    return true;
}
