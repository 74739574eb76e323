/* SPDX-License-Identifier: MIT */
#include "refill.h"

enum { L1_SHIFT = 12, REASONS = CCK_WHY_COMPULSORY | CCK_WHY_CAPACITY | CCK_WHY_CONFLICT };
_Static_assert(CCK_WHY_COMPULSORY << L1_SHIFT == CCK_WHY_L1_COMPULSORY, "reasons of L1");

/* Others' writes since the core lost the line; NULL: it did not lose it. */
static uint64_t *loss_of(cck_model *model, const cck_private *core, const cck_line_state *line)
{
    if (!model->options.coherent || !(line->flags & CCK_LINE_SHARED))
        return NULL;
    cck_line_shared *shared = cck_lines_shared(&model->lines, line);
    if (!shared->losses || shared->holders & cck_private_bit(core))
        return NULL;
    uint64_t *written = cck_losses_of(&model->lines, shared, core->slot);
    return written && *written ? written : NULL;
}

static bool has_seen(const cck_model *model, const cck_private *core, const cck_line_state *line)
{
    if (line->flags & CCK_LINE_SHARED)
        return cck_lines_shared(&model->lines, line)->seen & cck_private_bit(core);
    return line->flags & CCK_LINE_SEEN;
}

static uint32_t reason_of(cck_model *model, const cck_doing *doing, const cck_place *place,
                          bool in_shadow)
{
    if (!has_seen(model, doing->core, place->line))
        return CCK_WHY_COMPULSORY;
    return in_shadow ? CCK_WHY_CONFLICT : CCK_WHY_CAPACITY;
}

static void explain_l1(cck_model *model, cck_doing *doing, const cck_place *place, bool in_shadow)
{
    if (doing->did & REASONS << L1_SHIFT || loss_of(model, doing->core, place->line))
        return;
    doing->did |= reason_of(model, doing, place, in_shadow) << L1_SHIFT;
}

/* Of two lines of an access, the first that misses tells why, but coherence goes first. */
static void explain(cck_model *model, cck_doing *doing, const cck_place *place, bool in_shadow)
{
    uint64_t *written = loss_of(model, doing->core, place->line);
    if (doing->did & CCK_WHY_COHERENCE)
        return;
    if (!written) {
        if (!(doing->did & REASONS))
            doing->did |= reason_of(model, doing, place, in_shadow);
        return;
    }
    bool communicates = *written & doing->bytes;
    cck_line_wake(model, place->number, cck_lines_shared(&model->lines, place->line));
    doing->did &= ~(uint32_t)REASONS;
    doing->did |= CCK_WHY_COHERENCE | (communicates ? CCK_WHY_TRUE_SHARING : CCK_WHY_FALSE_SHARING);
    if (communicates)
        *written = 0;
}

static inline __attribute__((always_inline)) bool use_l1(cck_model *model, cck_doing *doing,
                                                         const cck_place *place)
{
    cck_private *core = doing->core;
    cck_shadow *shadow = doing->fetch ? &core->shadow_i1 : &core->shadow_d1;
    uint8_t flag = doing->fetch ? CCK_LINE_I1 : CCK_LINE_D1;
    uint32_t victim = 0;
    cck_found found =
        cck_level_use(doing->fetch ? &core->i1 : &core->d1, place->number, place->id, &victim);
    if (found == CCK_FOUND_SAME)
        return true;
    bool in_shadow = shadow->log && cck_shadow_use(shadow, place->id, NULL);
    if (found == CCK_FOUND)
        return true;
    doing->did |= CCK_DID_MISS_L1;
    if (shadow->log) {
        if (model->options.explain_l1)
            explain_l1(model, doing, place, in_shadow);
        if (!core->l2.ways)
            explain(model, doing, place, in_shadow);
    }
    if (!(place->line->flags & CCK_LINE_SHARED))
        place->line->flags |= flag;
    if (victim)
        cck_private_evicted(model, core, victim, flag);
    return false;
}

static inline __attribute__((always_inline)) bool use_l2(cck_model *model, cck_doing *doing,
                                                         const cck_place *place)
{
    cck_private *core = doing->core;
    uint32_t victim = 0;
    if (!core->l2.ways)
        return false;
    cck_found found = cck_level_use(&core->l2, place->number, place->id, &victim);
    bool in_shadow =
        core->shadow_l2.log &&
        cck_shadow_use(&core->shadow_l2, place->id, cck_line_stamp(place->line));
    if (doing->latency < model->options.latencies.l2)
        doing->latency = model->options.latencies.l2;
    if (found != CCK_FOUND_NOT)
        return true;
    doing->did |= CCK_DID_MISS_L2;
    if (core->shadow_l2.log)
        explain(model, doing, place, in_shadow);
    if (!(place->line->flags & CCK_LINE_SHARED))
        place->line->flags |= CCK_LINE_L2;
    if (victim)
        cck_private_evicted(model, core, victim, CCK_LINE_L2);
    return false;
}

