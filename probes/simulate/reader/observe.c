/* SPDX-License-Identifier: MIT */
/* From what is known of each process to what the analysis reads. */
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/grow.h"
#include "probes/simulate/reader/reader.h"

/*
 * Instructions get spots of their own while there are so few on all paths; in larger runs those
 * that cost nothing but themselves are told of with the first one of their block.
 */
enum { FINE_INSTRUCTIONS = 1 << 16 };

/* What is being put together, and where the indices of the process at hand begin. */
typedef struct gathering {
    cck_observed *observed;
    const cck_plan *plan;
    const cck_process *process;
    uint32_t module, thread, path, object;
    size_t line_capacity, spot_capacity;
    cck_spot *spots; /* growing; copied at the end */
    cck_line *lines;
    cck_dictionary spot_of;
} gathering;

static uint32_t shifted(uint32_t index, uint32_t by)
{
    return index == CCK_NONE ? CCK_NONE : index + by;
}

static cck_code code_at(const gathering *g, uint64_t address)
{
    return (cck_code){.module = shifted(cck_space_module(&g->process->space, address), g->module),
                      .address = address};
}

/* ---- what is copied one by one ---- */

static bool gather_modules(gathering *g)
{
    const cck_space *space = &g->process->space;
    for (size_t i = 0; i < space->module_count; i++) {
        const cck_file_module *from = &space->modules[i];
        cck_module *to = &g->observed->modules[g->observed->module_count++];
        *to = (cck_module){.path = cck_arena_strdup(&g->observed->arena, from->path),
                           .build_id = cck_arena_strdup(&g->observed->arena, from->build_id),
                           .start = from->start,
                           .end = from->end,
                           .bias = from->bias,
                           .pid = g->process->pid,
                           .unread = from->unread};
        if (!to->path || !to->build_id)
            return false;
    }
    return true;
}

static bool gather_threads(gathering *g)
{
    const char *slash = strrchr(g->process->program, '/');
    const char *program = cck_arena_strndup(&g->observed->arena,
                                            slash ? slash + 1 : g->process->program, 255);
    if (!program)
        return false;
    for (size_t i = 0; i < g->process->thread_count; i++) {
        const cck_reader_thread *from = g->process->threads[i];
        /* As comm: at most 15 bytes, and of the program unless the thread set one. */
        const char *name = cck_arena_strndup(&g->observed->arena,
                                             from->name[0] ? from->name : program, 15);
        if (!name)
            return false;
        g->observed->threads[g->observed->thread_count++] =
            (cck_observed_thread){.pid = g->process->pid,
                                  .tid = from->tid,
                                  .name = name,
                                  .process = program,
                                  .creator = shifted(from->creator, g->path),
                                  .instructions = from->instructions,
                                  .cycles = from->instructions + from->stalled};
    }
    return true;
}

static void gather_paths(gathering *g)
{
    for (size_t i = 0; i < g->process->paths.count; i++) {
        const cck_path_node *from = &g->process->paths.list[i];
        static const cck_path_node nothing = {.parent = CCK_NONE};
        from = from->depth ? from : &nothing;
        cck_path path = {.parent = shifted(from->parent, g->path),
                         .call = {.module = CCK_NONE},
                         .entry = code_at(g, from->entry)};
        if (from->parent != CCK_NONE)
            path.call = code_at(g, from->call);
        g->observed->paths[g->observed->path_count++] = path;
    }
}

static void gather_objects(gathering *g)
{
    for (size_t i = 0; i < g->process->object_count; i++) {
        cck_object object = g->process->objects[i];
        object.path = shifted(object.path, g->path);
        object.thread = shifted(object.thread, g->thread);
        object.module = shifted(object.module, g->module);
        if (object.kind == CCK_OBJECT_STACK)
            object.frame = code_at(g, object.frame.address);
        g->observed->objects[g->observed->object_count++] = object;
    }
}

/* ---- lines ---- */

