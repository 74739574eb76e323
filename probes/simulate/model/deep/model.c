/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

static uint32_t log2_of(uint64_t power_of_two)
{
    return (uint32_t)__builtin_ctzll(power_of_two);
}

static uint64_t sets_of(const cck_shape *shape)
{
    return shape->size / shape->line / shape->ways;
}

static bool allows_filter(const cck_shape *shape)
{
    uint64_t sets = sets_of(shape);
    return sets >= 8 && !(sets & (sets - 1));
}

uint64_t cck_model_lasting_sets(const cck_model_options *options)
{
    bool last = allows_filter(&options->d1) && options->coherent && !options->adjacent_prefetch &&
                !options->stream_prefetch && !options->tlb_data.entries &&
                options->llc != CCK_LLC_INCLUSIVE;
    return last ? sets_of(&options->d1) : 0;
}

static uint32_t lasts_of(const cck_model_options *options)
{
    return options->cores_per_ll ? options->cores / options->cores_per_ll + 1 : 1;
}

static void set_up(cck_model *model)
{
    const cck_model_options *options = &model->options;
    if (options->cores_per_ll >= options->cores)
        model->options.cores_per_ll = 0;
    model->line_bits = log2_of(options->d1.line);
    model->granule_bits = model->line_bits > 6 ? model->line_bits - 6 : 0;
    model->page_bits = log2_of(options->page_bytes);
    model->last_address = UINT64_MAX >> (64 - options->address_bits);
    model->filters = allows_filter(&options->d1) && allows_filter(&options->i1);
    model->filter_mask_d = (uint32_t)(sets_of(&options->d1) - 1);
    model->filter_mask_i = (uint32_t)(sets_of(&options->i1) - 1);
    model->prefetches = options->adjacent_prefetch || options->stream_prefetch;
    model->levelwise = !options->coherent && options->llc == CCK_LLC_INDEPENDENT &&
                       !options->adjacent_prefetch && !options->stream_prefetch;
}

cck_model *cck_model_new(const cck_model_options *options)
{
    cck_model *model = calloc(1, sizeof *model);
    if (!model)
        return NULL;
    model->options = *options;
    set_up(model);
    model->cores = calloc(options->cores, sizeof *model->cores);
    model->group_of = calloc(lasts_of(options), sizeof *model->group_of);
    if (!model->cores || !model->group_of || !cck_lines_init(&model->lines, model->line_bits)) {
        cck_model_free(model);
        return NULL;
    }
    model->bytes = sizeof *model + options->cores * sizeof *model->cores +
                   lasts_of(options) * sizeof *model->group_of;
    return model;
}

void cck_model_free(cck_model *model)
{
    if (!model)
        return;
    for (uint32_t i = 0; i < model->actives; i++)
        cck_private_free(model->active[i]);
    for (uint32_t i = 0; i < model->group_count; i++) {
        cck_level_clear(model->groups[i]);
        free(model->groups[i]);
    }
    cck_lines_clear(&model->lines);
    free(model->cores);
    free(model->group_of);
    free(model);
}

static bool copy_cores(cck_model *model, const cck_model *from)
{
    for (; model->actives < from->actives; model->actives++) {
        cck_private *core = cck_private_copy(from->active[model->actives], &model->lines);
        if (!core)
            return false;
        model->active[model->actives] = core;
    }
    for (uint32_t i = 0; i < from->options.cores; i++)
        if (from->cores[i])
            model->cores[i] = model->active[from->cores[i]->slot];
    return true;
}

static bool copy_groups(cck_model *model, const cck_model *from)
{
    memcpy(model->group_of, from->group_of, lasts_of(&from->options) * sizeof *from->group_of);
    while (model->group_count < from->group_count) {
        cck_level *level = calloc(1, sizeof *level);
        if (!level)
            return false;
        model->groups[model->group_count] = level;
        if (!cck_level_copy(level, from->groups[model->group_count++]))
            return false;
    }
    return true;
}

