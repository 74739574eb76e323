/* SPDX-License-Identifier: MIT */
/*
 * The loop that billions of blocks go through, of one thread or of several that take turns:
 * blocks whose code L1 has, and whose accesses nearly all are to lines that were used last in
 * their set, or that L1 has at least: the model's filter answers these in a few instructions.
 */
#include "core/base/fail.h"
#include "probes/simulate/model/deep/refill.h"
#include "probes/simulate/reader/behind.h"
#include "probes/simulate/reader/walk.h"

/* plain_v3.c compiles this once more, for CPUs that have AVX2 and BMI2. */
#ifndef CCK_PLAIN_RUN
#define CCK_PLAIN_RUN   cck_plain_run
#define CCK_PLAIN_SERVE cck_plain_serve
#endif

static int out_of_memory(cck_error *err)
{
    return cck_fail(err, CCK_ENOMEM, "out of memory");
}

/* Blocks below have an entry in `here`, where places have no paths. */
static inline uint64_t known_blocks(const cck_process *process, const cck_reader_thread *thread,
                                    bool spots)
{
    uint64_t known = process->blocks.count;
    return spots || thread->here_count >= known ? known : thread->here_count;
}

/* As cck_walk_room(), below 2^62: it counts down. */
static inline int64_t room_of(const cck_reader_thread *thread, const walk_limits *limits)
{
    uint64_t room = cck_walk_room(thread, limits);
    return room >> 62 ? INT64_MAX / 2 : (int64_t)room;
}

static inline void advance(cck_process *process, cck_reader_thread *thread, int64_t went)
{
    uint64_t ran = (uint64_t)went;
    thread->local += ran;
    thread->clock += ran;
    thread->instructions += ran;
    process->clock += ran;
}

/* Whether a block is plain after all, this time. */
static __attribute__((noinline)) bool is_plain(const cck_code_block *block, const uint64_t *words,
                                               const uint64_t *end)
{
    return !(block->special & CCK_SPECIAL_CAREFUL) &&
           !(block->special & CCK_SPECIAL_CUTS && cck_cut_of(words, end));
}

/* All code of the block is in lines that were fetched last, or can be made so. */
static __attribute__((noinline)) bool can_fetch(const cck_model_filter *filter,
                                                const cck_code_block *block)
{
    uint64_t line = block->first_line;
    for (unsigned left = block->lines; left; left--, line++)
        if (filter->fetch[line & filter->fetch_mask] != line && !cck_quick_fetch(filter, line))
            return false;
    return true;
}

static inline bool is_fetched(const cck_model_filter *filter, const cck_code_block *block)
{
    uint64_t first = block->first_line, last = first + block->lines - 1;
    return last - first <= 1 && filter->fetch[first & filter->fetch_mask] == first &&
           filter->fetch[last & filter->fetch_mask] == last;
}

/* Ahead of the model: the first line of the block is fetched before all that it does, and there
 * is no other, or it was fetched last in its set. False: nothing was done. */
static bool send_fetch(cck_behind *behind, const cck_code_block *block, unsigned line_bits)
{
    const cck_model_filter *filter = behind->filter;
    const cck_step *step = block->steps;
    uint64_t from = block->address + step->offset, to = from + step->size - 1;
    uint64_t first = block->first_line, last = first + block->lines - 1;
    if (block->lines > 2 || !block->step_count || step->kind != CCK_EVENT_FETCH ||
        from >> line_bits != first || to >> line_bits != first || !cck_behind_holds(from) ||
        (last != first && filter->fetch[last & filter->fetch_mask] != last))
        return false;
    cck_behind_fetch(behind, from, step->size - 1u);
    return true;
}

static inline bool enter(cck_process *process, cck_reader_thread *thread, uint32_t number)
{
    uint64_t *times = cck_enter(process, thread, number);
    if (times)
        ++*times;
    return times;
}

/* What a run of the loop is for: constants, so that each has a loop of its own. */
typedef struct purpose {
    unsigned line_bits;
    bool spots, ahead;
    uint32_t stall; /* of what L2 has, cycles */
} purpose;

/* Instructions that the thread may still run, and how many these were when it was last told how
 * far it is. */
typedef struct budget {
    int64_t room, before;
    cck_model *refills; /* may be asked in the midst: only time bounds it; else NULL */
} budget;

