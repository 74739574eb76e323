/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

static size_t lru_bytes(const cck_lru *lru)
{
    return lru->ways * lru->sets * (lru->narrow ? sizeof *lru->narrow : sizeof *lru->wide);
}

static size_t bytes_of(const cck_private *core)
{
    size_t bytes = sizeof *core + cck_level_bytes(&core->i1) + cck_level_bytes(&core->d1) +
                   cck_level_bytes(&core->l2) + cck_shadow_bytes(&core->shadow_i1) +
                   cck_shadow_bytes(&core->shadow_d1) + cck_shadow_bytes(&core->shadow_l2) +
                   lru_bytes(&core->tlb2);
    for (int i = 0; i < 2; i++) {
        const cck_translation *tlb = i ? &core->dtlb : &core->itlb;
        bytes += lru_bytes(&tlb->lru) + tlb->lru.sets * sizeof *tlb->filtered;
    }
    if (core->fetch)
        bytes += (core->i1.sets + 2 * core->d1.sets) * sizeof *core->fetch;
    return bytes;
}

void cck_private_free(cck_private *core)
{
    if (!core)
        return;
    cck_level_clear(&core->i1);
    cck_level_clear(&core->d1);
    cck_level_clear(&core->l2);
    cck_shadow_clear(&core->shadow_i1);
    cck_shadow_clear(&core->shadow_d1);
    cck_shadow_clear(&core->shadow_l2);
    cck_lru *lrus[] = {&core->itlb.lru, &core->dtlb.lru, &core->tlb2};
    for (size_t i = 0; i < sizeof lrus / sizeof *lrus; i++) {
        free(lrus[i]->narrow);
        free(lrus[i]->wide);
    }
    free(core->itlb.filtered);
    free(core->dtlb.filtered);
    free(core->fetch);
    free(core->load);
    free(core->store);
    free(core);
}

static uint64_t *empty_filter(uint64_t sets)
{
    uint64_t *filter = malloc(sets * sizeof *filter);
    if (filter)
        memset(filter, 0xff, sets * sizeof *filter); /* CCK_FILTER_EMPTY */
    return filter;
}

static bool make_filter(cck_private *core)
{
    core->fetch = empty_filter(core->i1.sets);
    core->load = empty_filter(core->d1.sets);
    core->store = empty_filter(core->d1.sets);
    return core->fetch && core->load && core->store;
}

static uint64_t lines_of(const cck_shape *shape)
{
    return shape->size / shape->line;
}

static bool make_shadows(const cck_model_options *options, const cck_lines *lines,
                         cck_private *core)
{
    bool l1 = options->explain_l1 || !options->l2.size;
    return (!l1 || cck_shadow_init(&core->shadow_i1, lines_of(&options->i1), NULL)) &&
           (!l1 || cck_shadow_init(&core->shadow_d1, lines_of(&options->d1), NULL)) &&
           (!options->l2.size || cck_shadow_init(&core->shadow_l2, lines_of(&options->l2), lines));
}

static bool make_tlb(const cck_model_options *options, cck_tlb_shape shape, cck_translation *tlb)
{
    if (!shape.entries)
        return true;
    tlb->filtered = calloc(shape.entries / shape.ways, sizeof *tlb->filtered);
    return tlb->filtered && cck_translation_init(options, shape, &tlb->lru);
}

/* Notes of an L1 are for quick.h, which knows nothing of TLBs, nor that an inclusive LLC may
 * take a line away in the middle of a block. */
static bool make_notes(const cck_model *model, cck_private *core)
{
    const cck_model_options *options = &model->options;
    bool quick = model->filters && options->coherent && !options->explain_l1 &&
                 !core->shadow_d1.log && !options->tlb_data.entries &&
                 !options->tlb_instruction.entries && options->llc != CCK_LLC_INCLUSIVE;
    if (quick && !(cck_level_add_notes(&core->i1) && cck_level_add_notes(&core->d1)))
        return false;
    core->d1_set_bits = (uint32_t)__builtin_ctz(model->filter_mask_d + 1);
    core->refills = core->d1.notes && core->l2.orders && core->l2.even && !model->prefetches;
    return true;
}

