/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"

/*
 * Spans are gathered here, as they go to the ring later, but that all memory events are in them.
 * Of a process of one thread each span goes on at once, of others all of a round at its end: what
 * may be left out of a round depends on all of it (trace_filter.c).
 */
enum {
    EVENTS_WORDS = 16384,                    /* of a span of events at most, limit included */
    EVENTS_LEAST = 2 * CCK_BLOCK_WORDS_MOST, /* it is not begun with less room */
};

static ULong *stage;         /* NULL: none yet */
static ULong capacity, used; /* words */
static ULong *open;          /* the span of events that is being written */
static UInt open_thread;
static ULong open_clock;
static Bool told;               /* something was, since the last round */
static UInt alive, round_alive; /* threads: now, and in some part of this round */

static ULong next_span(ULong at)
{
    return at + CCK_SPAN_WORDS + CCK_SPAN_LENGTH(stage[at]);
}

static void tell_span(const ULong *span, Bool keeps, Bool *conflict)
{
    cck_span_kind kind = CCK_SPAN_KIND(span[0]);
    UInt words = CCK_SPAN_LENGTH(span[0]), thread = CCK_SPAN_THREAD_OF(span[0]);
    const ULong *from = span + CCK_SPAN_WORDS;
    ULong *place = cck_ring_reserve(CCK_SPAN_WORDS + words);
    if (!place)
        return;
    ULong *to = place + CCK_SPAN_WORDS;
    if (kind == CCK_SPAN_EVENTS)
        words = cck_filter_tell(thread, keeps, from, from + words, to, conflict) - to;
    else
        VG_(memcpy)(to, from, words * sizeof *to);
    if (kind == CCK_SPAN_BLOCK)
        *conflict |= cck_filter_code((const cck_block *)from);
    if (kind == CCK_SPAN_UNMAP)
        cck_filter_unmap((const cck_trace_map *)from);
    place[0] = CCK_SPAN(kind, words, thread);
    place[1] = span[1];
    cck_ring_advance(CCK_SPAN_WORDS + words);
}

static Bool tell_spans(Bool keeps)
{
    Bool conflict = False;
    for (ULong at = 0; at < used; at = next_span(at))
        tell_span(stage + at, keeps, &conflict);
    return conflict;
}

/* What is not mapped any more no cache holds, and what part of a round came before that is the
 * reader's to say. So of such a round nothing is left out. */
static void tell(void)
{
    Bool unmaps = False;
    ULong before = cck_ring_position();
    for (ULong at = 0; at < used; at = next_span(at)) {
        unmaps |= CCK_SPAN_KIND(stage[at]) == CCK_SPAN_UNMAP;
        if (CCK_SPAN_KIND(stage[at]) == CCK_SPAN_EVENTS)
            cck_filter_runs(CCK_SPAN_THREAD_OF(stage[at]));
    }
    if (tell_spans(unmaps)) { /* whose the lines of this round are is known now */
        cck_ring_rewind(before);
        cck_filter_clear(True);
        tell_spans(unmaps);
    }
    if (unmaps)
        cck_filter_clear(False);
    cck_filter_round();
    cck_ring_publish();
    told |= used > 0;
    used = 0;
}

/* The place of a span of `words`. */
static ULong *reserve(ULong words)
{
    if (used + words > capacity)
        cck_stage_round();
    tl_assert(used + words <= capacity);
    return stage + used;
}

static void add(ULong *place, cck_span_kind kind, UInt words, UInt thread, ULong clock)
{
    place[0] = CCK_SPAN(kind, words, thread);
    place[1] = clock;
    used += CCK_SPAN_WORDS + words;
    if (round_alive <= 1)
        tell();
}

void cck_stage_span(cck_span_kind kind, UInt thread, ULong clock, const void *words, UInt size,
                    const HChar *text)
{
    UInt length = text ? VG_(strlen)(text) : 0;
    UInt count = (size + length + 7) / 8;
    tl_assert(!open);
    if (!cck_ring_wanted || cck_ring_sealed())
        return;
    ULong *place = reserve(CCK_SPAN_WORDS + count);
    UChar *bytes = (UChar *)(place + CCK_SPAN_WORDS);
    VG_(memset)(bytes, 0, 8 * count);
    VG_(memcpy)(bytes, words, size);
    VG_(memcpy)(bytes + size, text, length);
    /* As the reader counts them. */
    if (kind == CCK_SPAN_THREAD) {
        alive++;
        round_alive++;
    } else if (kind == CCK_SPAN_THREAD_END && alive) {
        alive--;
    }
    add(place, kind, count, thread, clock);
}

void cck_stage_begin_events(UInt thread, ULong clock, ULong *out_next, ULong *out_limit)
{
    open = reserve(EVENTS_LEAST);
    open_thread = thread;
    open_clock = clock;
    ULong room = capacity - used < EVENTS_WORDS ? capacity - used : EVENTS_WORDS;
    *out_next = (ULong)(open + CCK_SPAN_WORDS);
    *out_limit = (ULong)(open + room - CCK_BLOCK_WORDS_MOST);
}

void cck_stage_end_events(ULong next)
{
    UInt words = (ULong *)next - open - CCK_SPAN_WORDS;
    ULong *place = open;
    open = NULL;
    if (words && cck_ring_wanted && !cck_ring_sealed())
        add(place, CCK_SPAN_EVENTS, words, open_thread, open_clock);
}

void cck_stage_round(void)
{
    if (!cck_ring_wanted || cck_ring_sealed() || (!used && !told)) {
        used = 0;
        return;
    }
    stage[used] = CCK_SPAN(CCK_SPAN_ROUND, 0, 0); /* for which there is always room */
    stage[used + 1] = 0;
    used += CCK_SPAN_WORDS;
    round_alive = alive;
    tell();
    told = False;
    cck_ring_wake();
}

void cck_stage_open(void)
{
    if (!stage) {
        capacity = cck_clo_ring / sizeof *stage / 2;
        stage = VG_(am_shadow_alloc)((capacity + CCK_SPAN_WORDS) * sizeof *stage);
    }
    used = 0;
    open = NULL;
    told = False;
    alive = round_alive = 0;
}