static int by_side_misses(const void *left, const void *right)
{
    const cck_line_side *a = left, *b = right;
    uint64_t one = a->true_sharing + a->false_sharing + a->upgrades;
    uint64_t other = b->true_sharing + b->false_sharing + b->upgrades;
    if (one != other)
        return one > other ? -1 : 1;
    if (a->accesses != b->accesses)
        return a->accesses > b->accesses ? -1 : 1;
    return (a->thread > b->thread) - (a->thread < b->thread);
}

static int by_use_misses(const void *left, const void *right)
{
    const cck_line_use *a = left, *b = right;
    if (a->misses != b->misses)
        return a->misses > b->misses ? -1 : 1;
    if (a->accesses != b->accesses)
        return a->accesses > b->accesses ? -1 : 1;
    if (a->thread != b->thread)
        return a->thread < b->thread ? -1 : 1;
    return (a->code.address > b->code.address) - (a->code.address < b->code.address);
}

static int by_transfers(const void *left, const void *right)
{
    const cck_line *a = left, *b = right;
    if (a->transfers != b->transfers)
        return a->transfers > b->transfers ? -1 : 1;
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    return (a->address > b->address) - (a->address < b->address);
}

static uint64_t instruction_address(const cck_process *process, const cck_visit *place,
                                    uint16_t event)
{
    const cck_code_block *block = &process->blocks.list[place->block];
    return block->address + block->steps[event].offset;
}

/* Uses of the same instruction on other paths are one; the path of the most frequent stays. */
static size_t join_uses(gathering *g, const cck_life *life, cck_line_use *uses)
{
    size_t count = 0;
    uint64_t most[CCK_LIFE_USES];
    for (size_t i = 0; i < life->use_count; i++) {
        const cck_visit *place = &g->process->places[life->uses[i].key >> 16];
        cck_line_use use = life->uses[i].use;
        use.thread = shifted(use.thread, g->thread);
        use.code = code_at(g, instruction_address(g->process, place,
                                                  (uint16_t)(life->uses[i].key & 0xffff)));
        use.path = shifted(place->path, g->path);
        size_t same = 0;
        while (same < count && (uses[same].thread != use.thread ||
                                uses[same].code.address != use.code.address))
            same++;
        if (same == count) {
            most[count] = use.accesses;
            uses[count++] = use;
            continue;
        }
        cck_line_use *to = &uses[same];
        if (use.accesses > most[same]) {
            most[same] = use.accesses;
            to->path = use.path;
        }
        to->offset = use.offset < to->offset ? use.offset : to->offset;
        to->size = use.size > to->size ? use.size : to->size;
        to->reads |= use.reads;
        to->writes |= use.writes;
        to->atomic |= use.atomic;
        to->accesses += use.accesses;
        to->misses += use.misses;
    }
    qsort(uses, count, sizeof *uses, by_use_misses);
    return count;
}

static void sort_objects(const gathering *g, uint32_t *objects, size_t count)
{
    const cck_object *all = g->observed->objects;
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j && all[objects[j]].start < all[objects[j - 1]].start; j--) {
            uint32_t other = objects[j];
            objects[j] = objects[j - 1];
            objects[j - 1] = other;
        }
}

static bool gather_life(gathering *g, const cck_life *life, double seconds)
{
    cck_arena *arena = &g->observed->arena;
    cck_line_side *sides = cck_arena_array(arena, life->side_count, sizeof *sides);
    cck_line_use *uses = cck_arena_array(arena, life->use_count, sizeof *uses);
    uint32_t *objects = cck_arena_array(arena, life->object_count, sizeof *objects);
    if (!sides || !uses || !objects ||
        !cck_grow((void **)&g->lines, &g->line_capacity, g->observed->line_count,
                  sizeof *g->lines))
        return false;
    for (size_t i = 0; i < life->side_count; i++) {
        sides[i] = life->sides[i].side;
        sides[i].thread = shifted(sides[i].thread, g->thread);
    }
    qsort(sides, life->side_count, sizeof *sides, by_side_misses);
    for (size_t i = 0; i < life->object_count; i++)
        objects[i] = shifted(life->objects[i], g->object);
    sort_objects(g, objects, life->object_count);
    cck_line line = {.pid = g->process->pid,
                     .address = life->address,
                     .size = g->plan->model.d1.line,
                     .objects = objects,
                     .object_count = life->object_count,
                     .sides = sides,
                     .side_count = life->side_count,
                     .uses = uses,
                     .use_count = join_uses(g, life, uses),
                     .transfers = life->transfers,
                     .lock = life->lock};
    line.rate = seconds > 0 ? (double)life->transfers / seconds : 0;
    line.rate_low = line.rate_high = line.rate;
    g->lines[g->observed->line_count++] = line;
    return true;
}

