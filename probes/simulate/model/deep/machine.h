/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_MACHINE_H
#define CCK_SIMULATE_MACHINE_H

#include "level.h"
#include "lines.h"
#include "shadow.h"

/** What a model consists of. Private to this folder, but for refill.h. */

/** A first-level TLB, and which places of the filter depend on it. */
typedef struct cck_translation {
    cck_lru lru;
    uint64_t *filtered; /* per set: bit (place % 64) of lines of its most recent page */
} cck_translation;

enum { CCK_STREAMS = 16, CCK_STREAM_DEPTH = 2 };

/** A stream that the prefetcher follows: its last line, and where it goes. */
typedef struct cck_stream {
    uint64_t line;
    int64_t step; /* 1, -1; 0: not known yet */
} cck_stream;

typedef struct cck_private {
    uint32_t slot, node, group;
    cck_level i1, d1, l2;
    cck_shadow shadow_i1, shadow_d1, shadow_l2;
    cck_translation itlb, dtlb;
    cck_lru tlb2;
    uint64_t *fetch, *load, *store; /* the filter; NULL: none */
    uint32_t d1_set_bits;           /* log2 of its sets, where it has a filter */
    bool refills; /* for cck_model_refill(): D1 has notes, L2 an order of use, nobody prefetches */
    cck_stream streams[CCK_STREAMS];
    uint32_t next_stream;
} cck_private;

struct cck_model {
    cck_model_options options;
    cck_lines lines;
    cck_private **cores;                       /* by number; NULL: not used yet */
    cck_private *active[CCK_MODEL_ACTIVE_MAX]; /* by slot */
    cck_level *groups[CCK_MODEL_ACTIVE_MAX];   /* LLC instances, in the order of their first use */
    uint32_t *group_of;                        /* by LLC number: index in `groups` + 1 */
    uint32_t actives, group_count;
    uint32_t line_bits, granule_bits, page_bits, filter_mask_d, filter_mask_i;
    uint64_t last_address;
    bool filters, prefetches, exhausted;
    bool levelwise; /* straddling accesses go level by level, as in cachegrind */
    size_t bytes;   /* of all but `lines` */
};

#define CCK_FILTER_EMPTY UINT64_MAX

/** What an access has done so far. */
typedef struct cck_doing {
    cck_private *core;
    uint64_t bytes; /* accessed of the line, a bit a granule */
    uint32_t did, shared, shared_next;
    uint32_t latency; /* of the slowest of its lines */
    uint32_t cycles;  /* on top of that */
    bool fetch, write, read;
} cck_doing;

/** The core of that number with its caches; NULL when memory is out. */
cck_private *cck_model_core(cck_model *model, uint32_t number);
/** `lines`: those of the model that it is for. */
cck_private *cck_private_copy(const cck_private *from, const cck_lines *lines);
void cck_private_free(cck_private *core);

/* coherence.c */

/** One level of a core has evicted a line: keep the directory true. `flag`: CCK_LINE_*. */
void cck_private_evicted(cck_model *model, cck_private *core, uint32_t id, uint8_t flag);

/** Take a line from all caches of a core; `lost`: to a write, so that shadows lose it too. */
void cck_private_drop(cck_model *model, cck_private *core, const cck_place *place, bool lost);

/** The line is about to be used by a core: note whose it is. False when memory is out. */
bool cck_line_claim(cck_model *model, cck_private *core, const cck_place *place);

/** Uses of the line are counted again: nobody may go on without asking. */
void cck_line_wake(const cck_model *model, uint64_t number, cck_line_shared *shared);

/** The core's private caches miss: who has the line? Fills in did and cycles. */
void cck_line_obtain(cck_model *model, cck_doing *doing, const cck_place *place);

/** The core has the line: make its state fit the access, and note the bytes. */
void cck_line_settle(cck_model *model, cck_doing *doing, const cck_place *place);

/* last.c: the LLCs */

/** Use a line in the core's LLC for a miss of the private caches: true if it was there. */
bool cck_last_use(cck_model *model, cck_private *core, const cck_place *place);

/** A line has left all private caches of a core. */
void cck_last_receive(cck_model *model, cck_private *core, const cck_place *place, bool modified);

