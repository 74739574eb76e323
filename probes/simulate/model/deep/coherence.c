/* SPDX-License-Identifier: MIT */
#include "machine.h"

/*
 * MESI (Papamarcos and Patel 1984) between the private caches of cores, with a
 * directory that is always true: it is told of each eviction. A line of one core only is
 * modified or exclusive by its flags; of a line that two have used, a record tells
 * who holds it, and `owner` who holds it alone. Holders without an owner share it.
 */

bool cck_line_claim(cck_model *model, cck_private *core, const cck_place *place)
{
    cck_line_state *line = place->line;
    if (line->flags & CCK_LINE_SHARED || line->owner == core->slot + 1)
        return true;
    if (!line->owner) {
        line->owner = (uint8_t)(core->slot + 1);
        return true;
    }
    cck_private *other = model->active[line->owner - 1];
    cck_filter_drop(model, other, place->number);
    cck_shadow_part(&other->shadow_l2, place->id);
    model->exhausted |= !cck_lines_share(&model->lines, place);
    return !model->exhausted;
}

void cck_line_wake(const cck_model *model, uint64_t number, cck_line_shared *shared)
{
    if (!shared->quiet)
        return;
    shared->quiet = false;
    for (uint64_t left = shared->holders; left; left &= left - 1)
        cck_filter_drop(model, model->active[__builtin_ctzll(left)], number);
}

/* The residence of the line in a shared record is over; true if it was modified. */
static bool leave_shared(cck_model *model, cck_private *core, cck_line_shared *shared)
{
    bool owned = shared->owner == core->slot + 1, modified = owned && shared->modified;
    shared->holders &= ~cck_private_bit(core);
    if (owned)
        shared->owner = shared->modified = 0;
    uint64_t *unread = cck_losses_of(&model->lines, shared, core->slot);
    if (unread)
        *unread = 0;
    return modified;
}

void cck_private_evicted(cck_model *model, cck_private *core, uint32_t id, uint8_t flag)
{
    cck_place place;
    cck_lines_place(&model->lines, id, &place);
    cck_line_state *line = place.line;
    bool modified;
    if (!(line->flags & CCK_LINE_SHARED)) {
        line->flags &= (uint8_t)~flag;
        if (line->flags & CCK_LINE_HELD)
            return;
        modified = line->flags & CCK_LINE_MODIFIED;
        line->flags &= (uint8_t)~CCK_LINE_MODIFIED;
    } else {
        if (cck_level_has(&core->d1, place.number, id) ||
            cck_level_has(&core->i1, place.number, id) ||
            cck_level_has(&core->l2, place.number, id))
            return;
        modified = leave_shared(model, core, cck_lines_shared(&model->lines, line));
    }
    cck_last_receive(model, core, &place, modified);
}

void cck_private_drop(cck_model *model, cck_private *core, const cck_place *place, bool lost)
{
    cck_line_state *line = place->line;
    cck_level_remove(&core->d1, place->number, place->id);
    cck_level_remove(&core->i1, place->number, place->id);
    cck_level_remove(&core->l2, place->number, place->id);
    cck_filter_drop(model, core, place->number);
    if (lost) {
        cck_shadow_remove(&core->shadow_d1, place->id);
        cck_shadow_remove(&core->shadow_i1, place->id);
        cck_shadow_remove(&core->shadow_l2, place->id);
    }
    if (line->flags & CCK_LINE_SHARED)
        leave_shared(model, core, cck_lines_shared(&model->lines, line));
    else
        line->flags &= (uint8_t) ~(CCK_LINE_HELD | CCK_LINE_MODIFIED);
}

/* The line becomes the core's alone, for a write. */
static void take_over(cck_model *model, cck_doing *doing, const cck_place *place,
                      cck_line_shared *shared)
{
    cck_private *core = doing->core;
    uint64_t mine = cck_private_bit(core);
    cck_line_wake(model, place->number, shared);
    for (uint64_t left = shared->holders & ~mine; left; left &= left - 1) {
        cck_private *other = model->active[__builtin_ctzll(left)];
        cck_private_drop(model, other, place, true);
        if (model->options.explain &&
            !cck_losses_add(&model->lines, shared, other->slot, doing->bytes))
            model->exhausted = true;
        doing->did |= CCK_DID_INVALIDATE;
    }
    shared->holders = mine;
    shared->owner = (uint8_t)(core->slot + 1);
    shared->modified = 1;
    if (model->group_count > 1)
        cck_last_drop(model, place, core->group);
}

