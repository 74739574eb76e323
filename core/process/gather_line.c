/* SPDX-License-Identifier: MIT */
/* From a line that a probe saw threads at to what the analysis reads. */
#include "core/process/gather_line.h"

#include <stdlib.h>

/* The image in which a line has that key: a process may have had it before an exec. */
static cck_watch_image *image_at(const cck_watch_gathering *g, const cck_line_place *place)
{
    const cck_watch_space *space = g->from->space;
    cck_watch_image *latest = NULL;
    for (size_t i = space->count; i-- > 0;) {
        cck_watch_image *image = space->images[i];
        if (image->pid != place->pid)
            continue;
        latest = latest ? latest : image;
        if (cck_watch_image_key(image, place->address, g->from->line_size) == place->key)
            return image;
    }
    return latest;
}

bool cck_gathered_line_begin(cck_gathered_line *l, cck_watch_gathering *g,
                             const cck_line_place *place, size_t sides, size_t uses)
{
    cck_arena *arena = &g->observed->arena;
    *l = (cck_gathered_line){
        .g = g,
        .image = image_at(g, place),
        .line = {.pid = place->pid, .address = place->address, .size = g->from->line_size},
        .sides = cck_arena_array(arena, sides, sizeof *l->sides),
        .uses = cck_arena_array(arena, uses, sizeof *l->uses),
        .objects = cck_arena_array(arena, CCK_WATCH_LINE_OBJECTS, sizeof *l->objects),
        .stray = cck_arena_array(arena, uses, sizeof *l->stray)};
    l->line.sides = l->sides;
    l->line.uses = l->uses;
    l->line.objects = l->objects;
    return l->sides && l->uses && l->objects && l->stray;
}

void cck_gathered_line_side(cck_gathered_line *l, int32_t pid, int32_t tid, cck_line_side side)
{
    side.thread = cck_watch_threads_index(l->g->from->threads, pid, tid);
    side.potential = -1;
    if (side.thread != CCK_NONE)
        l->sides[l->line.side_count++] = side;
}

void cck_gathered_line_use(cck_gathered_line *l, int32_t pid, int32_t tid, uint64_t ip,
                           cck_line_use use)
{
    use.thread = cck_watch_threads_index(l->g->from->threads, pid, tid);
    use.code = cck_watch_code(l->g, cck_watch_image_of(l->g, l->image, pid), ip);
    use.path = CCK_NONE;
    l->uses[l->line.use_count++] = use;
}

/* ---- strays ---- */

static bool is_stray(const cck_line *line, const cck_line_use *use, const cck_line_strays *strays)
{
    uint64_t all = 0;
    for (size_t i = 0; i < line->use_count; i++)
        if (line->uses[i].thread == use->thread)
            all += line->uses[i].accesses;
    bool seldom = strays->by_rate ? !use->steady : use->accesses * strays->share < all;
    return !use->accesses || seldom || (use->accesses == 1 && all >= strays->of);
}

static void drop_strays(cck_gathered_line *l, const cck_line_strays *strays)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->line.use_count; i++)
        l->stray[i] = is_stray(&l->line, &l->uses[i], strays);
    for (size_t i = 0; i < l->line.use_count; i++)
        if (!l->stray[i])
            l->uses[kept++] = l->uses[i];
    l->line.use_count = kept;
}

/* ---- all together ---- */

static void mark(uint64_t *bytes, const cck_line_use *use)
{
    for (unsigned at = use->offset; at < (unsigned)use->offset + use->size && at < 256; at++)
        bytes[at / 64] |= UINT64_C(1) << at % 64;
}

static void add_uses(const cck_line *line, cck_line_side *side)
{
    for (size_t i = 0; i < line->use_count; i++) {
        const cck_line_use *use = &line->uses[i];
        if (use->thread != side->thread)
            continue;
        side->writes += use->writes ? use->accesses : 0;
        side->atomics += use->atomic ? use->accesses : 0;
        if (use->reads)
            mark(side->read, use);
        if (use->writes)
            mark(side->written, use);
    }
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

void cck_gathered_line_end(cck_gathered_line *l, const cck_line_strays *strays)
{
    cck_observed *observed = l->g->observed;
    drop_strays(l, strays);
    for (size_t i = 0; i < l->line.side_count; i++)
        add_uses(&l->line, &l->sides[i]);
    qsort(l->sides, l->line.side_count, sizeof *l->sides, by_accesses);
    qsort(l->uses, l->line.use_count, sizeof *l->uses, by_misses);
    l->line.object_count = cck_watch_gather_objects(l->g, l->image, &l->line, l->objects);
    observed->lines[observed->line_count++] = l->line;
}
