/* SPDX-License-Identifier: MIT */
/*
 * Sizes of caches from the curve of latency by size. As long as what is visited fits, a
 * load takes the level's latency: a plateau. Beyond, visiting a random cycle, it climbs: at
 * once where replacement is LRU, slowly where it is random, hashed, or shared with others.
 * A level ends where the curve leaves its plateau for good. All in logarithms, because
 * levels differ by factors.
 */
#include "core/machine/curve.h"

#include <math.h>
#include <stdlib.h>

static const double climb = 0.30;  /* of an octave, in latency, per octave in size: no plateau */
static const double step = 0.35;   /* octaves between two levels, at least: 27 % */
static const double leave = 0.20;  /* of the way to the next plateau: gone from this one */
static const double narrow = 0.75; /* octaves that a plateau spans, at least */

/* What is left of the points: those with a number. */
typedef struct curve {
    size_t count;
    double *octave;  /* log2 of bytes */
    double *height;  /* log2 of ns, never falling */
    const cck_curve_point **points;
} curve;

static void clear(curve *c)
{
    free(c->octave);
    free(c->height);
    free(c->points);
}

/* Noise only adds: a larger set that was quicker shows what the smaller one really takes. */
static bool prepare(curve *c, const cck_curve_point *points, size_t count)
{
    *c = (curve){
        .octave = calloc(count + 1, sizeof *c->octave),
        .height = calloc(count + 1, sizeof *c->height),
        .points = calloc(count + 1, sizeof(*c->points)),
    };
    if (!c->octave || !c->height || !c->points)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!points[i].latency.samples || points[i].latency.median <= 0)
            continue;
        c->octave[c->count] = log2((double)points[i].bytes);
        c->height[c->count] = log2(points[i].latency.low > 0 ? points[i].latency.low
                                                              : points[i].latency.median);
        c->points[c->count++] = &points[i];
    }
    for (size_t i = c->count; i-- > 1;)
        if (c->height[i - 1] > c->height[i])
            c->height[i - 1] = c->height[i];
    return true;
}

static bool climbs(const curve *c, size_t from)
{
    return c->height[from + 1] - c->height[from] >
           climb * (c->octave[from + 1] - c->octave[from]);
}

typedef struct plateau {
    size_t first, last; /* points */
    double height;
} plateau;

/* Runs of points between which the curve does not climb. The first and the last may be
 * short: the curve begins and ends somewhere. */
static size_t find_plateaus(const curve *c, plateau *out, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count;) {
        size_t last = i;
        while (last + 1 < c->count && !climbs(c, last))
            last++;
        bool wide = c->octave[last] - c->octave[i] >= narrow;
        bool edge = i == 0 && last > i;
        if (wide || edge) {
            plateau found = {i, last, (c->height[i] + c->height[last]) / 2};
            bool higher = !count || found.height - out[count - 1].height >= step;
            if (!higher)
                out[count - 1].last = last;
            else if (count < most)
                out[count++] = found;
        }
        i = last + 1;
    }
    return count;
}

/* The first point that has gone a part of the way to the next plateau. */
static size_t find_edge(const curve *c, const plateau *from, const plateau *to)
{
    double least = from->height + leave * (to->height - from->height);
    size_t at = from->first;
    while (at + 1 < to->first && c->height[at + 1] <= least)
        at++;
    return at;
}

static const cck_figure *latency_of(const curve *c, const plateau *p)
{
    return &c->points[p->first + (p->last - p->first) / 2]->latency;
}

size_t cck_curve_levels(const cck_curve_point *points, size_t count,
                        cck_measured_cache out_levels[CCK_CURVE_LEVELS])
{
    curve c;
    plateau plateaus[CCK_CURVE_LEVELS];
    size_t found = 0;
    if (prepare(&c, points, count) && c.count >= 3)
        found = find_plateaus(&c, plateaus, CCK_CURVE_LEVELS);
    for (size_t i = 0; i < found; i++) {
        out_levels[i] = (cck_measured_cache){
            .level = (unsigned)i + 1,
            .latency = *latency_of(&c, &plateaus[i]),
        };
        size_t edge = i + 1 < found ? find_edge(&c, &plateaus[i], &plateaus[i + 1])
                                    : plateaus[i].last;
        out_levels[i].at_least = c.points[edge]->bytes;
        if (i + 1 < found)
            out_levels[i].below = c.points[edge + 1]->bytes;
    }
    clear(&c);
    return found;
}

static uint64_t size_of_level(const cck_machine_info *machine, unsigned level)
{
    for (size_t i = 0; i < machine->cache_count; i++)
        if (machine->caches[i].level == level && machine->caches[i].kind != CCK_CACHE_INSTRUCTION)
            return machine->caches[i].size;
    return 0;
}

void cck_curve_compare(cck_measured_cache *levels, size_t count, const cck_machine_info *machine)
{
    for (size_t i = 0; i < count; i++)
        levels[i].modelled = levels[i].below ? size_of_level(machine, levels[i].level) : 0;
}

bool cck_curve_agrees(const cck_measured_cache *level)
{
    return level->modelled && level->below &&
           (double)level->modelled >= 0.75 * (double)level->at_least &&
           (double)level->modelled <= 1.25 * (double)level->below;
}
