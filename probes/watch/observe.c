/* SPDX-License-Identifier: MIT */
/* From what the engine knows of lines, and we of processes, to what the analysis reads. */
#include "probes/watch/observe.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "probes/watch/gather.h"
#include "probes/watch/waits.h"

enum {
    LINES_MOST = 4096,
    OBJECTS_OF_LINE = 64,
    STRAY_SHARE = 20, /* of a thread's hits one in so many, or fewer, */
    STRAY_OF = 5      /* or a single one of so many */
};

/* ---- modules and threads ---- */

static bool gather_modules(cck_watch_gathering *g)
{
    const cck_watch_space *space = g->seen->space;
    cck_arena *arena = &g->observed->arena;
    size_t count = 0;
    for (size_t i = 0; i < space->count; i++)
        count += space->images[i]->module_count;
    g->observed->modules = cck_arena_array(arena, count, sizeof *g->observed->modules);
    g->module_of = cck_arena_array(arena, space->count, sizeof *g->module_of);
    if (!g->observed->modules || !g->module_of)
        return false;
    for (size_t i = 0; i < space->count; i++) {
        const cck_watch_image *image = space->images[i];
        g->module_of[i] = (uint32_t)g->observed->module_count;
        for (size_t j = 0; j < image->module_count; j++) {
            const cck_file_module *from = &image->modules[j];
            cck_module *to = &g->observed->modules[g->observed->module_count++];
            *to = (cck_module){.path = cck_arena_strdup(arena, from->path),
                               .build_id = cck_arena_strdup(arena, from->build_id),
                               .start = from->start,
                               .end = from->end,
                               .bias = from->bias,
                               .pid = image->pid};
            if (!to->path || !to->build_id)
                return false;
        }
    }
    return true;
}

static bool gather_threads(cck_watch_gathering *g)
{
    const cck_watch_threads *threads = g->seen->threads;
    const cck_watch_space *space = g->seen->space;
    cck_arena *arena = &g->observed->arena;
    g->observed->threads = cck_arena_array(arena, threads->count, sizeof *g->observed->threads);
    if (!g->observed->threads)
        return false;
    for (size_t i = 0; i < threads->count; i++) {
        const cck_watch_thread *from = threads->list[i];
        const char *program = from->image < space->count ? space->images[from->image]->program : "";
        cck_observed_thread *to = &g->observed->threads[g->observed->thread_count++];
        *to = (cck_observed_thread){.pid = from->pid,
                                    .tid = from->tid,
                                    .name = cck_arena_strdup(arena, from->name),
                                    .process = cck_arena_strdup(arena, program),
                                    .creator = CCK_NONE,
                                    .cycles = from->samples};
        if (!to->name || !to->process)
            return false;
    }
    return true;
}

/* ---- lines ---- */

/* The image in which a line has that key: a process may have had it before an exec. */
static cck_watch_image *image_of(const cck_watch_gathering *g, const cck_watch_line *line)
{
    const cck_watch_space *space = g->seen->space;
    const cck_watch_side *side = &line->sides[0];
    cck_watch_image *latest = NULL;
    for (size_t i = space->count; i-- > 0;) {
        cck_watch_image *image = space->images[i];
        if (image->pid != side->pid)
            continue;
        latest = latest ? latest : image;
        if (cck_watch_image_key(image, side->address, g->seen->line_size) == line->key)
            return image;
    }
    return latest;
}

