/* SPDX-License-Identifier: MIT */
/*
 * Memory for call paths is bounded, not their number: interpreters and parsers have
 * millions, nearly all of which run once. When there are too many, those that cost the
 * least are folded (compare D'Elia, Demetrescu and Finocchi, "Mining hot calling contexts
 * in small space", PLDI 2011):
 *
 *   costly   stay as they are, and so do all their callers;
 *   fair     are told of right below their nearest costly caller, with where they were
 *            called: functions in between are lost;
 *   the rest by function alone, below their nearest caller of the very costliest.
 *
 * Paths that come to be the same are one then. Which code ran in which thread, what it cost,
 * and so all totals stay exact, and so does what costly paths cost with all below them.
 *
 * Paths that something else holds on to keep their numbers and all their callers: those
 * that memory was allocated or threads created on, and, where nobody asks for costs by path,
 * those that accessed shared lines. All others are of no use there and go.
 */
#include <stdlib.h>
#include <string.h>

#include "probes/simulate/reader/process.h"

enum {
    BETTER = 16,     /* one in so many of the costliest paths gets the rest below it */
    WORSE = 4,       /* so many times as many have their callers told */
    LEAST = 16,      /* of the costliest */
    STACKS_STAY = 64 /* with fewer of them, what threads are in the middle of is folded too */
};

typedef struct folding {
    cck_process *process;
    cck_paths *paths;
    size_t count;    /* of them before */
    uint32_t *order; /* those in use, outermost first */
    size_t used;
    uint64_t *weight;  /* cycles of a path and all below it */
    bool *held;        /* it stays whatever it cost, and who called it too */
    uint32_t *anchor;  /* itself if it cost much, else the nearest caller that did */
    uint32_t *best_of; /* likewise, of those that cost the most */
    uint64_t best, costly, fair;
    uint32_t *to; /* the path that it is now; CCK_NONE: it is gone */
    uint32_t *place_to;
} folding;

static cck_path_node *node_of(const folding *f, uint32_t path)
{
    return &f->paths->list[path];
}

static bool by_depth(folding *f)
{
    size_t starts[CCK_PATH_DEPTH + 2] = {0};
    for (uint32_t i = 0; i < f->count; i++)
        f->used += node_of(f, i)->depth > 0;
    for (uint32_t i = 0; i < f->count; i++)
        if (node_of(f, i)->depth)
            starts[node_of(f, i)->depth + 1]++;
    for (size_t depth = 1; depth < CCK_PATH_DEPTH + 2; depth++)
        starts[depth] += starts[depth - 1];
    for (uint32_t i = 0; i < f->count; i++)
        if (node_of(f, i)->depth)
            f->order[starts[node_of(f, i)->depth]++] = i;
    return f->used > 0;
}

/* ---- what each path cost ---- */

static void weigh(folding *f)
{
    const cck_process *process = f->process;
    for (size_t i = 0; i < process->place_count; i++) {
        const cck_visit *place = &process->places[i];
        if (place->path != CCK_NONE)
            f->weight[place->path] +=
                place->count * process->blocks.list[place->block].instructions;
    }
    for (size_t i = 0; i < process->cost_count; i++) {
        const cck_visit_cost *cost = &process->costs[i];
        uint32_t path = process->places[cost->key >> 16].path;
        if (path != CCK_NONE)
            f->weight[path] += cost->costs[CCK_COST_CYCLES];
    }
    for (size_t i = f->used; i-- > 0;) {
        uint32_t parent = node_of(f, f->order[i])->parent;
        if (parent != CCK_NONE)
            f->weight[parent] += f->weight[f->order[i]];
    }
}

static int descending(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a < b) - (a > b);
}

/* The weights from which on a path is kept, told apart, or has everything else below it. */
static bool set_limits(folding *f)
{
    size_t most = f->process->costliest;
    const size_t ranks[] = {most / BETTER, most, most * WORSE};
    uint64_t *const limits[] = {&f->best, &f->costly, &f->fair};
    f->best = f->costly = f->fair = 0;
    if (!f->process->plan->spots) {
        f->best = f->costly = f->fair = UINT64_MAX;
        return true;
    }
    uint64_t *sorted = malloc(f->used * sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < f->used; i++)
        sorted[i] = f->weight[f->order[i]];
    qsort(sorted, f->used, sizeof *sorted, descending);
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (ranks[i] < f->used)
            *limits[i] = sorted[ranks[i]] + 1; /* of several that weigh as much, all or none */
    free(sorted);
    return true;
}

/* ---- what is kept ---- */

static void anchor(folding *f, uint32_t path)
{
    if (path < f->count)
        f->anchor[path] = path;
}

static void hold(folding *f, uint32_t path)
{
    if (path < f->count)
        f->held[path] = true;
}

/* What a thread is in the middle of stays as long as there is room. */
static void hold_threads(folding *f)
{
    const cck_process *process = f->process;
    bool stay = !process->plan->spots || process->costliest >= STACKS_STAY;
    for (size_t i = 0; i < process->thread_count; i++) {
        const cck_reader_thread *thread = process->threads[i];
        hold(f, thread->creator);
        if (!stay || thread->place == CCK_NONE || thread->ended)
            continue;
        anchor(f, thread->path);
        for (size_t j = 0; j < thread->frame_count; j++)
            anchor(f, thread->frames[j].path);
    }
}