static bool gather_lines(gathering *g)
{
    const cck_lives *lives = &g->process->lives;
    double seconds = (double)cck_process_cycles(g->process) / g->plan->hertz;
    for (size_t i = 0; i < lives->closed_count; i++)
        if (!gather_life(g, &lives->closed[i], seconds))
            return false;
    g->observed->lines_left_out += lives->left_out;
    return true;
}

/* ---- spots ---- */

static cck_spot *spot_at(gathering *g, const cck_visit *place, uint64_t address)
{
    uint32_t thread = shifted(place->thread, g->thread), path = shifted(place->path, g->path);
    uint64_t key =
        cck_mix(cck_mix(address ^ (uint64_t)thread << 44) + path) >> 1;
    for (;; key = (key + 1) & INT64_MAX) {
        uint64_t *found = cck_dictionary_put(&g->spot_of, key);
        if (!found)
            return NULL;
        if (*found) {
            cck_spot *spot = &g->spots[*found - 1];
            if (spot->code.address == address && spot->thread == thread && spot->path == path)
                return spot;
            continue;
        }
        if (!cck_grow((void **)&g->spots, &g->spot_capacity, g->observed->spot_count,
                      sizeof *g->spots)) {
            cck_dictionary_remove(&g->spot_of, key);
            return NULL;
        }
        g->spots[g->observed->spot_count++] =
            (cck_spot){.code = code_at(g, address), .path = path, .thread = thread};
        *found = g->observed->spot_count;
        return &g->spots[g->observed->spot_count - 1];
    }
}

static bool add_cost(gathering *g, const cck_visit *place, uint64_t address, cck_cost cost,
                     uint64_t times)
{
    cck_spot *spot = times ? spot_at(g, place, address) : NULL;
    if (spot)
        spot->costs[cost] += times;
    return spot || !times;
}

/* Costs of each execution, of the steps and instructions from the given ones on; `times`
 * is negative (in two's complement) for what was not executed after all. */
static bool gather_steps(gathering *g, const cck_visit *place, unsigned instruction, unsigned data,
                         uint64_t times, bool fine)
{
    const cck_code_block *block = &g->process->blocks.list[place->block];
    bool good = true;
    unsigned number = 0;
    for (unsigned i = instruction; i < block->instructions && good; i++)
        good = add_cost(g, place, block->address + (fine ? cck_block_offset(block, i) : 0),
                        CCK_COST_INSTRUCTIONS, times);
    for (unsigned i = 0; i < block->step_count && good; i++) {
        const cck_step *step = &block->steps[i];
        if (step->kind == CCK_EVENT_FETCH || number++ < data)
            continue;
        uint64_t address = block->address + (fine ? step->offset : 0);
        good = add_cost(g, place, address,
                        step->kind == CCK_EVENT_STORE ? CCK_COST_STORES : CCK_COST_LOADS, times) &&
               (!(step->flags & CCK_EVENT_ATOMIC) ||
                add_cost(g, place, address, CCK_COST_ATOMICS, times));
    }
    return good;
}