static cck_watch_image *image_of_pid(const cck_watch_gathering *g, cck_watch_image *image,
                                     int32_t pid)
{
    if (image->pid == pid)
        return image;
    for (size_t i = g->seen->space->count; i-- > 0;)
        if (g->seen->space->images[i]->pid == pid)
            return g->seen->space->images[i];
    return image;
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
        .thread = cck_watch_threads_index(g->seen->threads, from->pid, from->tid),
        /* Hits at which nobody else was running are no sign of a fight. */
        .accesses = line->confirmed ? from->concurrent : from->hits,
        .windows = from->windows_hit,
        .stalled = from->samples,
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

static size_t gather_uses(cck_watch_gathering *g, cck_watch_image *image,
                          const cck_watch_line *line, cck_line_use *uses)
{
    size_t count = 0;
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_watch_use *from = &line->uses[i];
        const cck_watch_image *where = image_of_pid(g, image, from->pid);
        if (is_stray(line, from))
            continue;
        uses[count++] = (cck_line_use){
            .thread = cck_watch_threads_index(g->seen->threads, from->pid, from->tid),
            .code = cck_watch_code(g, where, from->ip),
            .path = CCK_NONE,
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

static void sort_objects(const cck_watch_gathering *g, uint32_t *objects, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j && g->objects[objects[j]].start < g->objects[objects[j - 1]].start;
             j--) {
            uint32_t other = objects[j];
            objects[j] = objects[j - 1];
            objects[j - 1] = other;
        }
}

/* What the bytes in use belong to. */
static size_t gather_objects(cck_watch_gathering *g, cck_watch_image *image, cck_line *line,
                             uint32_t *objects)
{
    size_t count = 0;
    for (size_t i = 0; i < line->use_count && count < OBJECTS_OF_LINE; i++) {
        uint32_t object = cck_watch_object(g, image, line->address + line->uses[i].offset);
        bool known = object == CCK_NONE;
        for (size_t j = 0; j < count && !known; j++)
            known = objects[j] == object;
        if (!known)
            objects[count++] = object;
    }
    sort_objects(g, objects, count);
    return count;
}

static bool gather_line(cck_watch_gathering *g, const cck_watch_line *from)
{
    cck_arena *arena = &g->observed->arena;
    cck_watch_image *image = image_of(g, from);
    cck_line_side *sides = cck_arena_array(arena, from->side_count, sizeof *sides);
    cck_line_use *uses = cck_arena_array(arena, from->use_count, sizeof *uses);
    uint32_t *objects = cck_arena_array(arena, OBJECTS_OF_LINE, sizeof *objects);
    if (!sides || !uses || !objects)
        return false;
    if (!image)
        return true;
    cck_line line = {.pid = from->sides[0].pid,
                     .address = from->sides[0].address,
                     .size = g->seen->line_size,
                     .objects = objects,
                     .sides = sides,
                     .uses = uses,
                     .rate = from->rate,
                     .rate_low = from->rate_low,
                     .rate_high = from->rate_high,
                     .confirmed = from->confirmed,
                     .after = from->confirmed_at > g->seen->began
                                  ? (double)(from->confirmed_at - g->seen->began) * 1e-9
                                  : 0,
                     .lock = from->lock ||
                             cck_watch_waits_at(g->seen->waits, from->sides[0].pid,
                                                from->sides[0].address, g->seen->line_size)};
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
    line.use_count = gather_uses(g, image, from, uses);
    line.object_count = gather_objects(g, image, &line, objects);
    g->observed->lines[g->observed->line_count++] = line;
    return true;
}

static bool gather_lines(cck_watch_gathering *g)
{
    const cck_watch_summary *summary = g->seen->summary;
    size_t count = summary->line_count < LINES_MOST ? summary->line_count : LINES_MOST;
    g->observed->lines = cck_arena_array(&g->observed->arena, count, sizeof *g->observed->lines);
    bool good = g->observed->lines != NULL;
    for (size_t i = 0; i < count && good; i++)
        if (summary->lines[i].side_count)
            good = gather_line(g, &summary->lines[i]);
    return good && !g->failed;
}

/* ---- all together ---- */

/* The growing arrays move into the arena. */
static bool settle(cck_watch_gathering *g)
{
    cck_observed *observed = g->observed;
    observed->objects =
        cck_arena_array(&observed->arena, g->object_count, sizeof *observed->objects);
    observed->paths = cck_arena_array(&observed->arena, g->path_count, sizeof *observed->paths);
    if (!observed->objects || !observed->paths)
        return false;
    if (g->object_count)
        memcpy(observed->objects, g->objects, g->object_count * sizeof *g->objects);
    if (g->path_count)
        memcpy(observed->paths, g->paths, g->path_count * sizeof *g->paths);
    observed->object_count = g->object_count;
    observed->path_count = g->path_count;
    return true;
}

int cck_watch_observe(const cck_watch_seen *seen, cck_observed *out_observed, cck_error *err)
{
    cck_observed observed = {.line_size = seen->line_size,
                             .seconds = seen->seconds,
                             .sampled = true,
                             .most_rate = seen->most_rate,
                             .transfer_ns = seen->transfer_ns,
                             .least_rate = seen->summary->samples ? seen->summary->least_rate : -1};
    cck_watch_gathering g = {.seen = seen, .observed = &observed};
    bool good = gather_modules(&g) && gather_threads(&g) && gather_lines(&g) &&
                cck_watch_waits_gather(&g, seen->waits) && settle(&g);
    free(g.objects);
    free(g.paths);
    cck_map_clear(&g.object_of);
    cck_map_clear(&g.path_of);
    if (!good) {
        cck_observed_clear(&observed);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *out_observed = observed;
    return 0;
}
