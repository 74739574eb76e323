/* SPDX-License-Identifier: MIT */
#ifndef CCK_SIMULATE_WALK_H
#define CCK_SIMULATE_WALK_H

#include "probes/simulate/model/quick.h"
#include "probes/simulate/reader/process.h"

/* What walk.c and plain.c share, and whose turn it is among threads that take turns every few
 * blocks. */

/* Nobody else is as little far. */
static inline bool cck_turn_is_before(const cck_reader_thread *thread,
                                      const cck_reader_thread *other)
{
    return thread->local < other->local ||
           (thread->local == other->local && thread->number < other->number);
}

/* How far a thread may go where `next` is the least far of the others. */
static inline uint64_t cck_turn_limit(const cck_process *process, const cck_reader_thread *thread,
                                      const cck_reader_thread *next)
{
    uint64_t equal = next->local - (next->number < thread->number && next->local);
    return equal + process->lookahead;
}

/* They are a heap (Williams 1964): the first is the least far. The one at `at` has run, and finds
 * its new place. */
static inline void cck_turns_settle(cck_reader_thread **heap, size_t count, size_t at)
{
    cck_reader_thread *thread = heap[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && cck_turn_is_before(heap[child + 1], heap[child]))
            child++;
        if (!cck_turn_is_before(heap[child], thread))
            break;
        heap[at] = heap[child];
    }
    heap[at] = thread;
}

/* How far the first may go: until it is ahead of the next by what takes effect there no sooner. */
static inline uint64_t cck_turns_limit(const cck_process *process, cck_reader_thread *const *heap,
                                       size_t count)
{
    if (count < 2)
        return UINT64_MAX;
    const cck_reader_thread *next = heap[1];
    if (count > 2 && cck_turn_is_before(heap[2], next))
        next = heap[2];
    return cck_turn_limit(process, heap[0], next);
}

/* How far a thread may go. */
typedef struct walk_limits {
    uint64_t local;        /* its time, included */
    uint64_t instructions; /* that it has simulated, excluded */
} walk_limits;

static inline walk_limits cck_walk_limits(const cck_process *process,
                                          cck_reader_thread *const *heap, size_t count,
                                          uint64_t limit)
{
    walk_limits limits = {.local = count > 1 ? cck_turns_limit(process, heap, count) : limit,
                          .instructions = UINT64_MAX};
    if (process->plan->max_instructions)
        limits.instructions =
            heap[0]->instructions + process->plan->max_instructions - process->clock;
    return limits;
}

/* Instructions that the thread may run: a block that begins below that is run. */
static inline uint64_t cck_walk_room(const cck_reader_thread *thread, const walk_limits *limits)
{
    uint64_t before = limits->local - thread->local;
    if (thread->pause_at == UINT64_MAX && limits->instructions == UINT64_MAX)
        return thread->local > limits->local ? 0 : before < UINT64_MAX ? before + 1 : before;
    if (thread->local > limits->local || thread->clock >= thread->pause_at ||
        thread->instructions >= limits->instructions)
        return 0;
    uint64_t room = limits->local - thread->local;
    if (room >= thread->pause_at - thread->clock)
        room = thread->pause_at - thread->clock - 1;
    if (room >= limits->instructions - thread->instructions)
        room = limits->instructions - thread->instructions - 1;
    return room < UINT64_MAX ? room + 1 : room;
}

static inline bool cck_is_recent(const uint64_t *lines, uint32_t mask, unsigned line_bits,
                                 uint64_t address, uint32_t last)
{
    uint64_t line = address >> line_bits, end = (address + last) >> line_bits;
    if (__builtin_expect(lines[line & mask] == end, 1))
        return true;
    /* Over the border of two lines, both used last in their sets: the same. */
    return end == line + 1 && lines[line & mask] == line && lines[end & mask] == end;
}

/* Within one line that L1 has, though not the last used of its set. */
static inline bool cck_is_held(const cck_model_filter *filter, uint64_t address, uint32_t last,
                               bool writes)
{
    uint64_t line = address >> filter->line_bits;
    return (address + last) >> filter->line_bits == line && cck_quick_data(filter, line, writes);
}

/* Behind the memory events that begin here. */
static inline const uint64_t *cck_skip_data(const uint64_t *words, const uint64_t *end)
{
    while (words < end && CCK_WORD_IS_DATA(cck_word_at(words)))
        words++;
    return words;
}

/* The word that says that the block was left in its middle, whose memory events begin here; 0: it
 * was not. */
static inline uint64_t cck_cut_of(const uint64_t *words, const uint64_t *end)
{
    words = cck_skip_data(words, end);
    uint64_t next = words < end ? cck_word_at(words) : 0;
    bool cut = CCK_WORD_TAG(next) == 3 && CCK_WORD_WHAT(next) == CCK_WORD_CUT;
    return cut ? next : 0;
}

