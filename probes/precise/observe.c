/* SPDX-License-Identifier: MIT */
/* From lines that samples were at to what the analysis reads. */
#include <stdlib.h>

#include "core/base/fail.h"
#include "core/base/statistics.h"
#include "core/process/gather_line.h"
#include "probes/precise/scene.h"

enum {
    LINES_MOST = 4096,
    SURE_SAMPLES = 8,   /* hand-overs that make a line a confirmed one, */
    SURE_STRETCHES = 3, /* in so many stretches of time; */
    SURE_OF_SIDE = 2    /* and each of two threads in so many */
};

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

static void gather_sides(cck_gathered_line *l, const cck_precise_line *from)
{
    for (uint32_t i = 0; i < from->side_count; i++) {
        const cck_precise_side *side = &from->sides[i];
        cck_gathered_line_side(
            l, side->pid, side->tid,
            (cck_line_side){.accesses = side->samples, .windows = side->stretches});
    }
}

static void gather_uses(cck_gathered_line *l, const cck_precise_line *from)
{
    for (uint32_t i = 0; i < from->use_count; i++) {
        const cck_precise_use *use = &from->uses[i];
        cck_gathered_line_use(l, use->pid, use->tid, use->ip,
                              (cck_line_use){.offset = use->offset,
                                             .size = use->size,
                                             .reads = use->reads,
                                             .writes = use->writes,
                                             .atomic = use->atomic,
                                             .accesses = use->samples,
                                             .misses = use->handed});
    }
}

static bool gather_line(cck_watch_gathering *g, const cck_precise_line *from,
                        const cck_precise_end *end)
{
    static const cck_line_strays strays = {.share = 50, .of = 10};
    const cck_line_place place = {from->sides[0].pid, from->sides[0].address, from->key};
    cck_gathered_line l;
    if (!cck_gathered_line_begin(&l, g, &place, from->side_count, from->use_count))
        return false;
    if (!l.image)
        return true;
    l.line.samples = l.line.met = from->told + from->maybe;
    l.line.inferred = from->maybe;
    l.line.windows = from->stretches;
    l.line.confirmed = is_confirmed(from);
    l.line.measured = true;
    if (from->latencies && end->hertz > 0)
        l.line.transfer_ns = (double)from->latency / (double)from->latencies / end->hertz * 1e9;
    set_rate(&l.line, from, end);
    gather_sides(&l, from);
    gather_uses(&l, from);
    cck_gathered_line_end(&l, &strays);
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