static bool make(const cck_model *model, cck_private *core)
{
    const cck_model_options *options = &model->options;
    return cck_level_init(&core->i1, &options->i1, options->replace_l1) &&
           cck_level_init(&core->d1, &options->d1, options->replace_l1) &&
           cck_level_init(&core->l2, &options->l2, options->replace_l2) &&
           (!options->explain || make_shadows(options, &model->lines, core)) &&
           make_notes(model, core) &&
           make_tlb(options, options->tlb_instruction, &core->itlb) &&
           make_tlb(options, options->tlb_data, &core->dtlb) &&
           (!options->tlb2.entries || cck_translation_init(options, options->tlb2, &core->tlb2)) &&
           (!model->filters || make_filter(core));
}

/* The LLC that serves a core; made when it is first used. */
static bool find_group(cck_model *model, uint32_t number, uint32_t *out_group)
{
    uint32_t ll = model->options.cores_per_ll ? number / model->options.cores_per_ll : 0;
    if (!model->group_of[ll]) {
        cck_level *level = calloc(1, sizeof *level);
        if (!level)
            return false;
        model->groups[model->group_count++] = level;
        if (!cck_level_init_sparse(level, &model->options.ll, model->options.replace_ll))
            return false;
        model->group_of[ll] = model->group_count;
        model->bytes += sizeof *level + cck_level_bytes(level);
    }
    *out_group = model->group_of[ll] - 1;
    return true;
}

static cck_private *awaken(cck_model *model, uint32_t number)
{
    const cck_model_options *options = &model->options;
    cck_private *core = calloc(1, sizeof *core);
    if (!core)
        return NULL;
    core->slot = model->actives;
    core->node =
        options->nodes ? (uint32_t)((uint64_t)number * options->nodes / options->cores) : 0;
    if (!find_group(model, number, &core->group) || !make(model, core)) {
        cck_private_free(core);
        return NULL;
    }
    model->bytes += bytes_of(core);
    return model->active[model->actives++] = core;
}

cck_private *cck_model_core(cck_model *model, uint32_t number)
{
    if (number >= model->options.cores)
        number %= model->options.cores;
    cck_private *core = model->cores[number];
    if (core || model->exhausted)
        return core;
    core = model->actives < CCK_MODEL_ACTIVE_MAX ? awaken(model, number)
                                                 : model->active[number % CCK_MODEL_ACTIVE_MAX];
    model->exhausted = !core;
    return model->cores[number] = core;
}

static bool copy_lru(cck_lru *lru, const cck_lru *from)
{
    *lru = *from;
    if (!from->ways)
        return true;
    void *tags = malloc(lru_bytes(from));
    if (tags)
        memcpy(tags, from->narrow ? (void *)from->narrow : (void *)from->wide, lru_bytes(from));
    lru->narrow = from->narrow ? tags : NULL;
    lru->wide = from->narrow ? NULL : tags;
    return tags;
}

static bool copy_words(uint64_t **words, const uint64_t *from, uint64_t count)
{
    *words = NULL;
    if (!from)
        return true;
    *words = malloc(count * sizeof **words);
    if (*words)
        memcpy(*words, from, count * sizeof **words);
    return *words;
}

static bool copy_tlb(cck_translation *tlb, const cck_translation *from)
{
    /* Both, whatever the first says: what is freed later must be the copy's own. */
    bool words = copy_words(&tlb->filtered, from->filtered, from->lru.sets);
    bool lru = copy_lru(&tlb->lru, &from->lru);
    return words && lru;
}

cck_private *cck_private_copy(const cck_private *from, const cck_lines *lines)
{
    cck_private *core = malloc(sizeof *core);
    if (!core)
        return NULL;
    *core = *from;
    /* Each of them: what is left out would be shared with the original, and freed twice. */
    bool copied = cck_level_copy(&core->i1, &from->i1);
    copied &= cck_level_copy(&core->d1, &from->d1);
    copied &= cck_level_copy(&core->l2, &from->l2);
    copied &= cck_shadow_copy(&core->shadow_i1, &from->shadow_i1, NULL);
    copied &= cck_shadow_copy(&core->shadow_d1, &from->shadow_d1, NULL);
    copied &= cck_shadow_copy(&core->shadow_l2, &from->shadow_l2, lines);
    copied &= copy_tlb(&core->itlb, &from->itlb);
    copied &= copy_tlb(&core->dtlb, &from->dtlb);
    copied &= copy_lru(&core->tlb2, &from->tlb2);
    copied &= copy_words(&core->fetch, from->fetch, from->i1.sets);
    copied &= copy_words(&core->load, from->load, from->d1.sets);
    copied &= copy_words(&core->store, from->store, from->d1.sets);
    if (copied)
        return core;
    cck_private_free(core);
    return NULL;
}
