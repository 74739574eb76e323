/* SPDX-License-Identifier: MIT */
/* Rounds: where a thread that was released goes on, and who is side by side with whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "trace_stream.h"

enum { LOAD_BLOCK, STORE_BLOCK, TIMES = 1000 };

#define DATA UINT64_C(0x200000)
#define FAR  UINT64_C(0x800000)

static stream s;
static cck_plan plan;
static cck_process *process;
static cck_error err;

/* Two threads, and blocks of one instruction that load and store. */
static int set_up(void **state)
{
    (void)state;
    const cck_event fetch = {.kind = CCK_EVENT_FETCH, .size = 4};
    const cck_event load[] = {fetch, {.kind = CCK_EVENT_LOAD, .size = 8}};
    const cck_event store[] = {fetch, {.kind = CCK_EVENT_STORE, .size = 8}};
    s.count = s.open = 0;
    plan = small_plan();
    err = (cck_error){0};
    process = cck_process_new(&plan);
    put_block(&s, LOAD_BLOCK, 0x10000, 1, CCK_END_JUMP, 0, load, 2);
    put_block(&s, STORE_BLOCK, 0x10100, 1, CCK_END_JUMP, 0, store, 2);
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    return process ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    cck_process_free(process);
    return 0;
}

static void read_all(void)
{
    assert_int_equal(read_stream(process, &s, &err), 0);
}

/* Misses of all caches: time goes by that no clock of instructions shows. */
static void put_stalls(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put_run(&s, LOAD_BLOCK, FAR + 64 * (uint64_t)i);
}

static void put_stores(uint64_t address)
{
    for (int i = 0; i < TIMES; i++)
        put_run(&s, STORE_BLOCK, address);
}

static void put_wait(uint32_t other, uint64_t clock)
{
    put(&s, CCK_WORD(CCK_WORD_SWITCH, other));
    put(&s, clock);
}

static uint64_t transfers(void)
{
    uint64_t sum = 0;
    assert_true(cck_process_finish(process));
    for (size_t i = 0; i < process->lives.closed_count; i++)
        sum += process->lives.closed[i].transfers;
    return sum;
}

/* Thread 0 stalls, releases thread 1 after `before` instructions, and both use a line. */
static void put_release(uint64_t start, unsigned before, unsigned stalls)
{
    begin_events(&s, 0, start);
    put_stalls(stalls);
    for (unsigned i = stalls; i < before; i++)
        put_run(&s, LOAD_BLOCK, DATA + 4096);
    put_stores(DATA);
    end_events(&s);
    begin_events(&s, 1, start + before);
    put_wait(0, start + before);
    put_stores(DATA + 8);
    end_events(&s);
    put_round(&s);
}

/* However long the one stalled before the release: the other is there when it goes on. */
static void a_release_is_where_it_happened(void **state)
{
    (void)state;
    put_release(0, 200, 100);
    read_all();
    assert_true(cck_thread_now(process->threads[1]) > 100 * 200);
    assert_true(transfers() > TIMES);
}

/* Both waited before this round, for a sleep's end or another process: its clock is theirs. */
static void a_round_may_begin_with_threads_that_waited(void **state)
{
    (void)state;
    put_release(50000, 200, 100);
    read_all();
    assert_true(cck_thread_now(process->threads[1]) > 100 * 200);
    assert_true(transfers() > TIMES);
}

/* What released it was in a round before: it is behind that, and held back no further. */
static void a_release_of_an_earlier_round_is_over(void **state)
{
    (void)state;
    begin_events(&s, 0, 0);
    put_stalls(100);
    end_events(&s);
    put_round(&s);
    begin_events(&s, 0, 100);
    put_stores(DATA);
    end_events(&s);
    begin_events(&s, 1, 100);
    put_wait(0, 50);
    put_stores(DATA + 8);
    end_events(&s);
    put_round(&s);
    read_all();
    /* Its time is not before that of its release, in virtual time of the run either. */
    assert_true(cck_thread_now(process->threads[1]) > 100 * 200);
    assert_true(transfers() > TIMES);
}

/* Clocks that are farther apart than any round is long are of waits, not of this round. */
static void a_late_clock_does_not_hold_back_for_ever(void **state)
{
    (void)state;
    begin_events(&s, 0, 0);
    put_stores(DATA);
    end_events(&s);
    begin_events(&s, 1, UINT64_C(1) << 40);
    put_stores(DATA + 8);
    end_events(&s);
    put_round(&s);
    read_all();
    assert_true(cck_thread_now(process->threads[1]) < 1 << 20);
    assert_true(transfers() > TIMES);
}

/* The one ends in the round before the other had its turn: they were side by side. */
static void a_thread_that_ends_was_in_the_round(void **state)
{
    (void)state;
    begin_events(&s, 0, 0);
    put_stores(DATA);
    end_events(&s);
    put_span(&s, CCK_SPAN_THREAD_END, 0, TIMES, NULL, 0);
    begin_events(&s, 1, 0);
    put_stores(DATA + 8);
    end_events(&s);
    put_round(&s);
    /* Alone, the other one is not held back until a round ends. */
    begin_events(&s, 1, TIMES);
    put_stores(DATA + 8);
    end_events(&s);
    cck_trace_source source = cck_trace_source_of_words(s.words, s.count);
    for (cck_span span; cck_trace_source_next(&source, &span, &err) > 0;)
        assert_int_equal(cck_process_take(process, &span, &err), 0);
    assert_false(cck_process_holds(process));
    assert_true(transfers() > TIMES);
}

/* What thread 0 stores in `before` instructions, and thread 1 just once in the first of them. */
static void put_ahead(unsigned before)
{
    begin_events(&s, 0, 0);
    put_run(&s, STORE_BLOCK, DATA); /* it has the line from here on */
    end_events(&s);
    put_round(&s);
    begin_events(&s, 0, 1);
    for (unsigned i = 0; i < before; i++)
        put_run(&s, STORE_BLOCK, DATA);
    end_events(&s);
    begin_events(&s, 1, 1);
    put_run(&s, STORE_BLOCK, DATA + 8);
    end_events(&s);
    put_round(&s);
    read_all();
}

/* Half of what an upgrade takes, the least of all between cores, is 50 cycles. */
static void a_thread_may_be_ahead_by_what_takes_no_effect_yet(void **state)
{
    (void)state;
    assert_int_equal(plan.model.latencies.upgrade, 100);
    put_ahead(51);
    assert_int_equal(transfers(), 0); /* thread 1 has never had it before */
}

static void a_thread_is_ahead_no_further(void **state)
{
    (void)state;
    put_ahead(52);
    assert_int_equal(transfers(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_release_is_where_it_happened),
        TEST(a_round_may_begin_with_threads_that_waited),
        TEST(a_release_of_an_earlier_round_is_over),
        TEST(a_late_clock_does_not_hold_back_for_ever),
        TEST(a_thread_that_ends_was_in_the_round),
        TEST(a_thread_may_be_ahead_by_what_takes_no_effect_yet),
        TEST(a_thread_is_ahead_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
