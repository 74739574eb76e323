/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stdlib.h>

static void *zeroed(void *context, size_t size)
{
    (void)context;
    return calloc(1, size);
}

static uint32_t log2_of(uint32_t power_of_two)
{
    return (uint32_t)__builtin_ctz(power_of_two);
}

/* Pages are the lines of a cck_lru whose lines are 2^6 bytes: 64 entries are 4096 bytes. */
bool cck_translation_init(const cck_model_options *options, cck_tlb_shape shape, cck_lru *lru)
{
    enum { BITS = 6 };
    cck_shape as_cache = {(uint64_t)shape.entries << BITS, shape.ways, 1 << BITS};
    uint32_t page_bits = log2_of(options->page_bytes);
    uint32_t bits = options->address_bits > page_bits ? options->address_bits - page_bits : 1;
    return cck_lru_init(lru, &as_cache, bits + BITS, zeroed, NULL);
}

/* Another page is now the most recent of the set: lines of the old one leave the filter. */
static void drop_filtered(cck_model *model, cck_private *core, cck_translation *tlb, bool fetch,
                          uint64_t set)
{
    uint64_t mask = fetch ? model->filter_mask_i : model->filter_mask_d;
    uint32_t shift = model->page_bits - model->line_bits;
    for (uint64_t left = tlb->filtered[set]; left; left &= left - 1) {
        for (uint64_t at = (uint64_t)__builtin_ctzll(left); at <= mask; at += 64) {
            uint64_t line = fetch ? core->fetch[at] : core->load[at];
            if (line == CCK_FILTER_EMPTY || cck_translation_set(&tlb->lru, line >> shift) != set)
                continue;
            if (fetch)
                core->fetch[at] = CCK_FILTER_EMPTY;
            else
                core->load[at] = core->store[at] = CCK_FILTER_EMPTY;
        }
    }
    tlb->filtered[set] = 0;
}

void cck_translate(cck_model *model, cck_doing *doing, uint64_t address)
{
    cck_private *core = doing->core;
    cck_translation *tlb = doing->fetch ? &core->itlb : &core->dtlb;
    uint64_t page = address >> model->page_bits;
    if (cck_translation_is_recent(tlb, page))
        return;
    if (core->load)
        drop_filtered(model, core, tlb, doing->fetch, cck_translation_set(&tlb->lru, page));
    if (cck_lru_touch(&tlb->lru, page))
        return;
    doing->did |= CCK_DID_MISS_TLB1;
    if (core->tlb2.ways && cck_lru_touch(&core->tlb2, page)) {
        doing->cycles += model->options.latencies.tlb2;
        return;
    }
    doing->did |= CCK_DID_MISS_TLB2;
    doing->cycles += model->options.latencies.walk;
}