static inline budget budget_of(const cck_process *process, const cck_reader_thread *thread,
                               const purpose what, const walk_limits *limits)
{
    int64_t room = room_of(thread, limits);
    bool by_time = thread->pause_at == UINT64_MAX && limits->instructions == UINT64_MAX;
    return (budget){
        .room = room, .before = room, .refills = by_time && !what.spots ? process->model : NULL};
}

typedef enum start { START_NOT, START_PLAIN, START_FAILED } start;

/* A block that is not jumped to, runs for the first time or has code that was not fetched last.
 * `words` are behind its own. NOT: it is no plain one, and nothing was done but that lines of it
 * were fetched that L1 has. */
static __attribute__((noinline)) start start_other(cck_process *process, cck_reader_thread *thread,
                                                   const purpose what, uint64_t number,
                                                   const uint64_t *words)
{
    if (number >= known_blocks(process, thread, what.spots))
        return START_NOT;
    const cck_code_block *block = &process->blocks.list[number];
    if (block->special && !is_plain(block, words, thread->words_end))
        return START_NOT;
    if (!is_fetched(&thread->filter, block) && !can_fetch(&thread->filter, block) &&
        !(what.ahead && send_fetch(process->behind, block, what.line_bits)))
        return START_NOT;
    if (!enter(process, thread, (uint32_t)number))
        return START_FAILED;
    return START_PLAIN;
}

/* What became of an access that does not lie in the line used last of a set. */
typedef enum other_use { USE_ASK, USE_PLAIN, USE_REFILL } other_use;

/* Over the border of two lines that were used last in their sets: that changes nothing. */
static __attribute__((noinline)) other_use use_over(const cck_model_filter *filter, uint64_t line,
                                                    uint64_t last, bool writes)
{
    const uint64_t *lines = writes ? filter->store : filter->load;
    bool plain = last == line + 1 && lines[line & filter->data_mask] == line &&
                 lines[last & filter->data_mask] == last;
    return plain ? USE_PLAIN : USE_ASK;
}

static __attribute__((noinline)) other_use refill(cck_model *model, uint32_t core, uint64_t line,
                                                  bool writes)
{
    return cck_refill(model, core, line, writes) ? USE_REFILL : USE_ASK;
}

/* Within a line that L1 has, or L2. */
static inline __attribute__((always_inline)) other_use use_held(const cck_model_filter *filter,
                                                                cck_model *model, uint32_t core,
                                                                uint64_t line, bool writes)
{
    if (cck_quick_data(filter, line, writes))
        return USE_PLAIN;
    return model ? refill(model, core, line, writes) : USE_ASK;
}

/* L2 had it, where costs are wanted as sums only: as access.c has it. */
static inline void refilled(cck_process *process, cck_reader_thread *thread, bool loads,
                            uint32_t stall, budget *left)
{
    enum { LOAD = 1, STORE };
    thread->misses[0][loads ? LOAD : STORE]++;
    process->charged[CCK_COST_L1D_MISSES]++;
    process->charged[CCK_COST_CYCLES] += stall;
    thread->local += stall;
    thread->stalled += stall;
    left->room -= stall;
    left->before -= stall;
}

/* What of the thread's filter stays the same. */
typedef struct recent_lines {
    uint64_t *lines[2]; /* for loads, for stores */
    uint64_t data_mask;
} recent_lines;

/* The accesses of a block that are told, at *words and beyond: those that the filter, or L1, does
 * not answer are the model's. */