/* Which bytes of the line an access is to, a bit a granule. */
static inline uint64_t bytes_of(const cck_model *model, uint64_t number, uint64_t first,
                                uint64_t last)
{
    uint64_t start = number << model->line_bits, line_bytes = UINT64_C(1) << model->line_bits;
    uint64_t from = first > start ? first - start : 0;
    uint64_t to = last - start < line_bytes ? last - start : line_bytes - 1;
    from >>= model->granule_bits;
    to >>= model->granule_bits;
    return (UINT64_MAX >> (63 - (to - from))) << from;
}

/* A line of an access: which it is, and which of its bytes. */
static inline __attribute__((always_inline)) bool find(cck_model *model, cck_doing *doing,
                                                       uint64_t number, uint64_t first,
                                                       uint64_t last, cck_place *out_place)
{
    if (!cck_lines_find(&model->lines, number, out_place)) {
        model->exhausted = true;
        return false;
    }
    if (!cck_line_claim(model, doing->core, out_place))
        return false;
    if (!out_place->page->home)
        out_place->page->home = (int8_t)(doing->core->node + 1);
    doing->bytes = bytes_of(model, number, first, last);
    return true;
}

static void use_line(cck_model *model, cck_doing *doing, uint64_t number, uint64_t first,
                     uint64_t last)
{
    cck_place place;
    if (!find(model, doing, number, first, last, &place))
        return;
    bool l1 = use_l1(model, doing, &place), l2 = l1 || use_l2(model, doing, &place);
    if (!l2)
        cck_line_obtain(model, doing, &place);
    cck_line_settle(model, doing, &place);
    cck_filter_set(model, doing, &place);
    if (!l1 && model->prefetches)
        cck_prefetch(model, doing->core, &place, !l2);
}

/*
 * As cachegrind does: if one line misses a level, the next level is accessed with all of
 * them. That order is kept where its numbers are promised.
 */
static void use_levelwise(cck_model *model, cck_doing *doing, uint64_t first, uint64_t last)
{
    cck_place place;
    uint64_t from = first >> model->line_bits, to = last >> model->line_bits;
    bool hit = true;
    for (uint64_t line = from; line <= to; line++)
        if (find(model, doing, line, first, last, &place))
            hit &= use_l1(model, doing, &place);
    for (uint64_t line = from, l2 = true; !hit && line <= to; hit = line++ == to && l2)
        if (find(model, doing, line, first, last, &place))
            l2 &= use_l2(model, doing, &place);
    for (uint64_t line = from; !hit && line <= to; line++)
        if (find(model, doing, line, first, last, &place))
            cck_line_obtain(model, doing, &place);
    for (uint64_t line = from; line <= to; line++) {
        if (!find(model, doing, line, first, last, &place))
            return;
        cck_line_settle(model, doing, &place);
        cck_filter_set(model, doing, &place);
    }
}

static void use_bytes(cck_model *model, cck_doing *doing, uint64_t first, uint64_t last)
{
    uint64_t from = first >> model->line_bits, to = last >> model->line_bits;
    for (uint64_t page = first >> model->page_bits; page <= last >> model->page_bits; page++)
        cck_translate(model, doing, page << model->page_bits);
    if (from == to) {
        use_line(model, doing, from, first, last);
        return;
    }
    doing->did |= CCK_DID_STRADDLE;
    if (model->levelwise) {
        use_levelwise(model, doing, first, last);
        return;
    }
    for (uint64_t line = from; line <= to; line++)
        use_line(model, doing, line, first, last);
}

/* The core's own line is in its L2 and not in its L1: what use_l1() and use_l2() do then.
 * False: nothing was done, since L1 has a shadow. */