static bool gather_costs(gathering *g, bool fine)
{
    for (size_t i = 0; i < g->process->cost_count; i++) {
        const cck_visit_cost *cost = &g->process->costs[i];
        const cck_visit *place = &g->process->places[cost->key >> 16];
        const cck_code_block *block = &g->process->blocks.list[place->block];
        const cck_step *step = &block->steps[cost->key & 0xffff];
        cck_spot *spot = spot_at(g, place, block->address + step->offset);
        if (!spot)
            return false;
        for (int class = CCK_COST_L1I_MISSES; class < CCK_COSTS; class++)
            spot->costs[class] += cost->costs[class];
        if (cost->absent &&
            !add_cost(g, place, block->address + (fine ? step->offset : 0),
                      step->kind == CCK_EVENT_STORE ? CCK_COST_STORES : CCK_COST_LOADS,
                      -cost->absent))
            return false;
    }
    return true;
}

static bool is_fine(const cck_process *process)
{
    uint64_t instructions = 0;
    for (size_t i = 0; i < process->place_count; i++)
        if (process->places[i].count)
            instructions += process->blocks.list[process->places[i].block].instructions;
    return instructions <= FINE_INSTRUCTIONS;
}

static bool gather_spots(gathering *g)
{
    const cck_process *process = g->process;
    bool fine = is_fine(process);
    if (!g->plan->spots)
        return true;
    size_t before = g->observed->spot_count;
    for (size_t i = 0; i < process->place_count; i++)
        if (process->places[i].count &&
            !gather_steps(g, &process->places[i], 0, 0, process->places[i].count, fine))
            return false;
    for (size_t i = 0; i < process->cut_count; i++) {
        const cck_visit_cut *cut = &process->cuts[i];
        if (!gather_steps(g, &process->places[cut->place], cut->instructions, cut->data,
                          -cut->count, fine))
            return false;
    }
    if (!gather_costs(g, fine))
        return false;
    for (size_t i = before; i < g->observed->spot_count; i++) /* an instruction is a cycle */
        g->spots[i].costs[CCK_COST_CYCLES] += g->spots[i].costs[CCK_COST_INSTRUCTIONS];
    cck_dictionary_clear(&g->spot_of);
    for (size_t i = 0; i < process->object_cost_count; i++) {
        const cck_object_cost *from = &process->object_costs[i];
        cck_object_spot *to = &g->observed->object_spots[g->observed->object_spot_count++];
        to->object = shifted(from->object, g->object);
        memcpy(to->costs, from->costs, sizeof to->costs);
    }
    return true;
}

static bool gather_totals(gathering *g)
{
    uint64_t *costs = g->observed->costs;
    cck_thread_totals *totals = cck_process_totals(g->process);
    if (!totals)
        return false;
    for (size_t i = 0; i < g->process->thread_count; i++) {
        costs[CCK_COST_INSTRUCTIONS] += totals[i].instructions;
        costs[CCK_COST_LOADS] += totals[i].loads;
        costs[CCK_COST_STORES] += totals[i].stores;
        costs[CCK_COST_ATOMICS] += totals[i].atomics;
        costs[CCK_COST_CYCLES] += totals[i].instructions;
    }
    free(totals);
    for (int class = CCK_COST_L1I_MISSES; class < CCK_COSTS; class++)
        costs[class] += g->process->charged[class];
    for (size_t i = 0; i < g->process->cost_count; i++)
        for (int class = CCK_COST_L1I_MISSES; class < CCK_COSTS; class++)
            costs[class] += g->process->costs[i].costs[class];
    return true;
}

/* ---- all together ---- */

static bool prepare(gathering *g, const cck_reader *reader)
{
    size_t modules = 0, threads = 0, paths = 0, objects = 0, object_spots = 0;
    for (size_t i = 0; i < cck_reader_count(reader); i++) {
        const cck_process *process = cck_reader_process(reader, i);
        if (!process)
            continue;
        modules += process->space.module_count;
        threads += process->thread_count;
        paths += process->paths.count;
        objects += process->object_count;
        object_spots += process->object_cost_count;
    }
    cck_observed *observed = g->observed;
    cck_arena *arena = &observed->arena;
    observed->modules = cck_arena_array(arena, modules, sizeof *observed->modules);
    observed->threads = cck_arena_array(arena, threads, sizeof *observed->threads);
    observed->paths = cck_arena_array(arena, paths, sizeof *observed->paths);
    observed->objects = cck_arena_array(arena, objects, sizeof *observed->objects);
    observed->object_spots =
        cck_arena_array(arena, object_spots, sizeof *observed->object_spots);
    return observed->modules && observed->threads && observed->paths && observed->objects &&
           observed->object_spots;
}