/* Another core's read: whoever had the line alone shares it, and writes it back. */
static void downgrade(cck_model *model, const cck_place *place, cck_line_shared *shared)
{
    cck_private *owner = model->active[shared->owner - 1];
    uint32_t group = owner->group;
    if (shared->quiet) /* then it has a note, too */
        cck_filter_drop(model, owner, place->number);
    else
        cck_filter_protect(model, owner, place->number);
    if (shared->modified)
        place->line->dirty = cck_level_has(model->groups[group], place->number, place->id)
                                 ? (uint8_t)(group + 1)
                                 : 0;
    shared->owner = shared->modified = 0;
}

static bool neighbour_holds(const cck_model *model, const cck_private *core,
                            const cck_line_shared *shared)
{
    for (uint64_t left = shared->holders & ~cck_private_bit(core); left; left &= left - 1)
        if (model->active[__builtin_ctzll(left)]->group == core->group)
            return true;
    return false;
}

/* No cache of the core's group has it. */
static uint32_t from_afar(cck_model *model, cck_doing *doing, const cck_place *place)
{
    const cck_latencies *latencies = &model->options.latencies;
    uint8_t dirty = place->line->dirty;
    doing->did |= CCK_DID_MISS_LL;
    if (dirty && dirty != doing->core->group + 1)
        return latencies->remote_transfer;
    if (place->page->home == (int)doing->core->node + 1)
        return latencies->memory;
    doing->did |= CCK_DID_REMOTE;
    return latencies->remote_memory;
}

static uint32_t serve(cck_model *model, cck_doing *doing, const cck_place *place,
                      const cck_line_shared *shared)
{
    const cck_latencies *latencies = &model->options.latencies;
    cck_private *core = doing->core;
    bool here = cck_last_use(model, core, place);
    if (shared && shared->owner && shared->owner != core->slot + 1) {
        doing->did |= CCK_DID_TRANSFER;
        if (model->active[shared->owner - 1]->group == core->group)
            return latencies->transfer;
        doing->did |= CCK_DID_MISS_LL;
        return latencies->remote_transfer;
    }
    if (here)
        return latencies->ll;
    if (shared && neighbour_holds(model, core, shared))
        return latencies->transfer;
    return from_afar(model, doing, place);
}

void cck_line_obtain(cck_model *model, cck_doing *doing, const cck_place *place)
{
    cck_private *core = doing->core;
    cck_line_shared *shared = NULL;
    if (model->options.coherent && place->line->flags & CCK_LINE_SHARED)
        shared = cck_lines_shared(&model->lines, place->line);
    uint32_t latency = serve(model, doing, place, shared);
    if (latency > doing->latency)
        doing->latency = latency;
    if (!shared || shared->holders & cck_private_bit(core))
        return;
    if (doing->write) {
        take_over(model, doing, place, shared);
        return;
    }
    if (shared->owner)
        downgrade(model, place, shared);
    if (!shared->holders)
        shared->owner = (uint8_t)(core->slot + 1);
    shared->holders |= cck_private_bit(core);
}

static void settle_shared(cck_model *model, cck_doing *doing, const cck_place *place,
                          cck_line_shared *shared)
{
    cck_private *core = doing->core;
    if (doing->write && shared->owner == core->slot + 1) {
        shared->modified = 1;
    } else if (doing->write) {
        doing->did |= CCK_DID_UPGRADE;
        if (doing->latency < model->options.latencies.upgrade)
            doing->latency = model->options.latencies.upgrade;
        take_over(model, doing, place, shared);
    }
    if (!shared->losses)
        return;
    if (doing->write)
        cck_losses_write(&model->lines, shared, core->slot, doing->bytes);
    uint64_t *unread = doing->read ? cck_losses_of(&model->lines, shared, core->slot) : NULL;
    if (unread && *unread & doing->bytes) {
        doing->did |= CCK_WHY_ESSENTIAL;
        *unread = 0;
    }
}

void cck_line_settle(cck_model *model, cck_doing *doing, const cck_place *place)
{
    cck_line_state *line = place->line;
    if (!(line->flags & CCK_LINE_SHARED)) {
        line->flags |= doing->write ? CCK_LINE_SEEN | CCK_LINE_MODIFIED : CCK_LINE_SEEN;
        return;
    }
    cck_line_shared *shared = cck_lines_shared(&model->lines, line);
    shared->seen |= cck_private_bit(doing->core);
    shared->holders |= cck_private_bit(doing->core);
    if (model->options.coherent)
        settle_shared(model, doing, place, shared);
    if (shared->quiet)
        return;
    if (!(doing->did & CCK_DID_SHARED))
        doing->shared = line->number - 1;
    else if (doing->shared_next == UINT32_MAX)
        doing->shared_next = line->number - 1;
    doing->did |= CCK_DID_SHARED;
}
