/* SPDX-License-Identifier: MIT */
/* Spans, in the order of the trace. */
#include "probes/simulate/reader/behind.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fail.h"
#include "core/base/grow.h"

/* Threads that a process ever has; thread numbers come from outside. */
enum { THREADS_MOST = 1 << 18 };

static int out_of_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* What one core does reaches another no sooner than a request: half the way there and back. */
static uint32_t lookahead_of(const cck_latencies *latencies)
{
    uint32_t transfer = latencies->transfer, upgrade = latencies->upgrade;
    return (transfer < upgrade ? transfer : upgrade) / 2;
}

cck_process *cck_process_new(const cck_plan *plan)
{
    cck_process *process = calloc(1, sizeof *process);
    if (!process)
        return NULL;
    process->plan = plan;
    process->model = cck_model_new(&plan->model);
    process->blocks.line_bits = (unsigned)__builtin_ctz(plan->model.d1.line);
    process->started = !plan->start_at;
    process->lives.least = 0;
    process->lives.age = 1;
    process->lookahead = lookahead_of(&plan->model.latencies);
    process->paths_wanted = CCK_PATHS_WANTED;
    process->places_wanted = CCK_PLACES_WANTED;
    process->costliest = CCK_PATHS_COSTLIEST;
    process->behind_cpus = CCK_BEHIND_CPUS;
    cck_process_activate(process);
    process->moves = plan->remap ? cck_moves_new(plan->remap) : NULL;
    if (!process->model || (plan->remap && !process->moves)) {
        cck_model_free(process->model);
        cck_moves_free(process->moves);
        free(process);
        return NULL;
    }
    return process;
}

void cck_process_free(cck_process *process)
{
    if (!process)
        return;
    cck_behind_end(process);
    for (size_t i = 0; i < process->thread_count; i++) {
        free(process->threads[i]->frames);
        free(process->threads[i]->here);
        free(process->threads[i]->queue);
        free(process->threads[i]);
    }
    free(process->threads);
    free(process->runnable);
    free(process->turns);
    cck_model_free(process->model);
    cck_blocks_clear(&process->blocks);
    cck_paths_clear(&process->paths);
    free(process->places);
    cck_dictionary_clear(&process->place_of);
    free(process->costs);
    cck_dictionary_clear(&process->cost_of);
    free(process->cuts);
    cck_dictionary_clear(&process->cut_of);
    cck_space_clear(&process->space);
    cck_heap_clear(&process->heap);
    cck_moves_free(process->moves);
    free(process->objects);
    cck_dictionary_clear(&process->object_of);
    free(process->object_costs);
    cck_dictionary_clear(&process->object_cost_of);
    cck_lives_clear(&process->lives);
    free(process);
}

bool cck_process_finish(cck_process *process)
{
    uint32_t transfer = process->plan->model.latencies.transfer;
    cck_behind_end(process);
    for (size_t i = 0; i < process->thread_count; i++)
        cck_stack_settle(process, process->threads[i]);
    bool good = cck_lives_finish(&process->lives, process->blocks.line_bits, transfer);
    for (size_t i = 0; i < process->object_count; i++) {
        cck_object *object = &process->objects[i];
        if (object->kind == CCK_OBJECT_HEAP)
            object->instances = cck_heap_instances(&process->heap, object->path, object->size);
    }
    cck_model_free(process->model);
    process->model = NULL;
    process->allocated = process->heap.instances.count;
    cck_heap_clear(&process->heap);
    cck_dictionary_clear(&process->place_of);
    cck_dictionary_clear(&process->cut_of);
    cck_dictionary_clear(&process->object_of);
    cck_dictionary_clear(&process->object_cost_of);
    cck_dictionary_clear(&process->paths.known);
    return good;
}

void cck_process_activate(cck_process *process)
{
    process->active = process->started && (!process->plan->marked || process->marks);
}

cck_reader_thread *cck_process_thread(const cck_process *process, uint32_t number)
{
    return number < process->thread_count ? process->threads[number] : NULL;
}

/* ---- threads ---- */

static uint32_t wanted_core(const cck_process *process, uint32_t turn, uint64_t affinity)
{
    const cck_plan *plan = process->plan;
    if (plan->placement == CCK_PLACE_LIST)
        return plan->cores[turn % plan->core_count];
    if (plan->placement == CCK_PLACE_AFFINITY && affinity) {
        /* Of the cores that it may use, the next in turn. */
        unsigned allowed = (unsigned)__builtin_popcountll(affinity), skip = turn % allowed;
        while (skip--)
            affinity &= affinity - 1;
        int32_t core = plan->core_of_cpu[__builtin_ctzll(affinity)];
        if (core >= 0)
            return (uint32_t)core % plan->model.cores;
    }
    return turn % plan->model.cores;
}

