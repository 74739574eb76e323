/* SPDX-License-Identifier: MIT */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

/* Longer: seldom shortened. Shorter: less memory, of the host's caches too. */
enum { TIMES_A_LINE = 8 };

static size_t table_size(const cck_shadow *shadow)
{
    return (size_t)1 << (32 - shadow->shift);
}

static size_t log_bytes(const cck_shadow *shadow)
{
    return shadow->room * sizeof *shadow->log;
}

static size_t map_bytes(const cck_shadow *shadow)
{
    return ((size_t)shadow->room / 64 + 1) * sizeof *shadow->last;
}

static size_t table_bytes(const cck_shadow *shadow)
{
    return table_size(shadow) * sizeof *shadow->table;
}

size_t cck_shadow_bytes(const cck_shadow *shadow)
{
    return shadow->log ? log_bytes(shadow) + map_bytes(shadow) + table_bytes(shadow) : 0;
}

static bool allocate(cck_shadow *shadow)
{
    shadow->log = malloc(log_bytes(shadow));
    shadow->last = calloc(1, map_bytes(shadow));
    shadow->table = calloc(1, table_bytes(shadow)); /* what is not needed is never touched */
    return shadow->log && shadow->last && shadow->table;
}

bool cck_shadow_init(cck_shadow *shadow, uint64_t lines, const cck_lines *records)
{
    *shadow = (cck_shadow){.lines = (uint32_t)lines,
                           .room = TIMES_A_LINE * (uint32_t)lines + 2,
                           .end = 1,
                           .oldest = 1,
                           .records = records,
                           .shift = 31};
    while (table_size(shadow) < 2 * lines + 2)
        shadow->shift--;
    return allocate(shadow);
}

bool cck_shadow_copy(cck_shadow *shadow, const cck_shadow *from, const cck_lines *records)
{
    *shadow = *from;
    if (!from->log)
        return true;
    shadow->records = records;
    if (!allocate(shadow))
        return false;
    memcpy(shadow->log, from->log, from->end * sizeof *from->log);
    memcpy(shadow->last, from->last, map_bytes(from));
    memcpy(shadow->table, from->table, table_bytes(from));
    return true;
}

void cck_shadow_clear(cck_shadow *shadow)
{
    free(shadow->log);
    free(shadow->last);
    free(shadow->table);
    *shadow = (cck_shadow){0};
}

/* ---- the table ---- */

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): neighbours spread. */
static uint32_t home_of(const cck_shadow *shadow, uint32_t id)
{
    return id * UINT32_C(2654435769) >> shadow->shift;
}

/* The line's entry, or the empty one where it belongs. */
static cck_shadow_stamp *entry_of(const cck_shadow *shadow, uint32_t id)
{
    uint32_t mask = (uint32_t)table_size(shadow) - 1, at = home_of(shadow, id);
    while (shadow->table[at].id && shadow->table[at].id != id)
        at = (at + 1) & mask;
    return &shadow->table[at];
}

static void put(cck_shadow *shadow, uint32_t id, uint32_t stamp)
{
    cck_shadow_stamp *entry = entry_of(shadow, id);
    shadow->tabled += !entry->id;
    *entry = (cck_shadow_stamp){id, stamp};
}

/* Those behind the gap that would not be found over it move there (TAOCP 3, 6.4, R). */
static void drop(cck_shadow *shadow, cck_shadow_stamp *entry)
{
    uint32_t mask = (uint32_t)table_size(shadow) - 1, gap = (uint32_t)(entry - shadow->table);
    for (uint32_t at = (gap + 1) & mask; shadow->table[at].id; at = (at + 1) & mask) {
        if (((at - home_of(shadow, shadow->table[at].id)) & mask) < ((at - gap) & mask))
            continue;
        shadow->table[gap] = shadow->table[at];
        gap = at;
    }
    shadow->table[gap] = (cck_shadow_stamp){0};
    shadow->tabled--;
}

/* ---- stamps ---- */

/* Of the line's record; NULL: its stamp, if it has one, is in the table. */
static uint32_t *record_stamp(const cck_shadow *shadow, uint32_t id)
{
    return shadow->records ? cck_line_stamp(cck_lines_state(shadow->records, id)) : NULL;
}

static uint32_t stamp_of(const cck_shadow *shadow, uint32_t id)
{
    const uint32_t *stamp = record_stamp(shadow, id);
    if (stamp)
        return *stamp;
    return shadow->tabled ? entry_of(shadow, id)->stamp : 0;
}

static void set_stamp(cck_shadow *shadow, uint32_t id, uint32_t time)
{
    uint32_t *stamp = record_stamp(shadow, id);
    if (stamp)
        *stamp = time;
    else if (time)
        put(shadow, id, time);
    else if (entry_of(shadow, id)->id)
        drop(shadow, entry_of(shadow, id));
}

static void clear_bit(cck_shadow *shadow, uint32_t time)
{
    shadow->last[time / 64] &= ~(UINT64_C(1) << time % 64);
}

static void set_bit(cck_shadow *shadow, uint32_t time)
{
    shadow->last[time / 64] |= UINT64_C(1) << time % 64;
}

/* The shadow is full: who was used the longest ago leaves. */
static void drop_oldest(cck_shadow *shadow)
{
    uint32_t word = shadow->oldest / 64;
    while (!shadow->last[word])
        word++;
    uint32_t time = word * 64 + (uint32_t)__builtin_ctzll(shadow->last[word]);
    clear_bit(shadow, time);
    shadow->oldest = time;
    set_stamp(shadow, shadow->log[time], 0);
}

/* Uses that were followed by another of the same line are left out: seven of eight. */
static void shorten_log(cck_shadow *shadow)
{
    uint32_t now = 1;
    for (uint32_t word = 0; word <= shadow->end / 64; word++) {
        uint64_t left = shadow->last[word];
        shadow->last[word] = 0;
        for (; left; left &= left - 1) {
            uint32_t id = shadow->log[word * 64 + (uint32_t)__builtin_ctzll(left)];
            shadow->log[now] = id;
            set_bit(shadow, now);
            set_stamp(shadow, id, now++);
        }
    }
    shadow->oldest = 1;
    shadow->end = now;
}

bool cck_shadow_take(cck_shadow *shadow, uint32_t id, uint32_t *stamp)
{
    if (shadow->end == shadow->room)
        shorten_log(shadow);
    uint32_t before = stamp ? *stamp : stamp_of(shadow, id);
    if (before)
        clear_bit(shadow, before);
    else if (shadow->used == shadow->lines)
        drop_oldest(shadow);
    else
        shadow->used++;
    set_bit(shadow, shadow->end);
    shadow->log[shadow->end] = id;
    if (stamp)
        *stamp = shadow->end;
    else
        set_stamp(shadow, id, shadow->end);
    shadow->end++;
    return before;
}

void cck_shadow_remove(cck_shadow *shadow, uint32_t id)
{
    uint32_t time = shadow->log ? stamp_of(shadow, id) : 0;
    if (!time)
        return;
    clear_bit(shadow, time);
    set_stamp(shadow, id, 0);
    shadow->used--;
}

void cck_shadow_part(cck_shadow *shadow, uint32_t id)
{
    uint32_t *stamp = shadow->log ? record_stamp(shadow, id) : NULL;
    if (!stamp || !*stamp)
        return;
    put(shadow, id, *stamp);
    *stamp = 0;
}
