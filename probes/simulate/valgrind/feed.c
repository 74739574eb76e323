/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_machine.h"

/* Sets beyond this are not filtered; the L1 of no processor has that many. */
enum { FILTER_SETS = 4096 };

static ULong fetch_lines[FILTER_SETS], data_lines[FILTER_SETS];

cck_filter cck_fetch_filter = {.lines = fetch_lines};
cck_filter cck_data_filter = {.lines = data_lines};
UInt cck_line_min;

static cck_hierarchy hierarchy;
static cck_core *core; /* of the thread whose turn it is, or was last */
static cck_thread_row *running;

static void *shadow_memory(void *context, size_t size)
{
    (void)context;
    return VG_(am_shadow_alloc)(size); /* mapped, so zeroed; ends the process if there is none */
}

/* With fewer than 8 sets an access may span so many lines that the last one falls
 * into the set of the first; see instrument.c. */
static void set_up_filter(cck_filter *filter, const cck_lru *lru)
{
    filter->line_bits = lru->line_bits;
    filter->usable = lru->even && lru->sets >= 8 && lru->sets <= FILTER_SETS;
    filter->mask = filter->usable ? lru->sets - 1 : 0;
    filter->set_bits = lru->set_bits;
}

static void load_filter(cck_filter *filter, const cck_lru *lru)
{
    filter->tags = filter->usable && lru->ways == 8 ? lru->narrow : NULL;
    if (!filter->usable)
        return;
    for (ULong set = 0; set <= filter->mask; set++)
        filter->lines[set] = cck_lru_recent(lru, set);
}

static void run_on(UInt number)
{
    cck_core *next = cck_hierarchy_core(&hierarchy, number);
    tl_assert(next);
    if (next == core)
        return;
    core = next;
    load_filter(&cck_fetch_filter, &core->i1);
    load_filter(&cck_data_filter, &core->d1);
}

void cck_feed_init(void)
{
    const cck_geometry *geometry = &cck_clo_geometry;
    Bool made = cck_hierarchy_init(&hierarchy, geometry, shadow_memory, NULL);
    tl_assert(made);
    cck_line_min = geometry->i1.line;
    if (geometry->d1.line < cck_line_min)
        cck_line_min = geometry->d1.line;
    if (geometry->l2.size && geometry->l2.line < cck_line_min)
        cck_line_min = geometry->l2.line;
    if (geometry->ll.line < cck_line_min)
        cck_line_min = geometry->ll.line;
    cck_core *first = cck_hierarchy_core(&hierarchy, 0);
    tl_assert(first);
    set_up_filter(&cck_fetch_filter, &first->i1);
    set_up_filter(&cck_data_filter, &first->d1);
}

/* Out of line: misses are rare, and the way of a hit stays short. */
static __attribute__((noinline)) void feed_below(UInt kind, Addr address, UInt size)
{
    UInt misses = cck_hierarchy_below(&hierarchy, core, address, size);
    ULong *row = running->misses[kind];
    row[CCK_LEVEL_L1]++;
    row[CCK_LEVEL_L2] += !!(misses & CCK_MISS_L2);
    row[CCK_LEVEL_LL] += !!(misses & CCK_MISS_LL);
}

static Bool is_recent(const cck_filter *filter, Addr address, UInt size)
{
    return filter->usable && filter->lines[address >> filter->line_bits & filter->mask] ==
                                 (address + size - 1) >> filter->line_bits;
}

static void note_recent(const cck_filter *filter, Addr address, UInt size)
{
    if (!filter->usable)
        return;
    ULong line = address >> filter->line_bits, last = (address + size - 1) >> filter->line_bits;
    for (; line <= last; line++)
        filter->lines[line & filter->mask] = line;
}

/* Any access to any L1. */
static __attribute__((noinline)) void feed_any(UInt kind, Addr address, UInt size)
{
    const cck_filter *filter = kind == CCK_FETCH ? &cck_fetch_filter : &cck_data_filter;
    if (is_recent(filter, address, size))
        return;
    Bool hit = cck_lru_access(kind == CCK_FETCH ? &core->i1 : &core->d1, address, size);
    note_recent(filter, address, size);
    if (!hit)
        feed_below(kind, address, size);
}

/* The same for an access within a line to an L1 of 8 ways, as most have: nine of ten
 * calls, and worth their own short way. */
static inline __attribute__((always_inline)) void feed(const cck_filter *filter, UInt kind,
                                                       Addr address, UInt size)
{
    ULong line = address >> filter->line_bits, last = (address + size - 1) >> filter->line_bits;
    ULong set = line & filter->mask, tag = line >> filter->set_bits;
    ULong *recent = &filter->lines[set];
    if (!filter->tags || line != last || tag >= CCK_NARROW_EMPTY) {
        feed_any(kind, address, size);
    } else if (*recent != line) {
        *recent = line;
        if (!cck_tags_to_front(filter->tags + 8 * set, 8, tag))
            feed_below(kind, address, size);
    }
}

VG_REGPARM(2) void cck_feed_batch(const UChar *guest, HWord events)
{
    const cck_slots *slots = (const cck_slots *)(guest + sizeof(cck_guest_state));
    const ULong *address = slots->addresses;
    for (; events; events >>= 8, address++)
        if ((events & 3) == CCK_FETCH)
            feed(&cck_fetch_filter, CCK_FETCH, *address, events >> 2 & CCK_EVENT_SIZE_MAX);
        else
            feed(&cck_data_filter, events & 3, *address, events >> 2 & CCK_EVENT_SIZE_MAX);
}

VG_REGPARM(2) void cck_feed_large(Addr address, HWord kind_and_size)
{
    feed_any(kind_and_size & 3, address, kind_and_size >> 2);
}

VG_REGPARM(2) void cck_feed_guarded(Addr address, HWord kind_and_size)
{
    if ((kind_and_size & 3) == CCK_LOAD)
        running->loads++;
    else
        running->stores++;
    feed_any(kind_and_size & 3, address, kind_and_size >> 2);
}

void cck_feed_start(ThreadId thread)
{
    static const cck_slots empty;
    running = cck_row_of(thread);
    run_on(running->core);
    VG_(set_shadow_regs_area)(thread, 1, 0, sizeof empty, (const UChar *)&empty);
}

/* Valgrind copies shadow state from parent to child thread and saves it around
 * signal handlers; both happen between turns, where the counts have been taken. */
void cck_feed_stop(ThreadId thread)
{
    cck_slots slots;
    VG_(get_shadow_regs_area)(thread, (UChar *)&slots, 1, 0, sizeof slots);
    running->instructions += (UInt)slots.instructions_loads;
    running->loads += slots.instructions_loads >> 32;
    running->stores += (UInt)slots.stores_atomics;
    running->atomics += slots.stores_atomics >> 32;
}
