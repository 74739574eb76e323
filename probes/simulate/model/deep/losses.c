/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <string.h>

/* A reference is number << 2 | which pool. */
static const unsigned room[CCK_LOSS_SIZES] = {2, 6, 16, 64};

static cck_losses *losses_at(const cck_lines *lines, uint32_t reference)
{
    return cck_pool_at(&lines->losses[reference % CCK_LOSS_SIZES], reference / CCK_LOSS_SIZES);
}

static void give(cck_lines *lines, uint32_t reference)
{
    cck_pool_give(&lines->losses[reference % CCK_LOSS_SIZES], reference / CCK_LOSS_SIZES);
}

static unsigned rank_of(const cck_losses *losses, unsigned slot)
{
    return (unsigned)__builtin_popcountll(losses->losers & ((UINT64_C(1) << slot) - 1));
}

uint64_t *cck_losses_of(const cck_lines *lines, const cck_line_shared *shared, unsigned slot)
{
    if (!shared->losses)
        return NULL;
    cck_losses *losses = losses_at(lines, shared->losses);
    return losses->losers >> slot & 1 ? &losses->masks[rank_of(losses, slot)] : NULL;
}

/* Room for one more loser: the same record, or a larger one. NULL when memory is out. */
static cck_losses *make_room(cck_lines *lines, cck_line_shared *shared)
{
    unsigned size = 0, count = 0;
    cck_losses *old = NULL;
    if (shared->losses) {
        old = losses_at(lines, shared->losses);
        size = shared->losses % CCK_LOSS_SIZES;
        count = (unsigned)__builtin_popcountll(old->losers);
        if (count < room[size])
            return old;
        size++;
    }
    uint32_t number = cck_pool_take(&lines->losses[size]);
    if (!number)
        return NULL;
    uint32_t before = shared->losses;
    shared->losses = number * CCK_LOSS_SIZES + size;
    cck_losses *losses = losses_at(lines, shared->losses);
    if (old) {
        memcpy(losses, old, sizeof *old + count * sizeof *old->masks);
        give(lines, before);
    }
    return losses;
}

bool cck_losses_add(cck_lines *lines, cck_line_shared *shared, unsigned slot, uint64_t bytes)
{
    uint64_t *mask = cck_losses_of(lines, shared, slot);
    if (!mask) {
        cck_losses *losses = make_room(lines, shared);
        if (!losses)
            return false;
        unsigned rank = rank_of(losses, slot);
        unsigned count = (unsigned)__builtin_popcountll(losses->losers);
        mask = &losses->masks[rank];
        memmove(mask + 1, mask, (count - rank) * sizeof *mask);
        losses->losers |= UINT64_C(1) << slot;
    }
    *mask = bytes;
    return true;
}

void cck_losses_write(const cck_lines *lines, const cck_line_shared *shared, unsigned writer,
                      uint64_t bytes)
{
    if (!shared->losses)
        return;
    cck_losses *losses = losses_at(lines, shared->losses);
    uint64_t *mask = losses->masks, holders = shared->holders | UINT64_C(1) << writer;
    for (uint64_t left = losses->losers; left; left &= left - 1, mask++)
        if (*mask && !(holders & (left & -left)))
            *mask |= bytes;
}

bool cck_losses_settled(const cck_lines *lines, const cck_line_shared *shared, unsigned writer,
                        uint64_t all)
{
    if (!shared->losses)
        return true;
    const cck_losses *losses = losses_at(lines, shared->losses);
    const uint64_t *mask = losses->masks;
    uint64_t holders = shared->holders | UINT64_C(1) << writer;
    for (uint64_t left = losses->losers; left; left &= left - 1, mask++)
        if (*mask && *mask != all && !(holders & (left & -left)))
            return false;
    return true;
}

void cck_losses_clear(cck_lines *lines, cck_line_shared *shared)
{
    if (shared->losses)
        give(lines, shared->losses);
    shared->losses = 0;
}
