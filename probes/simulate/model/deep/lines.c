/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

enum { SLOT_BITS_FIRST = 10 };

bool cck_lines_init(cck_lines *lines, uint32_t line_bits)
{
    static const uint32_t losers[CCK_LOSS_SIZES] = {2, 6, 16, 64};
    lines->line_bits = line_bits;
    lines->index_bits = CCK_PAGE_BITS - line_bits;
    cck_pool_init(&lines->pages,
                  (uint32_t)(sizeof(cck_line_page) + (sizeof(cck_line_state) << lines->index_bits)),
                  (uint32_t)(UINT64_C(1) << (32 - lines->index_bits)) - 1);
    cck_pool_init(&lines->shared, sizeof(cck_line_shared), UINT32_MAX - 1);
    for (unsigned i = 0; i < CCK_LOSS_SIZES; i++)
        cck_pool_init(&lines->losses[i],
                      (uint32_t)(sizeof(cck_losses) + losers[i] * sizeof(uint64_t)),
                      UINT32_MAX / CCK_LOSS_SIZES - 1);
    lines->slot_bits = SLOT_BITS_FIRST;
    lines->slots = calloc((size_t)1 << lines->slot_bits, sizeof *lines->slots);
    return lines->slots;
}

bool cck_lines_copy(cck_lines *lines, const cck_lines *from)
{
    size_t slots = sizeof *lines->slots << from->slot_bits;
    *lines = *from;
    memset(lines->front, 0, sizeof lines->front); /* these point into `from` */
    bool copied = cck_pool_copy(&lines->pages, &from->pages);
    copied = cck_pool_copy(&lines->shared, &from->shared) && copied;
    for (unsigned i = 0; i < CCK_LOSS_SIZES; i++)
        copied = cck_pool_copy(&lines->losses[i], &from->losses[i]) && copied;
    lines->slots = malloc(slots);
    if (lines->slots)
        memcpy(lines->slots, from->slots, slots);
    return copied && lines->slots;
}

void cck_lines_clear(cck_lines *lines)
{
    cck_pool_clear(&lines->pages);
    cck_pool_clear(&lines->shared);
    for (unsigned i = 0; i < CCK_LOSS_SIZES; i++)
        cck_pool_clear(&lines->losses[i]);
    free(lines->slots);
}

size_t cck_lines_bytes(const cck_lines *lines)
{
    size_t bytes = cck_pool_bytes(&lines->pages) + cck_pool_bytes(&lines->shared) +
                   (sizeof *lines->slots << lines->slot_bits);
    for (unsigned i = 0; i < CCK_LOSS_SIZES; i++)
        bytes += cck_pool_bytes(&lines->losses[i]);
    return bytes;
}

/* The slot of a page, or the free one where it belongs. Never full: see grow(). */
static uint32_t *slot_of(const cck_lines *lines, uint64_t page)
{
    uint64_t mask = (UINT64_C(1) << lines->slot_bits) - 1;
    uint64_t at = page * UINT64_C(0x9e3779b97f4a7c15) >> (64 - lines->slot_bits);
    for (;; at = (at + 1) & mask) {
        uint32_t number = lines->slots[at];
        if (!number || ((cck_line_page *)cck_pool_at(&lines->pages, number))->number == page)
            return &lines->slots[at];
    }
}

uint32_t cck_lines_look_up(const cck_lines *lines, uint64_t page)
{
    return *slot_of(lines, page);
}

/* At most half full. */
static bool grow(cck_lines *lines)
{
    if (lines->pages.count < UINT64_C(1) << lines->slot_bits >> 1)
        return true;
    uint32_t *slots = calloc((size_t)2 << lines->slot_bits, sizeof *slots);
    if (!slots)
        return false;
    free(lines->slots);
    lines->slots = slots;
    lines->slot_bits++;
    for (uint32_t number = 1; number <= lines->pages.count; number++) {
        cck_line_page *page = cck_pool_at(&lines->pages, number);
        *slot_of(lines, page->number) = number;
    }
    return true;
}

const cck_line_page *cck_lines_page(cck_lines *lines, uint64_t page, struct cck_front *front)
{
    uint32_t at = cck_lines_look_up(lines, page);
    if (!at) {
        if (!grow(lines) || !(at = cck_pool_take(&lines->pages)))
            return NULL;
        ((cck_line_page *)cck_pool_at(&lines->pages, at))->number = page;
        *slot_of(lines, page) = at;
    }
    *front = (struct cck_front){cck_pool_at(&lines->pages, at), page, at};
    return front->page;
}

bool cck_lines_share(cck_lines *lines, const cck_place *place)
{
    cck_line_state *line = place->line;
    if (!(line->flags & CCK_LINE_NUMBERED)) {
        uint32_t number = cck_pool_take(&lines->shared);
        if (!number)
            return false;
        line->number = number;
    }
    uint64_t owner = UINT64_C(1) << (line->owner - 1);
    bool held = line->flags & CCK_LINE_HELD;
    *cck_lines_shared(lines, line) = (cck_line_shared){
        .id = place->id,
        .holders = held ? owner : 0,
        .seen = line->flags & CCK_LINE_SEEN ? owner : 0,
        .owner = held ? line->owner : 0,
        .modified = held && line->flags & CCK_LINE_MODIFIED,
    };
    line->flags = (line->flags & CCK_LINE_IN_LL) | CCK_LINE_SHARED;
    return true;
}