static inline __attribute__((always_inline)) int
use_data(cck_process *process, cck_reader_thread *thread, const purpose what,
         const recent_lines *recent, const cck_code_block *block, const uint64_t **words,
         const uint64_t *end, budget *left, const walk_limits *limits, cck_error *err)
{
    const cck_model_filter *const filter = &thread->filter;
    const uint64_t *at = *words;
    uint32_t least = 0,
             count = block->data_count; /* of the next one's number, and beyond the most */
    for (uint64_t word; at < end && CCK_WORD_IS_DATA(word = cck_word_at(at)); at++) {
        uint32_t event = CCK_WORD_EVENT(word);
        if (__builtin_expect(event < least || event >= count, 0))
            return cck_fail(err, CCK_EFORMAT,
                            "the trace is damaged: a block has an access that it cannot have");
        least = event + 1;
        const cck_data_step *step = &block->data[event];
        uint64_t address = CCK_WORD_ADDRESS(word), line = address >> what.line_bits;
        uint64_t to = (address + step->last) >> what.line_bits, set = line & recent->data_mask;
        uint64_t last = recent->lines[step->writes][set];
        if (what.ahead && __builtin_expect(to == line && cck_behind_holds(address), 1)) {
            /* Nobody can foretell whether it is sent, so that is no branch. */
            bool known = last == line;
            uint64_t stored = known ? recent->lines[1][set] : step->writes ? line : UINT64_MAX;
            cck_behind_offer(process->behind, step->kind, address, step->last, !known);
            recent->lines[0][set] = line;
            recent->lines[1][set] = stored;
            continue;
        }
        if (last == to)
            continue;
        bool shared = !what.ahead && last == (to | CCK_FILTER_SHARED);
        if (!what.ahead && !shared) {
            other_use use = __builtin_expect(to != line, 0)
                                ? use_over(filter, line, to, step->writes)
                                : use_held(filter, left->refills, thread->core, line, step->writes);
            if (use == USE_REFILL)
                refilled(process, thread, step->kind != CCK_EVENT_STORE, what.stall, left);
            if (use != USE_ASK)
                continue;
        }
        advance(process, thread, left->before - left->room);
        left->before = left->room;
        if (shared && cck_access_again(process, thread, step, address))
            continue;
        int status = what.ahead ? cck_access_data(process, thread, step, address, err)
                                : cck_access_data_now(process, thread, step, address, err);
        if (__builtin_expect(status < 0, 0))
            return status;
        *left = budget_of(process, thread, what, limits);
    }
    *words = at;
    return 0;
}

/* Words of known blocks are below, as numbers with a sign, and no others are. */
static inline int64_t known_words(const cck_process *process, const cck_reader_thread *thread,
                                  bool spots)
{
    return INT64_MIN + (int64_t)known_blocks(process, thread, spots);
}

/* Of these, those that a block may have that is jumped to. */
static inline int64_t jumped_words(const cck_process *process, const cck_reader_thread *thread,
                                   bool spots)
{
    return spots || thread->left == CCK_END_JUMP ? known_words(process, thread, spots) : INT64_MIN;
}

/* The thread comes to a block that it jumped to and has run before. False: memory is out. */
static inline __attribute__((always_inline)) bool count_run(cck_process *process,
                                                            cck_reader_thread *thread,
                                                            cck_here *here, uint64_t number,
                                                            bool spots)
{
    if (spots)
        return enter(process, thread, (uint32_t)number);
    thread->place = here[number].place - 1;
    here[number].count++;
    return true;
}

/* The heap's first thread has had its turn: whoever comes next is the first. False: it has no
 * filter. */
static inline bool next_turn(cck_process *process, cck_reader_thread **heap, size_t count,
                             uint64_t limit, walk_limits *limits)
{
    cck_turns_settle(heap, count, 0);
    limits->local = cck_turns_limit(process, heap, count);
    if (process->plan->max_instructions)
        *limits = cck_walk_limits(process, heap, count, limit);
    return heap[0]->filtered;
}

