/* SPDX-License-Identifier: MIT */
/* From lines that samples were at to what the analysis reads. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/statistics.h"
#include "probes/precise/scene.h"

enum {
    LINES_MOST = 4096,
    SURE_SAMPLES = 8,   /* hand-overs that make a line a confirmed one, */
    SURE_STRETCHES = 3, /* in so many stretches of time; */
    SURE_OF_SIDE = 2,   /* and each of two threads in so many */
    STRAY_SHARE = 50,   /* of a thread's samples at a line one in so many, or fewer, */
    STRAY_OF = 10       /* or a single one of so many, is no part in it */
};

static bool is_by(const cck_precise_use *use, const cck_precise_side *side)
{
    return use->tid == side->tid && use->pid == side->pid;
}

static bool is_stray(const cck_precise_line *line, const cck_precise_use *use)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < line->use_count; i++)
        if (line->uses[i].tid == use->tid && line->uses[i].pid == use->pid)
            all += line->uses[i].samples;
    return use->samples * STRAY_SHARE < all || (use->samples == 1 && all >= STRAY_OF);
}

static void mark(uint64_t *bytes, const cck_precise_use *use)
{
    for (unsigned at = use->offset; at < (unsigned)use->offset + use->size && at < 256; at++)
        bytes[at / 64] |= UINT64_C(1) << at % 64;
}

static cck_line_side side_of(const cck_watch_gathering *g, const cck_precise_line *line,
                             const cck_precise_side *from)
{
    cck_line_side side = {.thread = cck_watch_threads_index(g->from->threads, from->pid, from->tid),
                          .accesses = from->samples,
                          .windows = from->stretches,
                          .potential = -1};
    for (uint32_t i = 0; i < line->use_count; i++) {
        const cck_precise_use *use = &line->uses[i];
        if (!is_by(use, from) || is_stray(line, use))
            continue;
        side.writes += use->writes ? use->samples : 0;
        side.atomics += use->atomic ? use->samples : 0;
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

static int by_misses(const void *a, const void *b)
{
    const cck_line_use *one = a, *other = b;
    if (one->misses != other->misses)
        return one->misses > other->misses ? -1 : 1;
    if (one->accesses != other->accesses)
        return one->accesses > other->accesses ? -1 : 1;
    if (one->thread != other->thread)
        return one->thread < other->thread ? -1 : 1;
    return (one->code.address > other->code.address) - (one->code.address < other->code.address);
}

static size_t gather_uses(cck_watch_gathering *g, cck_watch_image *image,
                          const cck_precise_line *line, cck_line_use *uses)
{
    size_t count = 0;
    for (uint32_t i = 0; i < line->use_count; i++) {
        const cck_precise_use *from = &line->uses[i];
        if (is_stray(line, from))
            continue;
        uses[count++] = (cck_line_use){
            .thread = cck_watch_threads_index(g->from->threads, from->pid, from->tid),
            .code = cck_watch_code(g, cck_watch_image_of(g, image, from->pid), from->ip),
            .path = CCK_NONE,
            .offset = from->offset,
            .size = from->size,
            .reads = from->reads,
            .writes = from->writes,
            .atomic = from->atomic,
            .accesses = from->samples,
            .misses = from->handed,
        };
    }
    qsort(uses, count, sizeof *uses, by_misses);
    return count;
}

/* Each sample stands for its period; how many samples there are is a matter of chance. */
static void set_rate(cck_line *line, const cck_precise_line *from, const cck_precise_end *end)
{
    double count = (double)line->samples;
    line->rate = end->seconds > 0 ? from->stands_for / end->seconds : 0;
    line->rate_low = line->rate * cck_poisson_low(count) / count;
    line->rate_high = end->bounded ? -1 : line->rate * cck_poisson_high(count) / count;
}

static bool is_confirmed(const cck_precise_line *line)
{
    uint32_t sure = 0;
    for (uint32_t i = 0; i < line->side_count; i++)
        sure += line->sides[i].stretches >= SURE_OF_SIDE;
    return line->told + line->maybe >= SURE_SAMPLES && line->stretches >= SURE_STRETCHES &&
           sure >= 2;
}

/* The image in which a line has that key: a process may have had it before an exec. */
static cck_watch_image *image_of(const cck_watch_gathering *g, const cck_precise_line *line)
{
    const cck_watch_space *space = g->from->space;
    cck_watch_image *latest = NULL;
    for (size_t i = space->count; i-- > 0;) {
        cck_watch_image *image = space->images[i];
        if (image->pid != line->sides[0].pid)
            continue;
        latest = latest ? latest : image;
        if (cck_watch_image_key(image, line->sides[0].address, g->from->line_size) == line->key)
            return image;
    }
    return latest;
}

static bool gather_line(cck_watch_gathering *g, const cck_precise_line *from,
                        const cck_precise_end *end)
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
                     .samples = from->told + from->maybe,
                     .inferred = from->maybe,
                     .met = from->told + from->maybe,
                     .windows = from->stretches,
                     .confirmed = is_confirmed(from),
                     .measured = true};
    if (from->latencies && end->hertz > 0)
        line.transfer_ns = (double)from->latency / (double)from->latencies / end->hertz * 1e9;
    set_rate(&line, from, end);
    for (uint32_t i = 0; i < from->side_count; i++) {
        sides[line.side_count] = side_of(g, from, &from->sides[i]);
        line.side_count += sides[line.side_count].thread != CCK_NONE;
    }
    qsort(sides, line.side_count, sizeof *sides, by_accesses);
    line.use_count = gather_uses(g, image, from, uses);
    line.object_count = cck_watch_gather_objects(g, image, &line, objects);
    g->observed->lines[g->observed->line_count++] = line;
    return true;
}

