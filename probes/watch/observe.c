/* SPDX-License-Identifier: MIT */
/* From what the engine knows of lines, and we of processes, to what the analysis reads. */
#include "probes/watch/observe.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/process/gather.h"
#include "probes/watch/callers.h"
#include "probes/watch/waits.h"

enum {
    LINES_MOST = 4096,
    STRAY_SHARE = 20, /* of a thread's hits one in so many, or fewer, */
    STRAY_OF = 5      /* or a single one of so many */
};

/* ---- lines ---- */

/* The image in which a line has that key: a process may have had it before an exec. */
static cck_watch_image *image_of(const cck_watch_gathering *g, const cck_watch_line *line)
{
    const cck_watch_space *space = g->from->space;
    const cck_watch_side *side = &line->sides[0];
    cck_watch_image *latest = NULL;
    for (size_t i = space->count; i-- > 0;) {
        cck_watch_image *image = space->images[i];
        if (image->pid != side->pid)
            continue;
        latest = latest ? latest : image;
        if (cck_watch_image_key(image, side->address, g->from->line_size) == line->key)
            return image;
    }
    return latest;
}

static bool is_by(const cck_watch_use *use, const cck_watch_side *side)
{
    return use->tid == side->tid && use->pid == side->pid;
}

/* Who adds up what others have counted reads their bytes once, when all is over: one hit among
 * many is no part in it. */
static bool is_stray(const cck_watch_line *line, const cck_watch_use *use)
{
    uint64_t all = 0;
    for (size_t i = 0; i < line->use_count; i++)
        if (line->uses[i].tid == use->tid && line->uses[i].pid == use->pid)
            all += line->uses[i].hits;
    return !use->hits || use->hits * STRAY_SHARE < all || (use->hits == 1 && all >= STRAY_OF);
}

static void mark(uint64_t *bytes, const cck_watch_use *use)
{
    for (unsigned at = use->offset; at < (unsigned)use->offset + use->size && at < 256; at++)
        bytes[at / 64] |= UINT64_C(1) << at % 64;
}

static cck_line_side side_of(const cck_watch_gathering *g, const cck_watch_line *line,
                             const cck_watch_side *from)
{
    cck_line_side side = {
        .thread = cck_watch_threads_index(g->from->threads, from->pid, from->tid),
        /* Hits at which nobody else was running are no sign of a fight. */
        .accesses = line->confirmed ? from->concurrent : from->hits,
        .windows = from->windows_hit,
        .stalled = from->samples,
        .busy = from->busy,
        .potential = -1,
    };
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_watch_use *use = &line->uses[i];
        if (!is_by(use, from) || is_stray(line, use))
            continue;
        side.writes += use->writes ? use->hits : 0;
        side.atomics += use->atomic ? use->hits : 0;
        if (use->reads)
            mark(side.read, use);
        if (use->writes)
            mark(side.written, use);
    }
    return side;
}

static int by_accesses(const void *a, const void *b)
{
    const cck_line_side *one = a, *other = b;
    if (one->accesses != other->accesses)
        return one->accesses > other->accesses ? -1 : 1;
    return (one->thread > other->thread) - (one->thread < other->thread);
}

static int by_hits(const void *a, const void *b)
{
    const cck_line_use *one = a, *other = b;
    if (one->accesses != other->accesses)
        return one->accesses > other->accesses ? -1 : 1;
    if (one->thread != other->thread)
        return one->thread < other->thread ? -1 : 1;
    return (one->code.address > other->code.address) - (one->code.address < other->code.address);
}

static size_t gather_uses(cck_watch_gathering *g, const cck_watch_callers *callers,
                          cck_watch_image *image, const cck_watch_line *line, cck_line_use *uses)
{
    size_t count = 0;
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_watch_use *from = &line->uses[i];
        const cck_watch_image *where = cck_watch_image_of(g, image, from->pid);
        if (is_stray(line, from))
            continue;
        uses[count++] = (cck_line_use){
            .thread = cck_watch_threads_index(g->from->threads, from->pid, from->tid),
            .code = cck_watch_code(g, where, from->ip),
            .path = cck_watch_callers_path(callers, g, where, from->tid, from->ip),
            .offset = from->offset,
            .size = from->size,
            .reads = from->reads,
            .writes = from->writes,
            .atomic = from->atomic,
            .accesses = from->hits,
        };
    }
    qsort(uses, count, sizeof *uses, by_hits);
    return count;
}

static bool gather_line(cck_watch_gathering *g, const cck_watch_seen *seen,
                        const cck_watch_line *from)
{
    cck_arena *arena = &g->observed->arena;
    cck_watch_image *image = image_of(g, from);
    cck_line_side *sides = cck_arena_array(arena, from->side_count, sizeof *sides);
    cck_line_use *uses = cck_arena_array(arena, from->use_count, sizeof *uses);
    uint32_t *objects = cck_arena_array(arena, CCK_WATCH_LINE_OBJECTS, sizeof *objects);
    if (!sides || !uses || !objects)
        return false;
    if (!image)
        return true;
    cck_line line = {.pid = from->sides[0].pid,
                     .address = from->sides[0].address,
                     .size = g->from->line_size,
                     .objects = objects,
                     .sides = sides,
                     .uses = uses,
                     .rate = from->rate,
                     .rate_low = from->rate_low,
                     .rate_high = from->rate_high,
                     .confirmed = from->confirmed,
                     .after = from->confirmed_at > seen->began
                                  ? (double)(from->confirmed_at - seen->began) * 1e-9
                                  : 0,
                     .lock =
                         from->lock || cck_watch_waits_at(seen->waits, from->sides[0].pid,
                                                          from->sides[0].address, seen->line_size)};
    for (size_t i = 0; i < from->side_count; i++) {
        const cck_watch_side *side = &from->sides[i];
        line.samples += from->confirmed ? side->concurrent : side->hits;
        line.met += side->concurrent;
        line.windows = side->windows_hit > line.windows ? side->windows_hit : line.windows;
        sides[line.side_count] = side_of(g, from, side);
        line.side_count += sides[line.side_count].thread != CCK_NONE;
    }
    if (!line.samples)
        return true;
    line.windows = line.windows ? line.windows : 1;
    qsort(sides, line.side_count, sizeof *sides, by_accesses);
    line.use_count = gather_uses(g, seen->callers, image, from, uses);
    line.object_count = cck_watch_gather_objects(g, image, &line, objects);
    g->observed->lines[g->observed->line_count++] = line;
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