/* What stack.c does at most calls: no frame is stale, and the function was called from there the
 * last time, too. False: nothing was done. */
static inline bool cck_called_again(const cck_process *process, cck_reader_thread *thread,
                                    uint64_t entry)
{
    const cck_path_node *paths = process->paths.list;
    size_t count = thread->frame_count;
    uint64_t cfa = thread->pushed + 8;
    uint32_t last = thread->path == CCK_NONE ? CCK_NONE : paths[thread->path].last;
    if (last == CCK_NONE || paths[last].call != thread->returns - 1 || paths[last].entry != entry ||
        count == thread->frame_capacity || count >= CCK_FRAMES_MOST ||
        (count && thread->frames[count - 1].cfa <= cfa))
        return false;
    thread->frames[count] = (cck_shadow_frame){
        .returns = thread->returns, .cfa = cfa, .place = thread->place, .path = thread->path};
    thread->frame_count = count + 1;
    thread->path = last;
    return true;
}

/* And at most returns: they leave the function that was called last. */
static inline bool cck_returned(cck_reader_thread *thread, uint64_t address)
{
    if (!thread->frame_count)
        return false;
    const cck_shadow_frame *top = &thread->frames[thread->frame_count - 1];
    if (top->returns != address || top->cfa != thread->pushed + 8)
        return false;
    thread->path = top->path;
    thread->frame_count--;
    return true;
}

/* The thread is on the path that the block at that address is on, where places have none. False:
 * stack.c is to find it. */
static inline bool cck_goes_on(const cck_process *process, cck_reader_thread *thread,
                               uint64_t address)
{
    if (thread->left == CCK_END_JUMP)
        return true;
    if (thread->place == CCK_NONE)
        return false;
    if (thread->left == CCK_END_CALL)
        return cck_called_again(process, thread, address);
    return thread->left == CCK_END_RETURN && cck_returned(thread, address);
}

/* The thread comes to a block: how often it ran in this place. NULL: memory is out. */
static inline uint64_t *cck_enter(cck_process *process, cck_reader_thread *thread, uint32_t number)
{
    if (!process->plan->spots) {
        if (number < thread->here_count && thread->here[number].place &&
            cck_goes_on(process, thread, process->blocks.list[number].address))
            thread->place = thread->here[number].place - 1;
        else if (!cck_stack_enter(process, thread, number, &thread->place))
            return NULL;
        return &thread->here[number].count;
    }
    const cck_visit *from = thread->left == CCK_END_JUMP ? &process->places[thread->place] : NULL;
    if (from && from->next_block[0] == number)
        thread->place = from->next_place[0];
    else if (from && from->next_block[1] == number)
        thread->place = from->next_place[1];
    else if (!cck_stack_enter(process, thread, number, &thread->place))
        return NULL;
    return &process->places[thread->place].count;
}

/* Where the stack pointer is, for the frames: a call's push, a return's pop, among the block's
 * memory events, which begin here. */
static inline void cck_leave(cck_reader_thread *thread, const cck_code_block *block,
                             const uint64_t *words, const uint64_t *end)
{
    thread->left = block->end;
    if (__builtin_expect(block->end == CCK_END_JUMP, 1))
        return;
    thread->returns = block->address + block->bytes;
    thread->left = CCK_END_JUMP;
    uint64_t word;
    for (; words < end && CCK_WORD_IS_DATA(word = cck_word_at(words)); words++)
        if (CCK_WORD_TAG(word)) {
            thread->left = block->end;
            thread->pushed = CCK_WORD_ADDRESS(word);
        }
}

/**
 * plain.c: run plain blocks of the heap's first thread up to `limit`, or, of several, of whoever's
 * turn it is. What comes then, if anything, is the first thread's, and for others.
 */
typedef int cck_plain_runs(cck_process *process, cck_reader_thread **heap, size_t count,
                           uint64_t limit, cck_error *err);
cck_plain_runs cck_plain_run;
/** The accesses that were sent behind; see behind.h for the words. */
typedef void cck_plain_serves(cck_process *process, cck_reader_thread *thread,
                              const uint64_t *words, size_t count);
cck_plain_serves cck_plain_serve;

/** plain_v3.c: the same for CPUs with AVX2, BMI1 and BMI2; elsewhere they stop the program. */
cck_plain_runs cck_plain_run_v3;
cck_plain_serves cck_plain_serve_v3;

/** Whether they can be called. */
static inline bool cck_plain_has_v3(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
#else
    return false;
#endif
}

#endif