/* A line has a bit for each core that is ever used: threads beyond share these. */
static uint32_t core_for(cck_process *process, uint64_t affinity)
{
    uint32_t turn = process->cores_used++, core = wanted_core(process, turn, affinity);
    if (process->core_active[core])
        return core;
    if (process->active_count == CCK_MODEL_ACTIVE_MAX)
        return process->active_cores[turn % CCK_MODEL_ACTIVE_MAX];
    process->core_active[core] = 1;
    process->active_cores[process->active_count++] = core;
    return core;
}

static int add_thread(cck_process *process, cck_error *err)
{
    size_t capacity = process->thread_capacity;
    if (!cck_grow((void **)&process->threads, &capacity, process->thread_count,
                  sizeof(cck_reader_thread *)))
        return out_of_memory(err);
    if (capacity != process->thread_capacity) {
        void *runnable = realloc(process->runnable, capacity * sizeof(cck_reader_thread *));
        void *turns = realloc(process->turns, capacity * sizeof(cck_reader_thread *));
        process->runnable = runnable ? runnable : process->runnable;
        process->turns = turns ? turns : process->turns;
        if (!runnable || !turns)
            return out_of_memory(err);
        process->thread_capacity = capacity;
        // cppcheck-suppress memleak ; they are the process's
    }
    cck_reader_thread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return out_of_memory(err);
    thread->number = (uint32_t)process->thread_count;
    thread->place = thread->waits_for = thread->creator = thread->parent = CCK_NONE;
    thread->left = CCK_END_SYSCALL; /* nothing ran: its first block is entered with care */
    thread->pause_at = UINT64_MAX;
    process->threads[process->thread_count++] = thread;
    return 0;
}

static int take_thread(cck_process *process, const cck_span *span, cck_error *err)
{
    cck_trace_thread told;
    if (span->thread != process->thread_count || span->thread >= THREADS_MOST ||
        span->length < sizeof told / 8)
        return cck_fail(err, CCK_EFORMAT, "the trace is damaged: thread %" PRIu32 " is out of turn",
                        span->thread);
    cck_words_copy(&told, span->words, sizeof told / 8);
    cck_behind_end(process);
    int status = add_thread(process, err);
    if (status < 0)
        return status;
    cck_reader_thread *thread = process->threads[span->thread];
    thread->tid = told.tid;
    thread->tls = told.tls;
    thread->parent = told.parent;
    thread->core = core_for(process, told.affinity);
    thread->filtered = cck_model_filter_of(process->model, thread->core, &thread->filter);
    thread->clock = span->clock;
    const cck_reader_thread *parent = cck_process_thread(process, told.parent);
    if (parent && parent != thread) {
        thread->creator = cck_stack_path(process, parent);
        thread->skew = cck_thread_now(parent);
        thread->local = 0;
    }
    process->alive++;
    process->round_alive++;
    process->heap_age++;
    return 0;
}

static void take_name(cck_process *process, const cck_span *span)
{
    cck_reader_thread *thread = cck_process_thread(process, span->thread);
    uint64_t words[2] = {0};
    if (!thread)
        return;
    cck_words_copy(words, span->words, span->length < 2 ? span->length : 2);
    memcpy(thread->name, words, sizeof thread->name - 1);
}

/* ---- memory ---- */

static void find_start(cck_process *process, uint32_t module)
{
    size_t most = sizeof process->starts / sizeof *process->starts;
    if (!process->plan->start_at || module == CCK_NONE)
        return;
    size_t before = process->start_count;
    process->start_count += cck_elf_functions(&process->space.modules[module],
                                              process->plan->start_at, process->starts + before,
                                              most - before);
    /* Code may have been translated before its mapping was told of. */
    for (size_t i = 0; i < process->blocks.count; i++)
        for (size_t j = before; j < process->start_count; j++)
            if (process->blocks.list[i].address == process->starts[j])
                process->blocks.list[i].special |= CCK_SPECIAL_STARTS;
}

static int take_map(cck_process *process, const cck_span *span, cck_error *err)
{
    enum { PATH_MOST = 4096 };
    cck_trace_map map;
    size_t head = sizeof map / 8;
    if (span->length < head || span->length > head + PATH_MOST / 8)
        return cck_fail(err, CCK_EFORMAT, "the trace is damaged: a mapping of odd length");
    cck_words_copy(&map, span->words, head);
    if (map.start >> 62 || map.size >> 62)
        return cck_fail(err, CCK_EFORMAT, "the trace is damaged: a mapping out of this world");
    process->heap_age++;
    if (span->kind == CCK_SPAN_UNMAP) {
        cck_behind_wait(process);
        cck_behind_forget(process);
        cck_model_forget(process->model, map.start, map.size);
        return cck_space_unmap(&process->space, map.start, map.size) ? 0 : out_of_memory(err);
    }
    char path[PATH_MOST] = "";
    uint64_t words[PATH_MOST / 8 + 1] = {0};
    uint32_t module;
    cck_words_copy(words, span->words + head, span->length - head);
    memcpy(path, words, PATH_MOST);
    path[PATH_MOST - 1] = 0;
    if (!cck_space_map(&process->space, &map, path, &module))
        return out_of_memory(err);
    find_start(process, module);
    if (process->moves && module != CCK_NONE &&
        !cck_moves_module(process->moves, &process->space.modules[module]))
        return out_of_memory(err);
    return 0;
}

