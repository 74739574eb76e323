/* SPDX-License-Identifier: MIT */
/* The model in a thread of its own (<pthread.h>): the same numbers as without, whatever the
 * program does. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "probes/simulate/reader/behind.h"
#include "trace_stream.h"

enum { LOAD_BLOCK, STORE_BLOCK, MODIFY_BLOCK, WIDE_BLOCK, CODE_BLOCK, CODE_BLOCKS = 40 };

#define DATA UINT64_C(0x200000)

static stream s;
static bool was_behind;

static uint64_t next(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    return *random ^= *random << 17;
}

static void put_blocks(void)
{
    const cck_event fetch = {.kind = CCK_EVENT_FETCH, .size = 4};
    const struct {
        cck_event_kind kind;
        uint16_t size;
    } uses[] = {
        {CCK_EVENT_LOAD, 8}, {CCK_EVENT_STORE, 8}, {CCK_EVENT_MODIFY, 4}, {CCK_EVENT_STORE, 100}};
    for (uint32_t i = 0; i < CODE_BLOCK + CODE_BLOCKS; i++) {
        cck_event use = {.kind = CCK_EVENT_LOAD, .size = 8};
        if (i < CODE_BLOCK)
            use = (cck_event){.kind = (uint8_t)uses[i].kind, .size = uses[i].size};
        /* Blocks of code of 100 bytes, in as many lines as make some miss. */
        const cck_event events[] = {
            fetch, use, {.kind = CCK_EVENT_FETCH, .size = 4, .instruction = 24}};
        put_block(&s, i, 0x10000 + 0x240 * (uint64_t)i, 25, CCK_END_JUMP, 0, events, 3);
    }
}

/* Each of these ran long enough for the other thread to be worth it. */
static void put_long_begin(void)
{
    const cck_event fetch = {.kind = CCK_EVENT_FETCH, .size = 4};
    put_block(&s, CODE_BLOCK + CODE_BLOCKS, 0x90000, 60000, CCK_END_JUMP, 0, &fetch, 1);
    begin_events(&s, 0, 0);
    for (int i = 0; i < 40; i++)
        put(&s, CCK_WORD_BLOCK(CODE_BLOCK + CODE_BLOCKS));
    end_events(&s);
}

static void put_uses(uint32_t thread, uint64_t clock, uint64_t *random, unsigned count)
{
    begin_events(&s, thread, clock);
    for (unsigned i = 0; i < count; i++) {
        uint64_t bits = next(random);
        uint64_t near = bits >> 8 & 1 ? 0x800 : 0x10000;
        uint32_t block = bits >> 10 & 7 ? (uint32_t)(bits & 3)
                                        : CODE_BLOCK + (uint32_t)(bits >> 16) % CODE_BLOCKS;
        put_run(&s, block, DATA + (bits >> 24) % near);
    }
    end_events(&s);
}

static void put_program(bool threads)
{
    uint64_t random = 88172645463325252u;
    const cck_trace_map gone = {.start = DATA, .size = 0x1000};
    s.count = s.open = 0;
    put_blocks();
    put_thread(&s, 0, UINT32_MAX, 0);
    put_long_begin();
    for (unsigned i = 0; i < 6; i++) {
        put_uses(0, 3000000 + 100000 * i, &random, 4000);
        put_span(&s, CCK_SPAN_UNMAP, 0, 0, &gone, sizeof gone);
    }
    if (!threads)
        return;
    put_thread(&s, 1, 0, 4000000);
    for (unsigned i = 0; i < 4; i++) {
        put_uses(0, 4000000 + 100000 * i, &random, 2000);
        put_uses(1, 4000000 + 100000 * i, &random, 2000);
        put_round(&s);
    }
}

static cck_process *run(const cck_plan *plan, bool behind)
{
    cck_error err = {0};
    cck_process *process = cck_process_new(plan);
    assert_non_null(process);
    process->behind_tried = !behind;
    process->behind_cpus = 1;
    cck_trace_source source = cck_trace_source_of_words(s.words, s.count);
    cck_span span;
    int status;
    was_behind = false;
    while ((status = cck_trace_source_next(&source, &span, &err)) > 0) {
        assert_int_equal(cck_process_take(process, &span, &err), 0);
        was_behind |= process->behind != NULL;
    }
    assert_int_equal(status, 0);
    assert_int_equal(cck_process_flush(process, &err), 0);
    assert_true(cck_process_finish(process));
    assert_null(process->behind);
    return process;
}

