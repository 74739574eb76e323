/* SPDX-License-Identifier: MIT */
/*
 * The blocks of a thread, one after the other. Nearly all memory accesses are to lines
 * that were used last in their set: the model's filter answers these in a few
 * instructions, and they change nothing. A block whose code is all found so needs no
 * look at its fetches; else its events are gone through in their order.
 */
#include <inttypes.h>

#include "core/base/fail.h"
#include "probes/simulate/model/quick.h"
#include "probes/simulate/reader/process.h"

/* How far a thread may go. */
typedef struct walk {
    uint64_t local;        /* its time, included */
    uint64_t instructions; /* that it has simulated, excluded */
} walk;

static int damaged(cck_error *err, const char *what)
{
    return cck_fail(err, CCK_EFORMAT, "the trace is damaged: %s", what);
}

static int out_of_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* All code of the block is in lines that were fetched last, or can be made so. */
static inline bool is_fetched(const cck_model_filter *filter, const uint64_t *fetch, uint32_t mask,
                              const cck_code_block *block)
{
    uint64_t line = block->first_line;
    if (fetch[line & mask] == line && block->lines == 1)
        return true;
    for (unsigned left = block->lines; left; left--, line++)
        if (fetch[line & mask] != line && !cck_quick_fetch(filter, line))
            return false;
    return true;
}

static inline bool is_recent(const uint64_t *lines, uint32_t mask, unsigned line_bits,
                             uint64_t address, uint32_t last)
{
    uint64_t line = address >> line_bits, end = (address + last) >> line_bits;
    if (__builtin_expect(lines[line & mask] == end, 1))
        return true;
    /* Over the border of two lines, both used last in their sets: the same. */
    return end == line + 1 && lines[line & mask] == line && lines[end & mask] == end;
}

/* Within one line that L1 has, though not the last used of its set. */
static inline bool is_held(const cck_model_filter *filter, uint64_t address, uint32_t last,
                           bool writes)
{
    uint64_t line = address >> filter->line_bits;
    return (address + last) >> filter->line_bits == line && cck_quick_data(filter, line, writes);
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
        (is_recent(step->writes ? filter->store : filter->load, filter->data_mask,
                   filter->line_bits, address, step->last) ||
         is_held(filter, address, step->last, step->writes)))
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
        is_recent(filter->fetch, filter->fetch_mask, filter->line_bits, address, step->size - 1u))
        return 0;
    return cck_access_fetch(process, thread, step, event, address, err);
}

/* All events in their order, of the instructions and memory accesses that were executed. */
static int run_steps(cck_process *process, cck_reader_thread *thread, const cck_code_block *block,
                     const uint64_t *words, unsigned instructions, unsigned data, cck_error *err)
{
    unsigned number = 0, line_bits = process->blocks.line_bits;
    uint64_t fetched = UINT64_MAX; /* the line that was: again changes nothing */
    int status = 0;
    for (uint16_t i = 0; i < block->step_count && !status; i++) {
        const cck_step *step = &block->steps[i];
        if (step->kind != CCK_EVENT_FETCH && number < data) {
            status = run_one_data(process, thread, &block->data[number],
                                  cck_word_at(words + number), err);
            number++;
        } else if (step->kind == CCK_EVENT_FETCH && step->instruction < instructions) {
            uint64_t first = block->address + step->offset, last = first + step->size - 1;
            if (first >> line_bits == fetched && last >> line_bits == fetched)
                continue;
            status = run_one_fetch(process, thread, block, i, err);
            fetched = last >> line_bits;
        }
    }
    return status;
}

/* How many address words there are, and whether the block was cut behind them. */
static unsigned count_data(const cck_code_block *block, const uint64_t *words, const uint64_t *end,
                           uint64_t *out_cut)
{
    unsigned count = 0;
    *out_cut = 0;
    while (count < block->data_count && words + count < end &&
           !CCK_WORD_TAG(cck_word_at(words + count)))
        count++;
    uint64_t next = words + count < end ? cck_word_at(words + count) : 0;
    if (CCK_WORD_TAG(next) == 3 && CCK_WORD_WHAT(next) == CCK_WORD_CUT)
        *out_cut = next;
    return count;
}