int cck_process_control(cck_process *process, const cck_span *span, cck_error *err)
{
    cck_reader_thread *thread = cck_process_thread(process, span->thread);
    if (span->kind != CCK_SPAN_THREAD_END)
        return take_map(process, span, err);
    if (thread && !thread->ended) {
        thread->ended = true;
        process->heap_age++;
        cck_stack_settle(process, thread);
        free(thread->frames); /* of many threads that come and go, few live */
        free(thread->here);
        thread->frames = NULL;
        thread->here = NULL;
        thread->frame_count = thread->frame_capacity = thread->here_count = 0;
    }
    return 0;
}

/* ---- spans ---- */

static int take_block(cck_process *process, const cck_span *span, cck_error *err)
{
    int status = cck_blocks_add(&process->blocks, span, err);
    if (status < 0)
        return status;
    cck_code_block *block = &process->blocks.list[process->blocks.count - 1];
    for (size_t i = 0; i < process->start_count; i++)
        if (block->address == process->starts[i])
            block->special |= CCK_SPECIAL_STARTS;
    return 0;
}

static int buffer(cck_process *process, const cck_span *span, cck_error *err)
{
    cck_reader_thread *thread = cck_process_thread(process, span->thread);
    bool maps = span->kind == CCK_SPAN_MAP || span->kind == CCK_SPAN_UNMAP;
    if (thread ? thread->ended && maps : span->kind != CCK_SPAN_EVENTS)
        return cck_process_control(process, span, err);
    if (!thread || thread->ended)
        return cck_fail(err, CCK_EFORMAT,
                        "the trace is damaged: thread %" PRIu32 " is not there", span->thread);
    if (!cck_grow((void **)&thread->queue, &thread->queue_capacity, thread->queued,
                  sizeof *thread->queue))
        return out_of_memory(err);
    if (!thread->queued)
        process->runnable[process->runnable_count++] = thread;
    thread->queue[thread->queued++] = *span;
    if (span->kind == CCK_SPAN_THREAD_END && process->alive)
        process->alive--;
    return 0;
}

static int by_number(const void *left, const void *right)
{
    const cck_reader_thread *const *a = left, *const *b = right;
    return ((*a)->number > (*b)->number) - ((*a)->number < (*b)->number);
}

int cck_process_flush(cck_process *process, cck_error *err)
{
    if (!process->runnable_count)
        return 0;
    qsort(process->runnable, process->runnable_count, sizeof *process->runnable, by_number);
    cck_behind_begin(process);
    int status = cck_round_run(process, err);
    return status || cck_process_fold(process) ? status : out_of_memory(err);
}

bool cck_process_holds(const cck_process *process)
{
    return process->runnable_count > 0;
}

int cck_process_take(cck_process *process, const cck_span *span, cck_error *err)
{
    int status = 0;
    switch (span->kind) {
    case CCK_SPAN_BLOCK:
        return take_block(process, span, err);
    case CCK_SPAN_THREAD:
        return take_thread(process, span, err);
    case CCK_SPAN_NAME:
        take_name(process, span);
        return 0;
    case CCK_SPAN_ROUND:
        process->round_alive = process->alive;
        return cck_process_flush(process, err);
    case CCK_SPAN_EVENTS:
    case CCK_SPAN_THREAD_END:
    case CCK_SPAN_MAP:
    case CCK_SPAN_UNMAP:
        status = buffer(process, span, err);
        break;
    case CCK_SPAN_SKIP:
    case CCK_SPAN_MARK: /* regions nest: how many are open is enough */
        return 0;
    default:
        return cck_fail(err, CCK_EFORMAT, "the trace is damaged: a span of unknown kind %d",
                        (int)span->kind);
    }
    /* Alone, a thread need not wait for others' turns. Where one has just ended, the other's
     * turn of this round is yet to come. */
    if (!status && process->round_alive <= 1)
        status = cck_process_flush(process, err);
    return status;
}

uint64_t cck_process_cycles(const cck_process *process)
{
    uint64_t most = 0;
    for (size_t i = 0; i < process->thread_count; i++)
        if (cck_thread_now(process->threads[i]) > most)
            most = cck_thread_now(process->threads[i]);
    return most;
}