static inline bool fill_l1(cck_model *model, cck_doing *doing, const cck_place *place, uint8_t flag)
{
    cck_private *core = doing->core;
    const cck_level *level = doing->fetch ? &core->i1 : &core->d1;
    uint32_t victim = 0;
    if (core->shadow_d1.log)
        return false;
    if (level->orders)
        victim = cck_level_fill(level, cck_level_set(level, place->number), place->id);
    else
        cck_level_use(level, place->number, place->id, &victim);
    doing->did = CCK_DID_MISS_L1;
    doing->latency =
        doing->latency > model->options.latencies.l2 ? doing->latency : model->options.latencies.l2;
    place->line->flags |= flag;
    if (victim && !cck_refill_leaves(&model->lines, victim, flag))
        cck_private_evicted(model, core, victim, flag);
    cck_level_use(&core->l2, place->number, place->id, &victim);
    if (core->shadow_l2.log)
        cck_shadow_use(&core->shadow_l2, place->id, cck_line_stamp(place->line));
    return true;
}

bool cck_model_refill(cck_model *model, uint32_t core, uint64_t line, bool writes)
{
    return cck_refill(model, core, line, writes);
}

/* Others wrote what the core has not read, since it lost the line. */
static inline bool has_unread(const cck_lines *lines, const cck_line_shared *shared,
                              const cck_private *core)
{
    const uint64_t *unread = shared->losses ? cck_losses_of(lines, shared, core->slot) : NULL;
    return unread && *unread;
}

void cck_model_quiet(cck_model *model, uint32_t number)
{
    if (model->options.coherent)
        ((cck_line_shared *)cck_pool_at(&model->lines.shared, number + 1))->quiet = true;
}

/* The line is used last of its set: what the filter may answer of it from now on. */
static inline void filter_shared(const cck_private *core, uint64_t line, size_t at, bool quiet,
                                 bool writable)
{
    uint64_t set = line & ((UINT64_C(1) << core->d1_set_bits) - 1);
    uint64_t known = quiet ? line : line | CCK_FILTER_SHARED;
    uint32_t note =
        quiet ? cck_note_of(line, core->d1_set_bits) : 0; /* of the others, everything is seen */
    core->d1.notes[at] = note && writable ? note | CCK_NOTE_WRITABLE : note;
    core->load[set] = known;
    core->store[set] = writable ? known : CCK_FILTER_EMPTY;
}

/* The line is in L1 and the last used of its set there, from now on. False: it was not there. */
static inline bool reuse_l1(const cck_private *core, uint64_t set, uint32_t id, size_t *out_at)
{
    size_t first = set * core->d1.stride;
    uint32_t found = cck_tags_find(core->d1.tags + first, core->d1.stride, id, UINT32_MAX);
    if (!found)
        return false;
    uint32_t way = (uint32_t)__builtin_ctz(found);
    core->d1.orders[set] = cck_order_first(core->d1.orders[set], way);
    *out_at = first + way;
    return true;
}

/* L2 has it, from where it comes into L1; see refill.h. False: nothing was done. */
static inline bool refill_shared(cck_model *model, cck_private *core, uint64_t line, uint32_t id,
                                 size_t *out_at)
{
    if (!core->refills || !cck_level_again(&core->l2, line, id))
        return false;
    uint32_t victim = cck_level_fill_at(&core->d1, line & model->filter_mask_d, id, out_at);
    if (victim && !cck_refill_leaves(&model->lines, victim, CCK_LINE_D1))
        cck_private_evicted(model, core, victim, CCK_LINE_D1);
    if (core->shadow_l2.log)
        cck_shadow_use(&core->shadow_l2, id, NULL);
    return true;
}

/* What hit_shared() does where it is the least: nothing to note of bytes, no upgrade. */
cck_reuse cck_model_reuse(cck_model *model, uint32_t number, uint64_t line, bool writes,
                          uint32_t *out_shared)
{
    cck_private *core = model->cores[number];
    const cck_lines *lines = &model->lines;
    const struct cck_front *front = &lines->front[(line >> lines->index_bits) % CCK_FRONT_PAGES];
    if (front->number != line >> lines->index_bits || !front->page)
        return CCK_REUSE_NOT;
    uint32_t index = line & ((UINT32_C(1) << lines->index_bits) - 1);
    const cck_line_state *state = &front->page->lines[index];
    if (!(state->flags & CCK_LINE_SHARED))
        return CCK_REUSE_NOT;
    cck_line_shared *shared = cck_lines_shared(lines, state);
    bool mine = shared->owner == core->slot + 1;
    bool settled = mine && cck_losses_settled(lines, shared, core->slot, cck_line_bytes(model));
    if ((writes && !settled) || has_unread(lines, shared, core))
        return CCK_REUSE_NOT;
    uint32_t id = front->at << lines->index_bits | index;
    size_t at;
    bool hit = reuse_l1(core, line & model->filter_mask_d, id, &at);
    if (!hit && (!shared->quiet || !refill_shared(model, core, line, id, &at)))
        return CCK_REUSE_NOT;
    shared->seen |= cck_private_bit(core);
    shared->holders |= cck_private_bit(core);
    if (writes)
        shared->modified = 1;
    filter_shared(core, line, at, shared->quiet, settled && shared->modified);
    *out_shared = state->number - 1;
    return !shared->quiet ? CCK_REUSE_COUNT : hit ? CCK_REUSE_QUIET : CCK_REUSE_REFILL;
}