/* A block that may have been left in its middle. *out_words: how many it has. */
static int run_cut(cck_process *process, cck_reader_thread *thread, const cck_code_block *block,
                   const uint64_t *words, unsigned data, uint64_t cut, cck_error *err)
{
    uint64_t instructions = CCK_WORD_LOW(cut);
    if (instructions > block->instructions)
        return damaged(err, "a block was left behind its end");
    thread->left = CCK_END_JUMP;
    thread->local += instructions;
    thread->clock += instructions;
    if (!process->active)
        return 0;
    thread->instructions += instructions;
    int status = cck_access_cut(process, thread, (unsigned)instructions, data, err);
    if (status < 0)
        return status;
    return run_steps(process, thread, block, words, (unsigned)instructions, data, err);
}

/* The thread comes to a block: how often it ran in this place. NULL: memory is out. */
static inline uint64_t *enter(cck_process *process, cck_reader_thread *thread, uint32_t number)
{
    bool jumped = thread->left == CCK_END_JUMP;
    if (!process->plan->spots) {
        if (jumped && number < thread->here_count && thread->here[number].place)
            thread->place = thread->here[number].place - 1;
        else if (!cck_stack_enter(process, thread, number, &thread->place))
            return NULL;
        return &thread->here[number].count;
    }
    const cck_visit *from = jumped ? &process->places[thread->place] : NULL;
    if (from && from->next_block[0] == number)
        thread->place = from->next_place[0];
    else if (from && from->next_block[1] == number)
        thread->place = from->next_place[1];
    else if (!cck_stack_enter(process, thread, number, &thread->place))
        return NULL;
    return &process->places[thread->place].count;
}

/* Where the stack pointer is, for the frames: a call's push, a return's pop. */
static inline void leave(cck_reader_thread *thread, const cck_code_block *block,
                         const uint64_t *words)
{
    thread->left = block->end;
    if (__builtin_expect(block->end == CCK_END_JUMP, 1))
        return;
    uint16_t which = block->end == CCK_END_CALL ? block->last_store : block->last_load;
    if (block->end == CCK_END_SYSCALL || which == CCK_NO_EVENT)
        thread->left = CCK_END_JUMP;
    else
        thread->pushed = cck_word_at(words + which);
}

static inline bool moves_data(const cck_process *process)
{
    return process->moves && process->moves->live;
}

/* A block that is anything but plain. */
static int run_block(cck_process *process, cck_reader_thread *thread, uint64_t word,
                     cck_error *err)
{
    uint64_t number = CCK_WORD_LOW(word);
    if (number >= process->blocks.count)
        return damaged(err, "a block ran that was not told of");
    const cck_code_block *block = &process->blocks.list[number];
    const uint64_t *words = thread->words + 1;
    uint64_t *count = enter(process, thread, (uint32_t)number);
    if (!count)
        return out_of_memory(err);
    if (block->special & CCK_SPECIAL_STARTS && !process->started) {
        process->started = true;
        cck_process_activate(process);
    }
    *count += process->active;
    if (block->special & CCK_SPECIAL_CUTS) {
        uint64_t cut;
        unsigned data = count_data(block, words, thread->words_end, &cut);
        if (cut) {
            thread->words = words + data + 1;
            return run_cut(process, thread, block, words, data, cut, err);
        }
    }
    if (block->data_count > (uint64_t)(thread->words_end - words))
        return damaged(err, "the addresses of a block are cut off");
    thread->words = words + block->data_count;
    thread->local += block->instructions;
    thread->clock += block->instructions;
    leave(thread, block, words);
    if (!process->active)
        return 0;
    thread->instructions += block->instructions;
    return run_steps(process, thread, block, words, block->instructions, block->data_count, err);
}

/* Instructions that the thread may run: a block that begins below that is run. */
static inline uint64_t room_of(const cck_reader_thread *thread, const walk *limits)
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

static inline void advance(cck_reader_thread *thread, uint64_t ran)
{
    thread->local += ran;
    thread->clock += ran;
    thread->instructions += ran;
}

/* Whether a block is plain after all, this time. */
static bool is_plain(const cck_code_block *block, const uint64_t *words, const uint64_t *end)
{
    uint64_t cut = 0;
    if (block->special & CCK_SPECIAL_CUTS)
        count_data(block, words, end, &cut);
    return !cut && !(block->special & CCK_SPECIAL_CAREFUL);
}

/* Plain blocks, as long as they follow each other: their code is there, and all that they do
 * is to use memory. What comes then, if anything, is for others. */