static bool gather_process(gathering *g, const cck_process *process)
{
    cck_observed *observed = g->observed;
    g->process = process;
    g->module = (uint32_t)observed->module_count;
    g->thread = (uint32_t)observed->thread_count;
    g->path = (uint32_t)observed->path_count;
    g->object = (uint32_t)observed->object_count;
    observed->real_time_turns += process->real_time_turns;
    observed->paths_folded += process->paths.folded;
    if (!gather_modules(g) || !gather_threads(g))
        return false;
    gather_paths(g);
    gather_objects(g);
    return gather_lines(g) && gather_spots(g) && gather_totals(g);
}

/* Virtual time: images of a process follow each other, processes run side by side. */
static double run_seconds(const gathering *g, const cck_reader *reader)
{
    double most = 0, chain = 0;
    int32_t pid = 0;
    for (size_t i = 0; i < cck_reader_count(reader); i++) {
        const cck_process *process = cck_reader_process(reader, i);
        if (!process)
            continue;
        double seconds = (double)cck_process_cycles(process) / g->plan->hertz;
        chain = process->pid == pid ? chain + seconds : seconds;
        pid = process->pid;
        most = chain > most ? chain : most;
    }
    return most;
}

static void tell_counted(cck_observed *observed, const cck_model_options *model)
{
    for (int i = 0; i < CCK_COSTS; i++)
        observed->counted[i] = true;
    observed->counted[CCK_COST_L2_MISSES] = model->l2.size > 0;
    observed->counted[CCK_COST_REMOTE] = model->nodes > 1;
    observed->counted[CCK_COST_TLB_MISSES] = model->tlb_data.entries > 0;
    if (!model->explain)
        observed->counted[CCK_COST_COMPULSORY] = observed->counted[CCK_COST_CAPACITY] =
            observed->counted[CCK_COST_CONFLICT] = false;
    if (!model->coherent)
        observed->counted[CCK_COST_TRUE_SHARING] = observed->counted[CCK_COST_FALSE_SHARING] =
            observed->counted[CCK_COST_UPGRADES] = false;
}

/* The growing arrays move into the arena. */
static bool settle(gathering *g)
{
    cck_observed *observed = g->observed;
    if (observed->line_count)
        qsort(g->lines, observed->line_count, sizeof *g->lines, by_transfers);
    for (; observed->line_count > CCK_LIVES_KEPT; observed->line_count--)
        observed->lines_left_out += g->lines[observed->line_count - 1].transfers > 0;
    observed->lines =
        cck_arena_array(&observed->arena, observed->line_count, sizeof *observed->lines);
    if (!observed->lines)
        return false;
    observed->spots = observed->spots_own = g->spots; /* too large to be copied */
    g->spots = NULL;
    if (observed->line_count)
        memcpy(observed->lines, g->lines, observed->line_count * sizeof *g->lines);
    return true;
}

int cck_reader_observe(const cck_reader *reader, const cck_plan *plan, cck_observed *out_observed,
                       cck_error *err)
{
    cck_observed observed = {.line_size = plan->model.d1.line, .hertz = plan->hertz};
    gathering g = {.observed = &observed, .plan = plan};
    bool good = prepare(&g, reader);
    for (size_t i = 0; i < cck_reader_count(reader) && good; i++)
        if (cck_reader_process(reader, i))
            good = gather_process(&g, cck_reader_process(reader, i));
    good = good && settle(&g);
    free(g.spots);
    free(g.lines);
    cck_dictionary_clear(&g.spot_of);
    if (!good) {
        cck_observed_clear(&observed);
        return cck_fail(err, CCK_ENOMEM, "out of memory");
    }
    observed.seconds = run_seconds(&g, reader);
    tell_counted(&observed, &plan->model);
    *out_observed = observed;
    return 0;
}