static bool choose_kept(folding *f)
{
    const cck_process *process = f->process;
    if (!set_limits(f))
        return false;
    for (size_t i = 0; i < f->count; i++)
        f->anchor[i] = CCK_NONE;
    for (size_t i = 0; i < f->used; i++) {
        uint32_t path = f->order[i];
        if (node_of(f, path)->parent == CCK_NONE || f->weight[path] >= f->costly)
            anchor(f, path);
        f->held[path] = node_of(f, path)->pinned;
    }
    hold_threads(f);
    for (size_t i = 0; i < process->place_count && !process->plan->spots; i++)
        hold(f, process->places[i].path);
    for (size_t i = f->used; i-- > 0;) { /* and who called them */
        uint32_t path = f->order[i];
        if (f->anchor[path] == path)
            anchor(f, node_of(f, path)->parent);
        if (f->held[path])
            hold(f, node_of(f, path)->parent);
    }
    for (size_t i = 0; i < f->used; i++) {
        uint32_t path = f->order[i];
        uint32_t parent = node_of(f, path)->parent;
        if (f->anchor[path] == CCK_NONE)
            f->anchor[path] = f->anchor[parent];
        f->best_of[path] =
            parent == CCK_NONE || f->weight[path] >= f->best ? path : f->best_of[parent];
    }
    return true;
}

/* ---- the new tree ---- */

static bool know(folding *f, uint32_t path)
{
    const cck_path_node *node = node_of(f, path);
    uint64_t *known =
        cck_dictionary_put(&f->paths->known, cck_path_key(node->parent, node->call, node->entry));
    if (known)
        *known = (uint64_t)path + 1;
    return known;
}

/* Where a path goes that cost little: right below its anchor, or by function alone, as if the
 * first instruction of who it is below had called it. */
static void aim(const folding *f, uint32_t path, cck_path_node *node)
{
    *node = *node_of(f, path);
    bool fair = f->weight[path] >= f->fair;
    node->parent = fair ? f->anchor[path] : f->best_of[path];
    node->call = fair ? node->call : node_of(f, node->parent)->entry;
    node->depth = node_of(f, node->parent)->depth + 1;
    node->last = CCK_NONE;
    node->pinned = 0;
}

static bool lower(folding *f, uint32_t path)
{
    cck_path_node node;
    uint32_t slot = path;
    aim(f, path, &node);
    uint64_t key = cck_path_key(node.parent, node.call, node.entry);
    uint64_t *known = cck_dictionary_put(&f->paths->known, key);
    if (!known)
        return false;
    if (*known) {
        f->to[path] = (uint32_t)(*known - 1);
        return true;
    }
    if (f->held[path] && !cck_paths_slot(f->paths, &slot)) {
        cck_dictionary_remove(&f->paths->known, key);
        return false;
    }
    *node_of(f, slot) = node;
    *known = (uint64_t)slot + 1;
    f->to[path] = slot;
    return true;
}

static void drop(folding *f, uint32_t path)
{
    *node_of(f, path) = (cck_path_node){.parent = f->paths->unused, .last = CCK_NONE};
    f->paths->unused = path;
    f->paths->unused_count++;
    f->paths->folded += f->process->plan->spots;
}

/* Those that stay come before all that may be folded into them. */
static bool place_paths(folding *f)
{
    bool spots = f->process->plan->spots, good = true;
    cck_dictionary_clear(&f->paths->known);
    for (size_t i = 0; i < f->used && good; i++) {
        uint32_t path = f->order[i];
        bool stays = f->anchor[path] == path || f->held[path];
        f->to[path] = stays ? path : CCK_NONE;
        node_of(f, path)->last = CCK_NONE;
        good = !stays || know(f, path);
    }
    for (size_t i = 0; i < f->used && good && spots; i++)
        if (f->anchor[f->order[i]] != f->order[i])
            good = lower(f, f->order[i]);
    for (size_t i = 0; i < f->used && good; i++)
        if (f->to[f->order[i]] != f->order[i] && !f->held[f->order[i]])
            drop(f, f->order[i]);
    return good;
}

/* ---- what stands on the paths ---- */

static bool move_places(folding *f)
{
    cck_process *process = f->process;
    size_t count = process->place_count;
    process->place_count = 0;
    cck_dictionary_clear(&process->place_of);
    memset(process->places_at_hand, 0, sizeof process->places_at_hand);
    for (size_t i = 0; i < count; i++) { /* none comes behind where it was */
        cck_visit place = process->places[i];
        uint32_t path = place.path == CCK_NONE ? CCK_NONE : f->to[place.path];
        if (!cck_stack_place_at(process, place.thread, path, place.block, &f->place_to[i]))
            return false;
        process->places[f->place_to[i]].count += place.count;
    }
    return true;
}