static inline __attribute__((always_inline)) int
run_plain(cck_process *process, cck_reader_thread *thread, const walk *limits,
          const unsigned line_bits, cck_error *err)
{
    const cck_model_filter *filter = &thread->filter;
    const uint64_t *const fetch = filter->fetch, *const lines[] = {filter->load, filter->store};
    const uint32_t fetch_mask = filter->fetch_mask, mask = filter->data_mask;
    const cck_code_block *const blocks = process->blocks.list;
    const size_t block_count = process->blocks.count;
    const uint64_t *words = thread->words, *const end = thread->words_end;
    uint64_t ran = 0, room = room_of(thread, limits);
    while (ran < room && words < end) {
        uint64_t number = cck_word_at(words) - CCK_WORD_BLOCK(0);
        if (__builtin_expect(number >= block_count, 0))
            break;
        const cck_code_block *block = &blocks[number];
        if (__builtin_expect(end - words <= block->data_count, 0) ||
            (__builtin_expect(block->special, 0) && !is_plain(block, words + 1, end)) ||
            !is_fetched(filter, fetch, fetch_mask, block))
            break;
        uint64_t *count = enter(process, thread, (uint32_t)number);
        if (!count)
            return out_of_memory(err);
        ++*count;
        leave(thread, block, ++words);
        ran += block->instructions;
        const cck_data_step *step = block->data, *last = step + block->data_count;
        for (; step < last; step++, words++) {
            uint64_t address = cck_word_at(words);
            if (__builtin_expect(
                    is_recent(lines[step->writes], mask, line_bits, address, step->last), 1) ||
                is_held(filter, address, step->last, step->writes))
                continue;
            advance(thread, ran);
            ran = 0;
            int status = cck_access_data(process, thread, step, address, err);
            if (status < 0)
                return status;
            room = room_of(thread, limits);
        }
    }
    advance(thread, ran);
    thread->words = words;
    return 0;
}

/* Lines of 64 bytes are what all but a few machines have. */
static int run_plain_blocks(cck_process *process, cck_reader_thread *thread, const walk *limits,
                            cck_error *err)
{
    enum { USUAL = 6 };
    unsigned line_bits = thread->filter.line_bits;
    return line_bits == USUAL ? run_plain(process, thread, limits, USUAL, err)
                              : run_plain(process, thread, limits, line_bits, err);
}

/* Operand words behind a word of each kind. */
static const uint8_t operands[64] = {
    [CCK_WORD_ALLOC] = 2,         [CCK_WORD_FREE] = 1,         [CCK_WORD_STACK] = 2,
    [CCK_WORD_SYSCALL_WRITE] = 2, [CCK_WORD_SYSCALL_READ] = 2, [CCK_WORD_SWITCH] = 1,
    [CCK_WORD_TLS] = 1,
};

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
static int run_other(cck_process *process, cck_reader_thread *thread, uint64_t word,
                     cck_error *err)
{
    unsigned what = CCK_WORD_WHAT(word);
    const uint64_t *words = thread->words + 1;
    if (what < CCK_WORD_ALLOC || what > CCK_WORD_TLS)
        return damaged(err, "an unknown word");
    if (operands[what] > thread->words_end - words)
        return damaged(err, "operands are cut off");
    uint64_t first = operands[what] > 0 ? cck_word_at(words) : 0;
    uint64_t second = operands[what] > 1 ? cck_word_at(words + 1) : 0;
    thread->words = words + operands[what];
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

int cck_walk(cck_process *process, cck_reader_thread *thread, uint64_t limit, cck_error *err)
{
    uint64_t before = thread->instructions;
    walk limits = {.local = limit, .instructions = UINT64_MAX};
    if (process->plan->max_instructions)
        limits.instructions = before + process->plan->max_instructions - process->clock;
    int status = 0;
    while (!status) {
        if (process->active && thread->filtered && !moves_data(process))
            status = run_plain_blocks(process, thread, &limits, err);
        if (status || thread->words >= thread->words_end || !room_of(thread, &limits))
            break;
        uint64_t word = cck_word_at(thread->words);
        if (CCK_WORD_TAG(word) == 2) {
            status = run_block(process, thread, word, err);
        } else if (CCK_WORD_TAG(word) == 3) {
            status = run_other(process, thread, word, err);
            if (thread->waits_for != CCK_NONE)
                break;
        } else {
            status = damaged(err, "an address without a block");
        }
    }
    process->clock += thread->instructions - before;
    process->stopped |= thread->instructions >= limits.instructions;
    return status;
}
