/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

/*
 * What the added code wrote, without what changes nothing in a cache: uses of the line that the
 * core used last in its set of L1. A use of it again leaves the order of the set as it is, and the
 * line stays there until another of the set is used, whatever becomes of it in other levels, as
 * long as no other core uses it. A write must have been one before: the first makes it modified.
 *
 * Whose each line is, is known of all rounds that were told, and of the one that is being told when
 * it is at its end. Where a line turns out to be of two in it, the round is gone through again
 * (trace_stage.c). Of threads that share a core, and both ran in the round, all is told, since how
 * they alternate is the reader's to say.
 */
enum { CORES_MOST = 64, KNOWN = 2048, USUAL_LINE_BITS = 6 };

/* In a table of lines: a word that accessed one, and whether that wrote, or one did before. */
#define WRITTEN CCK_WORD_DATA(0, 0, True, 0)
#define EMPTY   (~(ULong)0)

typedef struct core {
    ULong *lines;   /* used last of each set; NULL: it never ran */
    ULong *own;     /* some that no other core has used: line n at n % KNOWN */
    ULong *nobodys; /* and some that others have */
    Bool active;    /* it ran in this round: */
    UInt thread;    /* this one on it, */
    Bool crowded;   /* and others, too */
} core;

cck_held cck_clo_held;

static core cores[CORES_MOST];
static UShort **sizes; /* of each block's memory events; NULL: words tell */
static UInt block_count, block_capacity;

/* ---- blocks ---- */

static UShort *odd_sizes(const cck_block *told, const cck_event *events)
{
    Bool odd = False;
    for (UInt i = 0; i < told->events && !odd; i++)
        odd = events[i].kind != CCK_EVENT_FETCH && cck_event_size(&events[i]) == CCK_SIZE_OTHER;
    if (!odd)
        return NULL;
    UShort *all = VG_(malloc)("cck.sizes", told->memory_events * sizeof *all), *to = all;
    for (UInt i = 0; i < told->events; i++)
        if (events[i].kind != CCK_EVENT_FETCH)
            *to++ = events[i].size;
    return all;
}

/* Of the access at `at`, in front of which is its block's word. */
static UInt size_of(const ULong *at)
{
    ULong word = *at;
    if (CCK_WORD_SIZE(word) != CCK_SIZE_OTHER)
        return 1U << CCK_WORD_SIZE(word);
    while (CCK_WORD_IS_DATA(*at))
        at--;
    return sizes[CCK_WORD_LOW(*at)][CCK_WORD_EVENT(word)];
}

static ULong line_of(ULong word)
{
    return CCK_WORD_ADDRESS(word) >> cck_clo_held.line_bits;
}

/* Another core uses the line, too. */
static void drop(const core *at, ULong line)
{
    ULong *entry = at->lines ? &at->lines[line & (cck_clo_held.sets - 1)] : NULL;
    if (entry && line_of(*entry) == line)
        *entry = EMPTY;
    if (entry)
        at->own[line % KNOWN] = EMPTY;
}

void cck_filter_block(UInt number, const cck_block *told, const cck_event *events)
{
    if (!cck_clo_held.sets)
        return;
    tl_assert(number == block_count);
    if (block_count == block_capacity) {
        block_capacity = block_capacity ? 2 * block_capacity : 4096;
        sizes = VG_(realloc)("cck.sizes", sizes, block_capacity * sizeof *sizes);
    }
    sizes[block_count++] = odd_sizes(told, events);
}

Bool cck_filter_code(const cck_block *told)
{
    Bool conflict = False;
    UInt other;
    if (!cck_clo_held.sets)
        return False;
    for (ULong line = line_of(told->address); line <= line_of(told->address + told->bytes - 1);
         line++)
        if (cck_owner_share(line, &other)) {
            drop(&cores[other], line);
            conflict |= cores[other].active;
        }
    return conflict;
}

/* ---- threads and cores ---- */

/* As the reader deals them out: in turn, to 64 at most. */
static UInt core_of(UInt thread)
{
    UInt number = thread % cck_clo_held.cores;
    return number < CORES_MOST ? number : thread % CORES_MOST;
}

static void clear(const core *at)
{
    for (UInt set = 0; at->lines && set < cck_clo_held.sets; set++)
        at->lines[set] = EMPTY;
}

static void forget_known(const core *at)
{
    for (UInt i = 0; at->lines && i < KNOWN; i++)
        at->own[i] = at->nobodys[i] = EMPTY;
}

static void make(core *at)
{
    UInt sets = cck_clo_held.sets;
    at->lines = VG_(malloc)("cck.lines", (sets + 2 * KNOWN) * sizeof *at->lines);
    at->own = at->lines + sets;
    at->nobodys = at->own + KNOWN;
    clear(at);
    forget_known(at);
}

static core *core_for(UInt thread)
{
    core *at = &cores[core_of(thread)];
    if (!at->lines)
        make(at);
    return at;
}

void cck_filter_runs(UInt thread)
{
    if (!cck_clo_held.sets)
        return;
    core *at = core_for(thread);
    at->crowded |= at->active && at->thread != thread;
    at->active = True;
    at->thread = thread;
}

void cck_filter_clear(Bool active)
{
    for (UInt i = 0; i < CORES_MOST; i++)
        if (!active || cores[i].active)
            clear(&cores[i]);
}

void cck_filter_unmap(const cck_trace_map *map)
{
    ULong line_bytes = 1UL << cck_clo_held.line_bits;
    ULong first = line_of(map->start + line_bytes - 1), end = line_of(map->start + map->size);
    if (!cck_clo_held.sets || first >= end) /* no whole line */
        return;
    for (UInt i = 0; i < CORES_MOST; i++) {
        clear(&cores[i]);
        forget_known(&cores[i]);
    }
    cck_owner_forget(first, end - 1);
}

