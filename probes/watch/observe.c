/* SPDX-License-Identifier: MIT */
/* From what the engine knows of lines, and we of processes, to what the analysis reads. */
#include "probes/watch/observe.h"

#include <string.h>

#include "core/base/fail.h"
#include "core/process/gather_line.h"
#include "probes/watch/callers.h"
#include "probes/watch/waits.h"

enum { LINES_MOST = 4096 };

/* ---- lines ---- */

/* Hits at which nobody else was running are no sign of a fight. */
static uint64_t hits_that_count(const cck_watch_line *line, const cck_watch_side *side)
{
    return line->confirmed ? side->concurrent : side->hits;
}

static void gather_sides(cck_gathered_line *l, const cck_watch_line *from)
{
    for (size_t i = 0; i < from->side_count; i++) {
        const cck_watch_side *side = &from->sides[i];
        cck_line_side told = {.accesses = hits_that_count(from, side),
                              .windows = side->windows_hit,
                              .stalled = side->samples,
                              .elsewhere = side->elsewhere,
                              .busy = side->busy};
        memcpy(told.watched, side->watched, sizeof told.watched);
        cck_gathered_line_side(l, side->pid, side->tid, told);
        l->line.samples += hits_that_count(from, side);
        l->line.met += side->concurrent;
        if (side->windows_hit > l->line.windows)
            l->line.windows = side->windows_hit;
    }
}

/* Of what both seldom do nobody waits long; what one does seldom, such as a ring's index that the
 * other polls, may be what it is all about. */
static bool is_steady(const cck_watch_line *line, const cck_watch_use *use)
{
    for (size_t i = 0; i < line->side_count; i++)
        for (unsigned at = use->offset; at < (unsigned)use->offset + use->size && at < 256; at++)
            if (line->sides[i].steady[at / 64] >> at % 64 & 1)
                return true;
    return false;
}

static void gather_uses(cck_gathered_line *l, const cck_watch_line *from)
{
    for (size_t i = 0; i < from->use_count; i++) {
        const cck_watch_use *use = &from->uses[i];
        cck_gathered_line_use(l, use->pid, use->tid, use->ip,
                              (cck_line_use){.offset = use->offset,
                                             .size = use->size,
                                             .reads = use->reads,
                                             .writes = use->writes,
                                             .atomic = use->atomic,
                                             .steady = is_steady(from, use),
                                             .accesses = use->hits});
    }
}

static void gather_callers(const cck_gathered_line *l, const cck_watch_callers *callers)
{
    for (size_t i = 0; i < l->line.use_count; i++) {
        cck_line_use *use = &l->uses[i];
        if (use->thread == CCK_NONE)
            continue;
        const cck_watch_thread *thread = l->g->from->threads->list[use->thread];
        use->path =
            cck_watch_callers_path(callers, l->g, cck_watch_image_of(l->g, l->image, thread->pid),
                                   thread->tid, use->code.address);
    }
}

static bool gather_line(cck_watch_gathering *g, const cck_watch_seen *seen,
                        const cck_watch_line *from)
{
    static const cck_line_strays strays = {.by_rate = true, .of = 5};
    const cck_line_place place = {from->sides[0].pid, from->sides[0].address, from->key};
    cck_gathered_line l;
    if (!cck_gathered_line_begin(&l, g, &place, from->side_count, from->use_count))
        return false;
    if (!l.image)
        return true;
    l.line.rate = from->rate;
    l.line.rate_low = from->rate_low;
    l.line.rate_high = from->rate_high;
    l.line.confirmed = from->confirmed;
    if (from->confirmed_at > seen->began)
        l.line.after = (double)(from->confirmed_at - seen->began) * 1e-9;
    l.line.lock =
        from->lock || cck_watch_waits_at(seen->waits, place.pid, place.address, seen->line_size);
    gather_sides(&l, from);
    if (!l.line.samples)
        return true;
    l.line.windows = l.line.windows ? l.line.windows : 1;
    gather_uses(&l, from);
    cck_gathered_line_end(&l, &strays);
    gather_callers(&l, seen->callers);
    return true;
}

static bool gather_lines(cck_watch_gathering *g, const cck_watch_seen *seen)
{
    const cck_watch_summary *summary = seen->summary;
    size_t count = summary->line_count < LINES_MOST ? summary->line_count : LINES_MOST;
    g->observed->lines = cck_arena_array(&g->observed->arena, count, sizeof *g->observed->lines);
    bool good = g->observed->lines != NULL;
    for (size_t i = 0; i < count && good; i++)
        if (summary->lines[i].side_count)
            good = gather_line(g, seen, &summary->lines[i]);
    return good && !g->failed;
}

/* ---- all together ---- */

/* A clean result says little as long as a line that costs its threads a finding of medium
 * severity (core/sharing/line_verdict.c) may have been missed. */
static bool is_brief(const cck_watch_seen *seen, double rate)
{
    const double medium = 0.03;
    return rate < 0 || seen->transfer_ns <= 0 || rate * seen->transfer_ns * 1e-9 > medium;
}

/* Of a target that sleeps, or of threads that end unseen, a few samples say nothing. */
static double least_rate(const cck_watch_summary *summary)
{
    enum { FEW = 50 };
    return summary->samples >= FEW ? summary->least_rate : -1;
}

int cck_watch_observe(const cck_watch_seen *seen, cck_observed *out_observed, cck_error *err)
{
    cck_observed observed = {.line_size = seen->line_size,
                             .seconds = seen->seconds,
                             .sampled = true,
                             .most_rate = seen->most_rate,
                             .brief = is_brief(seen, least_rate(seen->summary)),
                             .transfer_ns = seen->transfer_ns,
                             .undisputed = seen->undisputed,
                             .least_rate = least_rate(seen->summary)};
    const cck_watch_sources from = {.space = seen->space,
                                    .threads = seen->threads,
                                    .heaps = seen->heaps,
                                    .stacks = seen->stacks,
                                    .root = seen->root,
                                    .line_size = seen->line_size};
    cck_watch_gathering g;
    bool good = cck_watch_gather_begin(&g, &from, &observed) && gather_lines(&g, seen) &&
                cck_watch_waits_gather(&g, seen->waits);
    if (!cck_watch_gather_end(&g) || !good) {
        cck_observed_clear(&observed);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *out_observed = observed;
    return 0;
}
