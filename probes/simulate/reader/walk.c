/* SPDX-License-Identifier: MIT */
/*
 * The blocks of a thread, one after the other. Nearly all are plain, and left to the loop
 * of plain.c. Of what is not, the events are gone through in their order.
 */
#include <inttypes.h>

#include "core/base/fail.h"
#include "probes/simulate/reader/walk.h"

static int damaged(cck_error *err, const char *what)
{
    return cck_fail(err, CCK_EFORMAT, "the trace is damaged: %s", what);
}

static int out_of_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

static int run_one_data(cck_process *process, cck_reader_thread *thread, const cck_data_step *step,
                        uint64_t address, cck_error *err)
{
    if (!address && step->flags & CCK_EVENT_GUARDED)
        return cck_access_absent(process, thread, step->event, err);
    if (process->moves)
        address = cck_moves_translate(process->moves, &process->heap, address);
    const cck_model_filter *filter = &thread->filter;
    bool small = step->last < (uint64_t)filter->data_mask << filter->line_bits;
    if (thread->filtered && small &&
        (cck_is_recent(step->writes ? filter->store : filter->load, filter->data_mask,
                       filter->line_bits, address, step->last) ||
         cck_is_held(filter, address, step->last, step->writes)))
        return 0;
    return cck_access_data(process, thread, step, address, err);
}

static int run_one_fetch(cck_process *process, cck_reader_thread *thread,
                         const cck_code_block *block, uint16_t event, cck_error *err)
{
    const cck_step *step = &block->steps[event];
    uint64_t address = block->address + step->offset;
    const cck_model_filter *filter = &thread->filter;
    bool small = step->size <= (uint64_t)filter->fetch_mask << filter->line_bits;
    if (thread->filtered && small &&
        cck_is_recent(filter->fetch, filter->fetch_mask, filter->line_bits, address,
                      step->size - 1u))
        return 0;
    return cck_access_fetch(process, thread, step, event, address, err);
}

/* What of a block was executed, and its memory events. */
typedef struct executed {
    unsigned instructions, data;
    const uint64_t *words, *end;
} executed;

/* All events in their order; memory events that the trace leaves out change nothing. */
static int run_steps(cck_process *process, cck_reader_thread *thread, const cck_code_block *block,
                     executed ran, cck_error *err)
{
    unsigned number = 0, line_bits = process->blocks.line_bits;
    uint64_t fetched = UINT64_MAX; /* the line that was: again changes nothing */
    int status = 0;
    for (uint16_t i = 0; i < block->step_count && !status; i++) {
        const cck_step *step = &block->steps[i];
        if (step->kind != CCK_EVENT_FETCH && number < ran.data) {
            uint64_t word = ran.words < ran.end ? cck_word_at(ran.words) : UINT64_MAX;
            if (CCK_WORD_EVENT(word) == number && CCK_WORD_IS_DATA(word)) {
                status = run_one_data(process, thread, &block->data[number], CCK_WORD_ADDRESS(word),
                                      err);
                ran.words++;
            }
            number++;
        } else if (step->kind == CCK_EVENT_FETCH && step->instruction < ran.instructions) {
            uint64_t first = block->address + step->offset, last = first + step->size - 1;
            if (first >> line_bits == fetched && last >> line_bits == fetched)
                continue;
            status = run_one_fetch(process, thread, block, i, err);
            fetched = last >> line_bits;
        }
    }
    if (!status && ran.words < ran.end)
        return damaged(err, "a block has an access that it cannot have");
    return status;
}

/* A block that was left in its middle. */
static int run_cut(cck_process *process, cck_reader_thread *thread, const cck_code_block *block,
                   executed ran, cck_error *err)
{
    if (ran.instructions > block->instructions || ran.data > block->data_count)
        return damaged(err, "a block was left behind its end");
    thread->left = CCK_END_JUMP;
    thread->local += ran.instructions;
    thread->clock += ran.instructions;
    if (!process->active)
        return 0;
    thread->instructions += ran.instructions;
    int status = cck_access_cut(process, thread, ran.instructions, ran.data, err);
    if (status < 0)
        return status;
    return run_steps(process, thread, block, ran, err);
}