void cck_filter_round(void)
{
    for (UInt i = 0; i < CORES_MOST; i++) {
        if (cores[i].crowded)
            clear(&cores[i]);
        cores[i].active = cores[i].crowded = False;
    }
}

void cck_filter_forked(void)
{
    for (UInt i = 0; i < block_count; i++)
        VG_(free)(sizes[i]);
    block_count = 0;
    for (UInt i = 0; i < CORES_MOST; i++) {
        clear(&cores[i]);
        forget_known(&cores[i]);
        cores[i].active = cores[i].crowded = False;
    }
    cck_owner_forget(0, ~(ULong)0);
}

/* ---- words ---- */

/* A use that is told: of each line of it the core's table knows, unless it is another's too.
 * Returns whether one was taken from a core that runs in this round, and whose uses may not be
 * told. */
static Bool use(const core *mine, ULong word, UInt size)
{
    ULong last = line_of(word + size - 1);
    Bool conflict = False;
    for (ULong line = line_of(word); line <= last; line++) {
        ULong *entry = &mine->lines[line & (cck_clo_held.sets - 1)];
        ULong first = line << cck_clo_held.line_bits;
        UInt other = 0;
        cck_claim claim = cck_owner_claim(line, mine - cores, &other);
        if (claim == CCK_CLAIM_OWN) {
            ULong before = line_of(*entry) == line ? *entry : 0;
            *entry = first | ((word | before) & WRITTEN);
            mine->own[line % KNOWN] = first;
            continue;
        }
        *entry = EMPTY;
        mine->nobodys[line % KNOWN] = first;
        if (claim == CCK_CLAIM_TAKEN) {
            drop(&cores[other], line);
            conflict |= cores[other].active;
        }
    }
    return conflict;
}

enum { KIND_SHIFT = 58, KINDS = 64 }; /* of words: tag, whether it writes, size */

/* How far into its line an access may begin, to lie within it; -1: that takes a closer look. */
static Int begins_most[KINDS];

void cck_filter_set_up(void)
{
    for (ULong kind = 0; kind < KINDS; kind++) {
        ULong word = kind << KIND_SHIFT;
        Bool usual = CCK_WORD_IS_DATA(word) && CCK_WORD_SIZE(word) != CCK_SIZE_OTHER;
        begins_most[kind] = usual ? (1 << cck_clo_held.line_bits) - (1 << CCK_WORD_SIZE(word)) : -1;
    }
}

static inline Bool is_within(ULong word, UInt line_bits)
{
    return (Int)(word & ((1UL << line_bits) - 1)) <= begins_most[word >> KIND_SHIFT];
}

/* What is no block and no use of the core's own line. Returns what comes behind it. */
static __attribute__((noinline)) const ULong *tell_other(const core *mine, const ULong *at,
                                                         ULong **out, Bool *conflict)
{
    ULong word = *at, line = line_of(word);
    Bool within = is_within(word, cck_clo_held.line_bits);
    if (within && line_of(mine->nobodys[line % KNOWN]) == line)
        mine->lines[line & (cck_clo_held.sets - 1)] = EMPTY;
    else if (CCK_WORD_IS_DATA(word) && CCK_WORD_ADDRESS(word))
        *conflict |= use(mine, word, size_of(at));
    UInt words = 1 + (CCK_WORD_IS_DATA(word) ? 0 : cck_word_operands(CCK_WORD_WHAT(word)));
    while (words--)
        *(*out)++ = *at++;
    return at;
}

/* `keeps`: all is told all the same, and whose the lines are is noted. */
static inline __attribute__((always_inline)) ULong *tell(const core *mine, Bool keeps,
                                                         UInt line_bits, const ULong *at,
                                                         const ULong *end, ULong *out,
                                                         Bool *conflict)
{
    const ULong line_mask = CCK_WORD_ADDRESS(-(1UL << line_bits));
    const ULong set_mask = cck_clo_held.sets - 1;
    ULong *const lines = mine->lines, *const own = mine->own;
    while (at < end) {
        ULong word = *at, line = word >> line_bits;
        if (CCK_WORD_TAG(word) == 2) {
            *out++ = word;
            at++;
            continue;
        }
        Bool others = ((own[line % KNOWN] ^ word) & line_mask) != 0;
        if (__builtin_expect(others || !is_within(word, line_bits), 0)) {
            ULong *next = out;
            at = tell_other(mine, at, &next, conflict);
            out = next;
            continue;
        }
        ULong *entry = &lines[line & set_mask], known = *entry;
        Bool changes = ((known ^ word) & (line_mask | (word & WRITTEN))) != 0;
        *entry = changes ? word : known;
        *out = word;
        out += changes || keeps || CCK_WORD_TAG(word);
        at++;
    }
    return out;
}

ULong *cck_filter_tell(UInt thread, Bool keeps, const ULong *at, const ULong *end, ULong *out,
                       Bool *conflict)
{
    if (!cck_clo_held.sets) {
        VG_(memcpy)(out, at, (end - at) * sizeof *out);
        return out + (end - at);
    }
    const core *mine = core_for(thread);
    keeps |= mine->crowded;
    if (cck_clo_held.line_bits == USUAL_LINE_BITS)
        return tell(mine, keeps, USUAL_LINE_BITS, at, end, out, conflict);
    return tell(mine, keeps, cck_clo_held.line_bits, at, end, out, conflict);
}