cck_model *cck_model_clone(const cck_model *from)
{
    cck_model *model = cck_model_new(&from->options);
    if (!model)
        return NULL;
    cck_lines_clear(&model->lines);
    if (cck_lines_copy(&model->lines, &from->lines) && copy_groups(model, from) &&
        copy_cores(model, from)) {
        model->bytes = from->bytes;
        model->exhausted = from->exhausted;
        return model;
    }
    cck_model_free(model);
    return NULL;
}

size_t cck_model_footprint(const cck_model *model)
{
    return model->bytes + cck_lines_bytes(&model->lines);
}

bool cck_model_is_exhausted(const cck_model *model)
{
    return model->exhausted;
}

uint32_t cck_model_shared_count(const cck_model *model)
{
    return model->lines.shared.count;
}

uint64_t cck_model_shared_line(const cck_model *model, uint32_t shared)
{
    cck_place place;
    const cck_line_shared *record = cck_pool_at(&model->lines.shared, shared + 1);
    cck_lines_place(&model->lines, record->id, &place);
    return place.number << model->line_bits;
}

int cck_model_home(const cck_model *model, uint64_t address)
{
    uint32_t at = cck_lines_look_up(&model->lines, address >> CCK_PAGE_BITS);
    return at ? ((cck_line_page *)cck_pool_at(&model->lines.pages, at))->home - 1 : -1;
}

static void forget_line(cck_model *model, const cck_place *place)
{
    cck_line_state *line = place->line;
    uint64_t cores = line->owner ? UINT64_C(1) << (line->owner - 1) : 0;
    if (line->flags & CCK_LINE_SHARED) {
        cck_line_shared *shared = cck_lines_shared(&model->lines, line);
        cores = shared->seen | shared->holders;
    }
    for (; cores; cores &= cores - 1)
        cck_private_drop(model, model->active[__builtin_ctzll(cores)], place, true);
    cck_last_drop(model, place, UINT32_MAX);
    if (line->flags & CCK_LINE_SHARED)
        cck_losses_clear(&model->lines, cck_lines_shared(&model->lines, line));
    bool numbered = line->flags & (CCK_LINE_SHARED | CCK_LINE_NUMBERED);
    *line = (cck_line_state){.number = numbered ? line->number : 0,
                             .flags = numbered ? CCK_LINE_NUMBERED : 0};
}

/* What lies wholly within the lines [first, end) of a page. */
static void forget_page(cck_model *model, uint32_t at, uint64_t first, uint64_t end)
{
    uint32_t count = UINT32_C(1) << model->lines.index_bits;
    cck_line_page *page = cck_pool_at(&model->lines.pages, at);
    uint64_t start = page->number << model->lines.index_bits;
    for (uint32_t i = 0; i < count; i++) {
        cck_place place;
        cck_lines_place(&model->lines, at << model->lines.index_bits | i, &place);
        if (start + i >= first && start + i < end && (place.line->owner || place.line->flags))
            forget_line(model, &place);
    }
    if (start >= first && start + count <= end)
        page->home = 0;
}

void cck_model_forget(cck_model *model, uint64_t address, uint64_t size)
{
    uint64_t line = UINT64_C(1) << model->line_bits;
    uint64_t limit = address + size < address ? UINT64_MAX : address + size;
    uint64_t first = address / line + (address % line != 0), end = limit / line;
    uint64_t page = first >> model->lines.index_bits;
    uint64_t pages = (end >> model->lines.index_bits) - page + 1;
    if (first >= end)
        return;
    if (pages > model->lines.pages.count) { /* more than there are: see them all */
        for (uint32_t at = 1; at <= model->lines.pages.count; at++)
            forget_page(model, at, first, end);
        return;
    }
    for (; pages--; page++) {
        uint32_t at = cck_lines_look_up(&model->lines, page);
        if (at)
            forget_page(model, at, first, end);
    }
}
