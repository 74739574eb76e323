/* SPDX-License-Identifier: MIT */
#include "machine.h"

/* Another core has it alone, or the core lost it to a write: that is left to demand. */
static bool is_contended(const cck_model *model, const cck_private *core,
                         const cck_line_state *line)
{
    if (!model->options.coherent)
        return false;
    if (!(line->flags & CCK_LINE_SHARED))
        return line->flags & CCK_LINE_HELD && line->owner != core->slot + 1;
    const cck_line_shared *shared = cck_lines_shared(&model->lines, line);
    const uint64_t *lost = cck_losses_of(&model->lines, shared, core->slot);
    return shared->owner || (lost && *lost);
}

static void hold(cck_model *model, cck_private *core, const cck_place *place)
{
    if (!(place->line->flags & CCK_LINE_SHARED)) {
        place->line->flags |= CCK_LINE_L2;
        return;
    }
    cck_line_shared *shared = cck_lines_shared(&model->lines, place->line);
    if (!shared->holders && model->options.coherent)
        shared->owner = (uint8_t)(core->slot + 1);
    shared->holders |= cck_private_bit(core);
}

static bool has_it(const cck_private *core, const cck_place *place)
{
    if (cck_line_is_mine(core, place))
        return place->line->flags & CCK_LINE_L2;
    return cck_level_has(&core->l2, place->number, place->id);
}

static void bring(cck_model *model, cck_private *core, uint64_t number)
{
    cck_place place;
    uint32_t victim = 0;
    if (!cck_lines_find(&model->lines, number, &place) || has_it(core, &place) ||
        is_contended(model, core, place.line) || !cck_line_claim(model, core, &place))
        return;
    cck_last_use(model, core, &place);
    cck_level_use(&core->l2, number, place.id, &victim);
    hold(model, core, &place);
    if (victim)
        cck_private_evicted(model, core, victim, CCK_LINE_L2);
}

/* Not beyond the page: the next one may be anywhere in physical memory. */
static bool same_page(const cck_model *model, uint64_t line, uint64_t other)
{
    return line >> model->lines.index_bits == other >> model->lines.index_bits;
}

static void follow(cck_model *model, cck_private *core, cck_stream *stream, int64_t step,
                   uint64_t line)
{
    stream->line = line;
    stream->step = step;
    for (unsigned ahead = 1; ahead <= CCK_STREAM_DEPTH; ahead++) {
        uint64_t next = line + (uint64_t)step * ahead;
        if (same_page(model, line, next))
            bring(model, core, next);
    }
}

static void train(cck_model *model, cck_private *core, uint64_t line)
{
    for (unsigned i = 0; i < CCK_STREAMS; i++) {
        cck_stream *stream = &core->streams[i];
        int64_t step = (int64_t)(line - stream->line);
        if ((step != 1 && step != -1) || (stream->step && stream->step != step))
            continue;
        follow(model, core, stream, step, line);
        return;
    }
    core->streams[core->next_stream++ % CCK_STREAMS] = (cck_stream){.line = line};
}

void cck_prefetch(cck_model *model, cck_private *core, const cck_place *place, bool missed)
{
    uint64_t line = place->number;
    if (model->options.adjacent_prefetch && missed)
        bring(model, core, line ^ 1);
    if (model->options.stream_prefetch)
        train(model, core, line);
}