/* A load or store of a line that two cores have used, in D1: what use_line() does then. */
static bool hit_shared(cck_model *model, cck_doing *doing, const cck_place *place, uint64_t first,
                       uint64_t last)
{
    cck_private *core = doing->core;
    if (doing->fetch || !core->d1.orders || core->shadow_d1.log)
        return false;
    uint64_t set = cck_level_set(&core->d1, place->number);
    const uint32_t *tags = core->d1.tags + set * core->d1.stride;
    uint32_t found = cck_tags_find(tags, core->d1.stride, place->id, UINT32_MAX);
    if (!found)
        return false;
    uint32_t way = (uint32_t)__builtin_ctz(found);
    core->d1.orders[set] = cck_order_first(core->d1.orders[set], way);
    doing->bytes = bytes_of(model, place->number, first, last);
    cck_line_settle(model, doing, place);
    if (core->d1.notes) /* of these lines, everything is seen */
        core->d1.notes[set * core->d1.stride + way] = 0;
    if (core->load)
        core->load[set] = core->store[set] = CCK_FILTER_EMPTY;
    return true;
}

/*
 * What most accesses are: to one line, that no other core has used, in the L1 or L2, its
 * page the last used of its TLB set. False: that is not so, and nothing was done. It does what
 * use_line() does then.
 */
static inline bool is_quick(cck_model *model, cck_doing *doing, uint64_t first, uint64_t last)
{
    cck_private *core = doing->core;
    uint64_t number = first >> model->line_bits, page = number >> model->lines.index_bits;
    const struct cck_front *front = &model->lines.front[page % CCK_FRONT_PAGES];
    const cck_translation *tlb = doing->fetch ? &core->itlb : &core->dtlb;
    if (last >> model->line_bits != number || front->number != page || !front->page ||
        !cck_translation_is_recent(tlb, first >> model->page_bits))
        return false;
    uint32_t index = number & ((UINT32_C(1) << model->lines.index_bits) - 1);
    cck_place place = {
        .page = (cck_line_page *)front->page,
        .line = (cck_line_state *)&front->page->lines[index],
        .number = number,
        .id = front->at << model->lines.index_bits | index,
    };
    uint8_t flag = doing->fetch ? CCK_LINE_I1 : CCK_LINE_D1, held = place.line->flags;
    if (held & CCK_LINE_SHARED)
        return hit_shared(model, doing, &place, first, last);
    if (!cck_line_is_mine(core, &place) || !(held & (flag | CCK_LINE_L2)))
        return false;
    if (held & flag)
        use_l1(model, doing, &place);
    else if (!fill_l1(model, doing, &place, flag))
        return false;
    place.line->flags |= doing->write ? CCK_LINE_SEEN | CCK_LINE_MODIFIED : CCK_LINE_SEEN;
    cck_filter_set(model, doing, &place);
    if (!(held & flag) && model->prefetches)
        cck_prefetch(model, core, &place, false);
    return true;
}

void cck_model_access(cck_model *model, uint32_t core, cck_access_kind kind, uint64_t address,
                      uint32_t size, cck_outcome *out_outcome)
{
    cck_doing doing = {
        .core = core < model->options.cores && model->cores[core] ? model->cores[core]
                                                                  : cck_model_core(model, core),
        .shared_next = UINT32_MAX,
        .latency = model->options.latencies.l1,
        .fetch = kind == CCK_ACCESS_FETCH,
        .write = kind >= CCK_ACCESS_STORE,
        .read = kind != CCK_ACCESS_STORE,
    };
    uint64_t last = address + size - 1;
    if (doing.core && !model->exhausted && last >= address && last <= model->last_address &&
        !is_quick(model, &doing, address, last))
        use_bytes(model, &doing, address, last);
    *out_outcome = (cck_outcome){
        .did = doing.did,
        .cycles = doing.latency + doing.cycles,
        .shared = doing.shared,
        .shared_next = doing.shared_next,
    };
}