static void compare(const cck_plan *plan, bool possible)
{
    cck_process *with = run(plan, true);
    assert_int_equal(was_behind, possible);
    cck_process *without = run(plan, false);
    assert_false(was_behind);
    assert_true(with->threads[0]->misses[0][1] > 1000);
    assert_int_equal(with->thread_count, without->thread_count);
    for (size_t i = 0; i < with->thread_count; i++) {
        const cck_reader_thread *a = with->threads[i], *b = without->threads[i];
        assert_memory_equal(a->misses, b->misses, sizeof a->misses);
        assert_int_equal(a->stalled, b->stalled);
        assert_int_equal(cck_thread_now(a), cck_thread_now(b));
        assert_int_equal(a->instructions, b->instructions);
    }
    assert_memory_equal(with->charged, without->charged, sizeof with->charged);
    assert_int_equal(cck_process_cycles(with), cck_process_cycles(without));
    assert_int_equal(with->base, without->base);
    assert_int_equal(with->clock, without->clock);
    assert_int_equal(with->lives.closed_count, without->lives.closed_count);
    for (size_t i = 0; i < with->lives.closed_count; i++)
        assert_int_equal(with->lives.closed[i].transfers, without->lives.closed[i].transfers);
    cck_process_free(with);
    cck_process_free(without);
}

static cck_plan usual_plan(void)
{
    cck_plan plan = small_plan();
    plan.spots = false;
    plan.model.l2 = (cck_shape){16384, 8, 64};
    return plan;
}

static void one_thread_gives_the_same_numbers(void **state)
{
    (void)state;
    cck_plan plan = usual_plan();
    put_program(false);
    compare(&plan, true);
    plan.model.llc = CCK_LLC_EXCLUSIVE;
    compare(&plan, true);
}

static void a_second_thread_ends_it(void **state)
{
    (void)state;
    cck_plan plan = usual_plan();
    put_program(true);
    compare(&plan, true);
}

/* Where a hit may change something, or costs have places, all is done at once. */
static void it_is_left_out_where_it_could_not_be_true(void **state)
{
    (void)state;
    put_program(false);
    cck_plan plan = usual_plan();
    plan.spots = true;
    compare(&plan, false);
    plan = usual_plan();
    plan.model.llc = CCK_LLC_INCLUSIVE;
    compare(&plan, false);
    plan = usual_plan();
    plan.model.tlb_data = (cck_tlb_shape){4, 2};
    compare(&plan, false);
}

static void it_wants_cpus_to_spare(void **state)
{
    (void)state;
    cck_plan plan = usual_plan();
    cck_process *process = cck_process_new(&plan);
    cck_error err = {0};
    cck_trace_source source = cck_trace_source_of_words(s.words, s.count);
    cck_span span;
    process->behind_cpus = UINT_MAX;
    while (cck_trace_source_next(&source, &span, &err) > 0) {
        assert_int_equal(cck_process_take(process, &span, &err), 0);
        assert_null(process->behind);
    }
    cck_process_free(process);
}

static void a_process_may_be_dropped_meanwhile(void **state)
{
    (void)state;
    cck_plan plan = usual_plan();
    cck_error err = {0};
    put_program(false);
    cck_process *process = cck_process_new(&plan);
    process->behind_cpus = 1;
    cck_trace_source source = cck_trace_source_of_words(s.words, s.count);
    cck_span span;
    while (!process->behind && cck_trace_source_next(&source, &span, &err) > 0)
        assert_int_equal(cck_process_take(process, &span, &err), 0);
    cck_process_free(process);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_gives_the_same_numbers),
        cmocka_unit_test(a_second_thread_ends_it),
        cmocka_unit_test(it_is_left_out_where_it_could_not_be_true),
        cmocka_unit_test(it_wants_cpus_to_spare),
        cmocka_unit_test(a_process_may_be_dropped_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