/** Take a line from all LLCs but that of `except` (none: UINT32_MAX). */
void cck_last_drop(cck_model *model, const cck_place *place, uint32_t except);

/* prefetch.c: L1 missed; L2 did or did not. */
void cck_prefetch(cck_model *model, cck_private *core, const cck_place *place, bool missed);

/* translate.c */

bool cck_translation_init(const cck_model_options *options, cck_tlb_shape shape, cck_lru *lru);

/** An access to a page; adds to did and cycles. */
void cck_translate(cck_model *model, cck_doing *doing, uint64_t address);

/* filter.c */

/** The core may no longer use this line without anybody being called. */
void cck_filter_drop(const cck_model *model, cck_private *core, uint64_t line);

/** Likewise, but it may still read the line. */
void cck_filter_protect(const cck_model *model, cck_private *core, uint64_t line);

/** The set of a page; TLBs of 2^n sets need no division. */
static inline uint64_t cck_translation_set(const cck_lru *lru, uint64_t page)
{
    return lru->even ? page & (lru->sets - 1) : page % lru->sets;
}

/** The page was the last used of its set, so that using it again changes nothing. */
static inline bool cck_translation_is_recent(const cck_translation *tlb, uint64_t page)
{
    if (!tlb->lru.ways)
        return true;
    uint64_t set = cck_translation_set(&tlb->lru, page);
    if (tlb->lru.wide)
        return tlb->lru.wide[set * tlb->lru.ways] == page;
    uint32_t tag = tlb->lru.narrow[set * tlb->lru.ways];
    return tag != CCK_NARROW_EMPTY && tag * tlb->lru.sets + set == page;
}

static inline bool cck_line_is_mine(const cck_private *core, const cck_place *place)
{
    return !(place->line->flags & CCK_LINE_SHARED) && place->line->owner == core->slot + 1;
}

/** A bit for each granule of a line. */
static inline uint64_t cck_line_bytes(const cck_model *model)
{
    return UINT64_MAX >> (64 - (UINT64_C(1) << (model->line_bits - model->granule_bits)));
}

static inline uint64_t cck_private_bit(const cck_private *core)
{
    return UINT64_C(1) << core->slot;
}

/** Code that several cores run, and nobody ever took from another: fetched from copies, and
 * again changes nothing. Whoever writes there takes it away, with its place in the filter. */
static inline bool cck_line_is_code(const cck_model *model, const cck_doing *doing,
                                    const cck_place *place)
{
    return doing->fetch && place->line->flags & CCK_LINE_SHARED &&
           !(place->line->flags & CCK_LINE_MODIFIED) &&
           !cck_lines_shared(&model->lines, place->line)->losses;
}

/** An access has made this line the most recently used of its L1 set; see filter.c. */
static inline void cck_filter_set(const cck_model *model, const cck_doing *doing,
                                  const cck_place *place)
{
    cck_private *core = doing->core;
    if (!core->load)
        return;
    cck_translation *tlb = doing->fetch ? &core->itlb : &core->dtlb;
    uint64_t page = place->number >> (model->page_bits - model->line_bits);
    bool mine = (cck_line_is_mine(core, place) || cck_line_is_code(model, doing, place)) &&
                cck_translation_is_recent(tlb, page);
    uint64_t line = mine ? place->number : CCK_FILTER_EMPTY;
    uint64_t at = place->number & (doing->fetch ? model->filter_mask_i : model->filter_mask_d);
    if (mine && tlb->filtered)
        tlb->filtered[cck_translation_set(&tlb->lru, page)] |= UINT64_C(1) << at % 64;
    bool writable = !model->options.coherent || place->line->flags & CCK_LINE_MODIFIED;
    const cck_level *level = doing->fetch ? &core->i1 : &core->d1;
    uint32_t *note = cck_level_note(level, place->number);
    if (note) {
        *note = mine ? cck_note_of(place->number, (uint32_t)__builtin_ctzll(level->sets)) : 0;
        if (*note && writable)
            *note |= CCK_NOTE_WRITABLE;
    }
    if (doing->fetch) {
        core->fetch[at] = line;
        return;
    }
    core->load[at] = line;
    core->store[at] = writable ? line : CCK_FILTER_EMPTY;
}

#endif