static bool move_costs(folding *f)
{
    cck_process *process = f->process;
    size_t count = process->cost_count;
    process->cost_count = 0;
    cck_dictionary_clear(&process->cost_of);
    memset(process->costs_at_hand, 0, sizeof process->costs_at_hand);
    for (size_t i = 0; i < count; i++) {
        cck_visit_cost cost = process->costs[i];
        cost.key = (uint64_t)f->place_to[cost.key >> 16] << 16 | (cost.key & 0xffff);
        uint64_t *found = cck_dictionary_put(&process->cost_of, cost.key);
        if (!found)
            return false;
        if (!*found) {
            process->costs[process->cost_count++] = cost;
            *found = process->cost_count;
            continue;
        }
        cck_visit_cost *to = &process->costs[*found - 1];
        to->absent += cost.absent;
        for (int class = 0; class < CCK_COSTS; class ++)
            to->costs[class] += cost.costs[class];
    }
    return true;
}

static bool move_cuts(folding *f)
{
    cck_process *process = f->process;
    size_t count = process->cut_count;
    process->cut_count = 0;
    cck_dictionary_clear(&process->cut_of);
    for (size_t i = 0; i < count; i++) {
        cck_visit_cut cut = process->cuts[i];
        cut.place = f->place_to[cut.place];
        uint64_t *found = cck_dictionary_put(&process->cut_of,
                                             cck_cut_key(cut.place, cut.instructions, cut.data));
        if (!found)
            return false;
        if (*found) {
            process->cuts[*found - 1].count += cut.count;
        } else {
            process->cuts[process->cut_count++] = cut;
            *found = process->cut_count;
        }
    }
    return true;
}

static void move_uses(const folding *f, cck_life *lives, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lives[i].use_count; j++) {
            uint64_t *key = &lives[i].uses[j].key;
            *key = (uint64_t)f->place_to[*key >> 16] << 16 | (*key & 0xffff);
        }
}

static void move_threads(const folding *f)
{
    for (size_t i = 0; i < f->process->thread_count; i++) {
        cck_reader_thread *thread = f->process->threads[i];
        if (thread->here)
            memset(thread->here, 0, thread->here_count * sizeof *thread->here);
        if (thread->place == CCK_NONE)
            continue;
        thread->place = f->place_to[thread->place];
        if (thread->path < f->count)
            thread->path = f->to[thread->path];
        for (size_t j = 0; j < thread->frame_count; j++) {
            cck_shadow_frame *frame = &thread->frames[j];
            frame->place = f->place_to[frame->place];
            if (frame->path < f->count)
                frame->path = f->to[frame->path];
        }
    }
}

static bool fold(folding *f)
{
    cck_process *process = f->process;
    f->order = calloc(f->count, sizeof *f->order);
    f->weight = calloc(f->count, sizeof *f->weight);
    f->held = calloc(f->count, sizeof *f->held);
    f->anchor = calloc(f->count, sizeof *f->anchor);
    f->best_of = calloc(f->count, sizeof *f->best_of);
    f->to = calloc(f->count, sizeof *f->to);
    f->place_to = calloc(process->place_count, sizeof *f->place_to);
    if (!f->order || !f->weight || !f->held || !f->anchor || !f->best_of || !f->to || !f->place_to)
        return false;
    if (!by_depth(f))
        return true;
    weigh(f);
    if (!choose_kept(f) || !place_paths(f) || !move_places(f) || !move_costs(f) || !move_cuts(f))
        return false;
    process->lives.age++;
    move_uses(f, process->lives.list, process->lives.count);
    move_uses(f, process->lives.closed, process->lives.closed_count);
    move_threads(f);
    if (process->moves)
        cck_moves_forget_paths(process->moves);
    return true;
}

static size_t paths_of(const cck_process *process)
{
    return process->paths.count - process->paths.unused_count;
}

/* Each block of code needs a place at least. */
static size_t places_wanted(const cck_process *process)
{
    return process->places_wanted + process->blocks.count;
}

static bool is_too_much(const cck_process *process, size_t quarters)
{
    return paths_of(process) > process->paths_wanted / 4 * quarters ||
           (process->plan->spots && process->place_count > places_wanted(process) / 4 * quarters);
}

static bool fold_once(cck_process *process)
{
    folding f = {.process = process, .paths = &process->paths, .count = process->paths.count};
    bool good = fold(&f);
    free(f.order);
    free(f.weight);
    free(f.held);
    free(f.anchor);
    free(f.best_of);
    free(f.to);
    free(f.place_to);
    return good;
}

/* Next time there must be something to gain: a quarter at least is free afterwards, or, where
 * so much has to be kept, there may be more from now on. */
bool cck_process_fold(cck_process *process)
{
    if (!process->place_count || !is_too_much(process, 4))
        return true;
    for (size_t i = 0; i < process->thread_count; i++)
        cck_stack_settle(process, process->threads[i]);
    for (;;) {
        if (!fold_once(process))
            return false;
        if (!is_too_much(process, 3))
            return true;
        if (!process->plan->spots || process->costliest <= LEAST)
            break;
        process->costliest /= 2;
    }
    process->paths_wanted *= 2;
    process->places_wanted *= 2;
    return true;
}