/* A block that is anything but plain. */
static int run_block(cck_process *process, cck_reader_thread *thread, uint64_t word, cck_error *err)
{
    uint64_t number = CCK_WORD_LOW(word);
    if (number >= process->blocks.count)
        return damaged(err, "a block ran that was not told of");
    const cck_code_block *block = &process->blocks.list[number];
    const uint64_t *words = thread->words + 1;
    uint64_t *count = cck_enter(process, thread, (uint32_t)number);
    if (!count)
        return out_of_memory(err);
    if (block->special & CCK_SPECIAL_STARTS && !process->started) {
        process->started = true;
        cck_process_activate(process);
    }
    *count += process->active;
    uint64_t cut = block->special & CCK_SPECIAL_CUTS ? cck_cut_of(words, thread->words_end) : 0;
    cck_leave(thread, block, words, thread->words_end);
    executed ran = {.instructions = cut ? (unsigned)CCK_WORD_LOW(cut) : block->instructions,
                    .data = cut ? CCK_WORD_LEFT_EVENTS(cut) : block->data_count,
                    .words = words,
                    .end = cck_skip_data(words, thread->words_end)};
    thread->words = ran.end + (cut ? 1 : 0);
    if (cut)
        return run_cut(process, thread, block, ran, err);
    thread->local += block->instructions;
    thread->clock += block->instructions;
    if (!process->active)
        return 0;
    thread->instructions += block->instructions;
    return run_steps(process, thread, block, ran, err);
}

static void mark(cck_process *process, bool begin)
{
    if (begin)
        process->marks++;
    else if (process->marks)
        process->marks--;
    cck_process_activate(process);
}

/* What the kernel reads and writes for the program is not in the caches of the model:
 * counts are of user mode, as cachegrind's. */
static int run_other(cck_process *process, cck_reader_thread *thread, uint64_t word, cck_error *err)
{
    unsigned what = CCK_WORD_WHAT(word);
    const uint64_t *words = thread->words + 1;
    if (what < CCK_WORD_ALLOC || what > CCK_WORD_TLS)
        return damaged(err, "an unknown word");
    unsigned operands = cck_word_operands(what);
    if (operands > thread->words_end - words)
        return damaged(err, "operands are cut off");
    uint64_t first = operands > 0 ? cck_word_at(words) : 0;
    uint64_t second = operands > 1 ? cck_word_at(words + 1) : 0;
    thread->words = words + operands;
    bool good = true;
    if (what == CCK_WORD_ALLOC)
        good = cck_object_alloc(process, thread, first, second);
    else if (what == CCK_WORD_FREE)
        good = cck_object_free(process, first);
    else if (what == CCK_WORD_SIGNAL)
        good = cck_stack_signal(process, thread);
    else if (what == CCK_WORD_MARK_BEGIN || what == CCK_WORD_MARK_END)
        mark(process, what == CCK_WORD_MARK_BEGIN);
    if (what == CCK_WORD_TLS)
        thread->tls = first;
    if (what == CCK_WORD_STACK && first < second) {
        process->heap_age++;
        thread->stack_low = first;
        thread->stack_high = second;
    }
    if (what == CCK_WORD_SWITCH) {
        thread->waits_for = (uint32_t)CCK_WORD_LOW(word);
        thread->waits_until = first;
    }
    return good ? 0 : out_of_memory(err);
}

/* One block or other word that is not plain. */
static int run_word(cck_process *process, cck_reader_thread *thread, cck_error *err)
{
    uint64_t word = cck_word_at(thread->words), before = thread->instructions;
    int status;
    if (CCK_WORD_TAG(word) == 2)
        status = run_block(process, thread, word, err);
    else if (CCK_WORD_TAG(word) == 3)
        status = run_other(process, thread, word, err);
    else
        status = damaged(err, "an address without a block");
    process->clock += thread->instructions - before;
    return status;
}

static inline bool moves_data(const cck_process *process)
{
    return process->moves && process->moves->live;
}

int cck_walk(cck_process *process, cck_reader_thread **heap, size_t count, uint64_t limit,
             cck_error *err)
{
    cck_plain_runs *run = cck_plain_has_v3() ? cck_plain_run_v3 : cck_plain_run;
    int status = 0;
    while (!status && !process->stopped) {
        if (process->active && heap[0]->filtered && !moves_data(process))
            status = run(process, heap, count, limit, err);
        cck_reader_thread *thread = heap[0];
        walk_limits limits = cck_walk_limits(process, heap, count, limit);
        process->stopped |= thread->instructions >= limits.instructions;
        if (status || thread->words >= thread->words_end || !cck_walk_room(thread, &limits))
            break;
        status = run_word(process, thread, err);
        if (thread->words >= thread->words_end || thread->waits_for != CCK_NONE)
            break;
        if (!cck_walk_room(thread, &limits))
            cck_turns_settle(heap, count, 0);
    }
    return status;
}