static inline __attribute__((always_inline)) int run(cck_process *process, cck_reader_thread **heap,
                                                     size_t count, uint64_t limit,
                                                     const purpose what, cck_error *err)
{
    const cck_code_block *const blocks = process->blocks.list;
    const uint32_t fetch_mask = heap[0]->filter.fetch_mask;
    walk_limits limits = cck_walk_limits(process, heap, count, limit);
    for (;;) {
        cck_reader_thread *const thread = heap[0];
        const cck_model_filter *const filter = &thread->filter;
        const uint64_t *const fetch = filter->fetch;
        const recent_lines recent = {{filter->load, filter->store}, filter->data_mask};
        cck_here *const here = thread->here;
        int64_t jumped_to = jumped_words(process, thread, what.spots);
        const uint64_t *words = thread->words, *const end = thread->words_end;
        budget left = budget_of(process, thread, what, &limits);
        while (left.room > 0 && words < end) {
            int64_t word = (int64_t)cck_word_at(words++);
            uint64_t number = (uint64_t)word - CCK_WORD_BLOCK(0);
            const cck_code_block *block = &blocks[word < jumped_to ? number : 0];
            uint64_t first = block->first_line, last = block->last_line;
            if (__builtin_expect(word >= jumped_to, 0) ||
                __builtin_expect(
                    (fetch[first & fetch_mask] != first || fetch[last & fetch_mask] != last) &&
                        (last - first > 1 || !can_fetch(filter, block)),
                    0) ||
                __builtin_expect(!what.spots && !here[number].place, 0)) {
                start started = start_other(process, thread, what, number, words);
                if (started == START_FAILED)
                    return out_of_memory(err);
                if (started == START_NOT) {
                    words--;
                    break;
                }
                block = &blocks[number];
                cck_leave(thread, block, words, end);
                jumped_to = jumped_words(process, thread, what.spots);
            } else {
                if (!count_run(process, thread, here, number, what.spots))
                    return out_of_memory(err);
                if (what.spots || __builtin_expect(block->end != CCK_END_JUMP, 0)) {
                    cck_leave(thread, block, words, end);
                    jumped_to = jumped_words(process, thread, what.spots);
                }
            }
            if (what.ahead)
                cck_behind_make_room(process->behind);
            left.room -= block->instructions;
            int status =
                use_data(process, thread, what, &recent, block, &words, end, &left, &limits, err);
            if (__builtin_expect(status < 0, 0))
                return status;
        }
        advance(process, thread, left.before - left.room);
        thread->words = words;
        if (left.room > 0 || words == end || count < 2 ||
            thread->instructions >= limits.instructions)
            return 0;
        if (!next_turn(process, heap, count, limit, &limits))
            return 0;
    }
}

int CCK_PLAIN_RUN(cck_process *process, cck_reader_thread **heap, size_t count, uint64_t limit,
                  cck_error *err)
{
    enum { USUAL = 6 }; /* lines of 64 bytes are what all but a few machines have */
    const cck_latencies *latencies = &process->plan->model.latencies;
    purpose what = {.line_bits = heap[0]->filter.line_bits,
                    .spots = process->plan->spots,
                    .stall = latencies->l2 > latencies->l1 ? latencies->l2 - latencies->l1 : 0};
    bool usual = what.line_bits == USUAL;
    if (!process->blocks.count) /* nothing was told of that could be plain */
        return 0;
    if (process->behind)
        return run(process, heap, count, limit,
                   (purpose){.line_bits = what.line_bits, .ahead = true}, err);
    if (what.spots)
        return run(process, heap, count, limit, (purpose){what.line_bits, .spots = true}, err);
    if (!usual)
        return run(process, heap, count, limit, (purpose){what.line_bits, .stall = what.stall},
                   err);
    return run(process, heap, count, limit, (purpose){.line_bits = USUAL, .stall = what.stall},
               err);
}

/* An event of the trace and an access of the model have the same numbers. */
_Static_assert((int)CCK_EVENT_FETCH == (int)CCK_ACCESS_FETCH &&
                   (int)CCK_EVENT_MODIFY == (int)CCK_ACCESS_MODIFY,
               "kinds of accesses");

void CCK_PLAIN_SERVE(cck_process *process, cck_reader_thread *thread, const uint64_t *words,
                     size_t count)
{
    const cck_model_filter filter = thread->filter;
    cck_error err; /* the only one is of addresses that nobody sends */
    for (size_t i = 0; i < count; i++) {
        uint64_t address = words[i] & ((UINT64_C(1) << 48) - 1), line = address >> filter.line_bits;
        uint16_t last = words[i] >> 48 & 0xfff;
        uint8_t kind = words[i] >> 60;
        if (__builtin_expect(kind == CCK_EVENT_FETCH, 0)) {
            cck_step step = {.kind = kind, .size = (uint16_t)(last + 1)};
            cck_access_fetch_now(process, thread, &step, 0, address, &err);
            continue;
        }
        bool writes = kind != CCK_EVENT_LOAD;
        if (__builtin_expect((address + last) >> filter.line_bits == line, 1) &&
            cck_quick_data(&filter, line, writes))
            continue;
        cck_data_step step = {.last = last, .writes = writes, .kind = kind};
        cck_access_data_now(process, thread, &step, address, &err);
    }
}