/* ---- which lines ---- */

static int by_hand_overs(const void *a, const void *b)
{
    const cck_precise_line *one = *(cck_precise_line *const *)a;
    const cck_precise_line *other = *(cck_precise_line *const *)b;
    if (one->stands_for != other->stands_for)
        return one->stands_for > other->stands_for ? -1 : 1;
    return (one->key > other->key) - (one->key < other->key);
}

/* Lines of two threads that ever came from another core, most often first; NULL: no memory. */
static cck_precise_line **shared_lines(const cck_precise_lines *lines, size_t *out_count)
{
    cck_precise_line **list = malloc((lines->by_key.count + 1) * sizeof *list);
    size_t cursor = 0, count = 0;
    uint64_t key;
    void *entry;
    while (list && cck_map_next(&lines->by_key, &cursor, &key, &entry)) {
        cck_precise_line *line = entry;
        if (line->side_count > 1 && line->told + line->maybe)
            list[count++] = line;
    }
    if (count)
        qsort(list, count, sizeof *list, by_hand_overs);
    *out_count = count < LINES_MOST ? count : LINES_MOST;
    return list;
}

static bool gather_lines(cck_watch_gathering *g, const cck_precise_lines *lines,
                         const cck_precise_end *end)
{
    size_t count;
    cck_precise_line **list = shared_lines(lines, &count);
    if (!list)
        return false;
    g->observed->lines = cck_arena_array(&g->observed->arena, count, sizeof *g->observed->lines);
    bool good = g->observed->lines != NULL;
    for (size_t i = 0; i < count && good; i++)
        good = gather_line(g, list[i], end);
    free(list);
    return good;
}

/*
 * Of a line that made so many transfers a second, each likely to be the access that is sampled,
 * SURE_SAMPLES or more samples would have come with 95 % confidence: that takes 13.15 on average
 * (Poisson). Where the PMU counts part of them only, nothing can be said.
 */
static double least_rate(const cck_precise_scene *scene, const cck_precise_end *end)
{
    const double needed = 13.15;
    if (end->bounded || !scene->taken || scene->periods <= 0 || end->seconds <= 0)
        return -1;
    return needed * scene->periods / (double)scene->taken / end->seconds;
}

int cck_precise_scene_observe(cck_precise_scene *scene, const cck_precise_end *end,
                              cck_observed *out_observed, cck_error *err)
{
    const cck_watch_sources from = {.space = &scene->space,
                                    .threads = &scene->threads,
                                    .heaps = scene->heaps,
                                    .stacks = &scene->stacks,
                                    .root = scene->root,
                                    .line_size = scene->lines.line_size};
    cck_observed observed = {.line_size = scene->lines.line_size,
                             .seconds = end->seconds,
                             .sampled = true,
                             .most_rate = 1e18, /* the PMU takes no time of its own from the rate */
                             .transfer_ns = end->transfer_ns,
                             .least_rate = least_rate(scene, end)};
    cck_watch_gathering g;
    bool good =
        cck_watch_gather_begin(&g, &from, &observed) && gather_lines(&g, &scene->lines, end);
    if (!cck_watch_gather_end(&g) || !good) {
        cck_observed_clear(&observed);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    *out_observed = observed;
    return 0;
}
