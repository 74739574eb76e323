/* SPDX-License-Identifier: MIT */
/* Traces by hand through the decoder: counts, order, call paths, lives of lines, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace_stream.h"

enum { LOAD_BLOCK, STORE_BLOCK, CALL_BLOCK, RETURN_BLOCK, CUT_BLOCK, GUARDED_BLOCK, ATOMIC_BLOCK };

#define CODE  UINT64_C(0x10000)
#define DATA  UINT64_C(0x200000)
#define STACK UINT64_C(0x7ff000)

static const cck_event fetch = {.kind = CCK_EVENT_FETCH, .size = 4};
static stream s;
static cck_plan plan;
static cck_process *process;
static cck_error err;

/* Blocks that all tests use: one instruction each but where said. */
static void put_usual_blocks(void)
{
    cck_event load[] = {fetch, {.kind = CCK_EVENT_LOAD, .size = 8}};
    cck_event store[] = {fetch, {.kind = CCK_EVENT_STORE, .size = 8}};
    cck_event cut[] = {fetch,
                       {.kind = CCK_EVENT_LOAD, .size = 8},
                       {.kind = CCK_EVENT_FETCH, .size = 4, .instruction = 1},
                       {.kind = CCK_EVENT_STORE, .size = 8, .instruction = 1}};
    cck_event guarded[] = {fetch, {.kind = CCK_EVENT_LOAD, .size = 8, .flags = CCK_EVENT_GUARDED}};
    cck_event atomic[] = {fetch, {.kind = CCK_EVENT_MODIFY, .size = 8, .flags = CCK_EVENT_ATOMIC}};
    put_block(&s, LOAD_BLOCK, CODE, 1, CCK_END_JUMP, 0, load, 2);
    put_block(&s, STORE_BLOCK, CODE + 0x100, 1, CCK_END_JUMP, 0, store, 2);
    put_block(&s, CALL_BLOCK, CODE + 0x200, 1, CCK_END_CALL, 0, store, 2);
    put_block(&s, RETURN_BLOCK, CODE + 0x300, 1, CCK_END_RETURN, 0, load, 2);
    put_block(&s, CUT_BLOCK, CODE + 0x400, 2, CCK_END_JUMP, CCK_BLOCK_CUTS, cut, 4);
    put_block(&s, GUARDED_BLOCK, CODE + 0x500, 1, CCK_END_JUMP, 0, guarded, 2);
    put_block(&s, ATOMIC_BLOCK, CODE + 0x600, 1, CCK_END_JUMP, 0, atomic, 2);
}

static int set_up(void **state)
{
    (void)state;
    s.count = s.open = 0;
    plan = small_plan();
    err = (cck_error){0};
    process = cck_process_new(&plan);
    put_usual_blocks();
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

static cck_thread_totals totals_of(uint32_t thread)
{
    cck_thread_totals *all = cck_process_totals(process), one;
    assert_non_null(all);
    one = all[thread];
    free(all);
    return one;
}

/* ---- counts ---- */

static void test_counts_a_thread(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    for (int i = 0; i < 10; i++) {
        put_run(&s, LOAD_BLOCK, DATA + 64 * (uint64_t)i);
        put_run(&s, STORE_BLOCK, DATA);
        put_run(&s, ATOMIC_BLOCK, DATA + 8);
    }
    end_events(&s);
    read_all();
    cck_thread_totals totals = totals_of(0);
    assert_int_equal(totals.instructions, 30);
    assert_int_equal(totals.loads, 20);
    assert_int_equal(totals.stores, 10);
    assert_int_equal(totals.atomics, 10);
    const cck_reader_thread *thread = process->threads[0];
    assert_int_equal(thread->misses[0][1], 10); /* ten lines, each first by a load */
    assert_int_equal(thread->misses[0][2], 0);
    assert_int_equal(thread->misses[0][0], 3); /* three lines of code */
    assert_int_equal(thread->instructions, 30);
    assert_true(thread->stalled > 0);
    assert_int_equal(cck_process_cycles(process), 30 + thread->stalled);
}

static void test_takes_off_what_was_cut(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    put(&s, CCK_WORD_BLOCK(CUT_BLOCK)); /* whole */
    put(&s, DATA);
    put(&s, CCK_WORD_DATA(1, 3, 1, DATA + 0x1000));
    put(&s, CCK_WORD_BLOCK(CUT_BLOCK)); /* left behind its first instruction */
    put(&s, DATA);
    put(&s, CCK_WORD_LEFT(1, 1));
    put(&s, CCK_WORD_BLOCK(CUT_BLOCK)); /* left in its second, before the store */
    put(&s, DATA);
    put(&s, CCK_WORD_LEFT(2, 1));
    end_events(&s);
    read_all();
    cck_thread_totals totals = totals_of(0);
    assert_int_equal(totals.instructions, 2 + 1 + 2);
    assert_int_equal(totals.loads, 3);
    assert_int_equal(totals.stores, 1);
    assert_int_equal(process->threads[0]->misses[0][1] + process->threads[0]->misses[0][2], 2);
    assert_int_equal(process->threads[0]->instructions, 5);
}

/* Uses that the trace leaves out count, and change nothing. */
static void test_takes_what_was_left_out_as_a_hit(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    put_run(&s, LOAD_BLOCK, DATA);
    put(&s, CCK_WORD_BLOCK(LOAD_BLOCK));
    put(&s, CCK_WORD_BLOCK(CUT_BLOCK)); /* only its second */
    put(&s, CCK_WORD_DATA(1, 3, 1, DATA + 64));
    put(&s, CCK_WORD_BLOCK(CUT_BLOCK)); /* left behind both, and none is told */
    put(&s, CCK_WORD_LEFT(2, 2));
    end_events(&s);
    read_all();
    cck_thread_totals totals = totals_of(0);
    assert_int_equal(totals.instructions, 1 + 1 + 2 + 2);
    assert_int_equal(totals.loads, 4);
    assert_int_equal(totals.stores, 2);
    assert_int_equal(process->threads[0]->misses[0][1], 1);
    assert_int_equal(process->threads[0]->misses[0][2], 1);
}

static void test_takes_off_what_did_not_happen(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    put_run(&s, GUARDED_BLOCK, DATA);
    put_run(&s, GUARDED_BLOCK, 0);
    put_run(&s, GUARDED_BLOCK, 0);
    end_events(&s);
    read_all();
    assert_int_equal(totals_of(0).loads, 1);
    assert_int_equal(totals_of(0).instructions, 3);
    assert_int_equal(process->threads[0]->misses[0][1], 1);
}

static void test_simulates_between_marks_only(void **state)
{
    (void)state;
    plan.marked = true;
    cck_process_activate(process);
    put_thread(&s, 0, UINT32_MAX, 0);
    put_span(&s, CCK_SPAN_MARK, 0, 0, "region", 7);
    begin_events(&s, 0, 0);
    put_run(&s, LOAD_BLOCK, DATA);
    put(&s, CCK_WORD(CCK_WORD_MARK_BEGIN, 0));
    put_run(&s, LOAD_BLOCK, DATA + 64);
    put_run(&s, LOAD_BLOCK, DATA + 64);
    put(&s, CCK_WORD(CCK_WORD_MARK_END, 0));
    put_run(&s, LOAD_BLOCK, DATA + 128);
    end_events(&s);
    read_all();
    assert_int_equal(totals_of(0).loads, 2);
    assert_int_equal(process->threads[0]->misses[0][1], 1);
}

static void test_stops_after_enough(void **state)
{
    (void)state;
    plan.max_instructions = 25;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    for (int i = 0; i < 100; i++)
        put_run(&s, LOAD_BLOCK, DATA);
    end_events(&s);
    read_all();
    assert_true(process->stopped);
    assert_int_equal(totals_of(0).instructions, 25);
}

/* ---- order ---- */

enum { TIMES = 1000 };

static void put_writer(uint32_t thread, uint64_t address, uint64_t clock)
{
    begin_events(&s, thread, clock);
    for (int i = 0; i < TIMES; i++)
        put_run(&s, STORE_BLOCK, address);
    end_events(&s);
}

static uint64_t transfers(void)
{
    uint64_t sum = 0;
    assert_true(cck_process_finish(process));
    for (size_t i = 0; i < process->lives.closed_count; i++)
        sum += process->lives.closed[i].transfers;
    return sum;
}

static void test_merges_a_round(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    put_writer(0, DATA, 0);
    put_writer(1, DATA + 8, 0);
    put_round(&s);
    read_all();
    /* In step, each takes the line from the other again and again. */
    assert_true(transfers() > TIMES / 2);
    const cck_life *life = &process->lives.closed[0];
    assert_int_equal(life->side_count, 2);
    uint64_t wrong = life->sides[0].side.false_sharing + life->sides[1].side.false_sharing;
    assert_true(wrong > TIMES / 2);
    assert_int_equal(life->sides[0].side.true_sharing + life->sides[1].side.true_sharing, 0);
    assert_int_equal(life->sides[0].side.written[0] | life->sides[1].side.written[0], 0xffff);
    assert_true(life->sides[0].side.potential > TIMES / 4);
    assert_false(life->lock);
}

static void test_rounds_do_not_mix(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    put_writer(0, DATA, 0);
    put_round(&s);
    put_writer(1, DATA + 8, 0);
    put_round(&s);
    put_writer(0, DATA, TIMES);
    put_round(&s);
    read_all();
    assert_in_range(transfers(), 1, 2);
}

/* Thread 1 loads what thread 0 stored at its very end; who comes first misses the LLC. */
static void put_waiting(bool waits)
{
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    begin_events(&s, 1, 0);
    if (waits) {
        put(&s, CCK_WORD(CCK_WORD_SWITCH, 0));
        put(&s, 101);
    }
    put_run(&s, LOAD_BLOCK, DATA + 0x8000);
    end_events(&s);
    begin_events(&s, 0, 0);
    for (int i = 0; i < 100; i++)
        put_run(&s, LOAD_BLOCK, DATA + 64 * (uint64_t)i);
    put_run(&s, STORE_BLOCK, DATA + 0x8000);
    put_run(&s, LOAD_BLOCK, DATA);
    end_events(&s);
    put_round(&s);
}

static void test_keeps_what_the_program_orders(void **state)
{
    (void)state;
    put_waiting(true);
    read_all();
    assert_int_equal(process->threads[1]->misses[2][1], 0);
    assert_int_equal(process->threads[0]->misses[2][2], 1);
    /* It cannot have been earlier than what it waited for. */
    assert_true(cck_thread_now(process->threads[1]) > 100 * 300);
}

static void test_runs_side_by_side_what_it_does_not(void **state)
{
    (void)state;
    put_waiting(false);
    read_all();
    assert_int_equal(process->threads[1]->misses[2][1], 1);
    assert_true(cck_thread_now(process->threads[1]) < 100 * 300);
}

static void test_waiting_in_a_circle_ends(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    for (uint32_t thread = 0; thread < 2; thread++) {
        begin_events(&s, thread, 0);
        put(&s, CCK_WORD(CCK_WORD_SWITCH, 1 - thread));
        put(&s, 1000);
        put_run(&s, LOAD_BLOCK, DATA);
        end_events(&s);
    }
    put_round(&s);
    read_all();
    assert_int_equal(totals_of(0).loads + totals_of(1).loads, 2);
}

/* ---- call paths ---- */

static unsigned depth(void)
{
    uint32_t path = cck_stack_path(process, process->threads[0]);
    return path == CCK_NONE ? 0 : process->paths.list[path].depth;
}

static void test_follows_calls_and_returns(void **state)
{
    (void)state;
    cck_event load[] = {fetch, {.kind = CCK_EVENT_LOAD, .size = 8}};
    put_block(&s, ATOMIC_BLOCK + 1, CODE + 0x204, 1, CCK_END_JUMP, 0, load,
              2); /* behind the call */
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    put_run(&s, CALL_BLOCK, STACK - 8);
    put_run(&s, RETURN_BLOCK, STACK - 8); /* the called function: nothing but a return */
    put_run(&s, ATOMIC_BLOCK + 1, DATA);
    put_run(&s, CALL_BLOCK, STACK - 8);
    put_run(&s, LOAD_BLOCK, DATA);
    end_events(&s);
    read_all();
    assert_int_equal(depth(), 2);
    const cck_path_node *inner = &process->paths.list[cck_stack_path(process, process->threads[0])];
    assert_int_equal(inner->entry, CODE);
    assert_int_equal(inner->call, CODE + 0x203);
    assert_int_equal(process->paths.list[inner->parent].entry, CODE + 0x200);
    assert_int_equal(process->paths.count, 3); /* outermost, and two functions called from there */
    assert_int_equal(process->threads[0]->frame_count, 1);
}

static void test_finds_back_after_longjmp(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    for (uint64_t i = 1; i <= 5; i++) /* five deep, each frame 32 bytes below */
        put_run(&s, CALL_BLOCK, STACK - 32 * i);
    put_run(&s, LOAD_BLOCK, DATA);       /* jumps out, nobody knows how far... */
    put_run(&s, CALL_BLOCK, STACK - 64); /* ...until here: two deep again */
    put_run(&s, LOAD_BLOCK, DATA);
    end_events(&s);
    read_all();
    assert_int_equal(process->threads[0]->frame_count, 2);
    assert_int_equal(depth(), 3);
}

static void test_folds_recursion(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    for (uint64_t i = 1; i <= 10000; i++)
        put_run(&s, CALL_BLOCK, STACK - 32 * i);
    end_events(&s);
    read_all();
    assert_true(process->paths.count <= CCK_PATH_RECURSION + 1);
    assert_true(process->place_count < 100);
    assert_int_equal(process->threads[0]->frame_count, 9999);
}

static void test_leaves_a_signal_handler(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    put_run(&s, CALL_BLOCK, STACK - 8);
    put_run(&s, LOAD_BLOCK, DATA);
    put(&s, CCK_WORD(CCK_WORD_SIGNAL, 11));
    put_run(&s, STORE_BLOCK, DATA);
    put_run(&s, RETURN_BLOCK, STACK - 4096); /* to the kernel's restorer */
    put_run(&s, LOAD_BLOCK, DATA);
    end_events(&s);
    read_all();
    assert_int_equal(process->threads[0]->frame_count, 1);
    assert_int_equal(depth(), 2);
}

/* ---- the heap and lives ---- */

static void put_alloc(uint64_t address, uint64_t size)
{
    put(&s, CCK_WORD(CCK_WORD_ALLOC, 16));
    put(&s, address);
    put(&s, size);
}

/* What fits a rule lies in a region of its own; freed, it is where it was. */
static void test_moves_data_before_the_model(void **state)
{
    (void)state;
    static cck_move piece = {0, 32, 64};
    static cck_remap_rule rule = {.kind = CCK_OBJECT_HEAP,
                                  .module = "",
                                  .size = 32,
                                  .element = 32,
                                  .layout = {128, 64, &piece, 1}};
    static const cck_remap_rules rules = {&rule, 1};
    uint64_t moved = cck_remap_base(&rule, 0) + 64;
    plan.remap = &rules;
    cck_process_free(process); /* moves are the process's from its start on */
    process = cck_process_new(&plan);
    assert_non_null(process);
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    put_alloc(DATA, 32);
    put_alloc(DATA + 4096, 16);
    put_run(&s, LOAD_BLOCK, DATA);
    put_run(&s, LOAD_BLOCK, DATA + 4096);
    put(&s, CCK_WORD(CCK_WORD_FREE, 0));
    put(&s, DATA);
    put_run(&s, LOAD_BLOCK, DATA + 128);
    end_events(&s);
    read_all();
    cck_outcome outcome;
    static const struct {
        uint64_t offset;
        bool seen;
    } cases[] = {{0, false}, {4096, true}, {128, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_model_access(process->model, 0, CCK_ACCESS_LOAD, DATA + cases[i].offset, 8, &outcome);
        assert_int_equal(!(outcome.did & CCK_DID_MISS_L1), cases[i].seen);
    }
    cck_model_access(process->model, 0, CCK_ACCESS_LOAD, moved, 8, &outcome);
    assert_false(outcome.did & CCK_DID_MISS_L1);
}

static void put_life(uint64_t clock)
{
    begin_events(&s, 0, clock);
    put_run(&s, LOAD_BLOCK, DATA + 0x1000);
    put_alloc(DATA, 32);
    put_alloc(DATA + 32, 16);
    end_events(&s);
    put_round(&s);
    put_writer(0, DATA, clock);
    put_writer(1, DATA + 40, clock);
    put_round(&s);
    begin_events(&s, 0, clock + TIMES);
    put(&s, CCK_WORD(CCK_WORD_FREE, 0));
    put(&s, DATA);
    put(&s, CCK_WORD(CCK_WORD_FREE, 0));
    put(&s, DATA + 32);
    end_events(&s);
    put_round(&s);
}

static void test_a_line_has_a_life_for_each_object(void **state)
{
    (void)state;
    plan.spots = false; /* objects of lines alone */
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    put_life(0);
    put_life(TIMES);
    read_all();
    assert_true(cck_process_finish(process));
    assert_int_equal(process->lives.closed_count, 2);
    assert_int_equal(process->object_count, 4);
    for (size_t i = 0; i < 2; i++) {
        const cck_life *life = &process->lives.closed[i];
        assert_int_equal(life->address, DATA);
        assert_int_equal(life->object_count, 2);
        for (size_t j = 0; j < 2; j++) {
            const cck_object *object = &process->objects[life->objects[j]];
            assert_int_equal(object->kind, CCK_OBJECT_HEAP);
            assert_true(object->freed);
            assert_int_equal(object->size, object->start == DATA ? 32 : 16);
            assert_int_equal(object->instances, 2);
        }
        assert_true(life->transfers > TIMES / 2);
    }
}

static void test_tells_a_lock_from_a_counter(void **state)
{
    (void)state;
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    for (uint64_t round = 0; round < 20; round++) {
        uint32_t thread = round % 2;
        begin_events(&s, thread, round);
        put_run(&s, ATOMIC_BLOCK, DATA);       /* takes it, */
        put_run(&s, STORE_BLOCK, DATA + 64);   /* writes what it protects, */
        put_run(&s, STORE_BLOCK, DATA);        /* gives it back */
        put_run(&s, ATOMIC_BLOCK, DATA + 128); /* a counter */
        put_run(&s, ATOMIC_BLOCK, DATA + 128);
        end_events(&s);
        put_round(&s);
    }
    read_all();
    assert_true(cck_process_finish(process));
    assert_int_equal(process->lives.closed_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(process->lives.closed[i].lock, process->lives.closed[i].address == DATA);
}

/* ---- damage ---- */

static void refuse(const char *what)
{
    err = (cck_error){0};
    assert_int_equal(read_stream(process, &s, &err), CCK_EFORMAT);
    assert_non_null(strstr(err.message, what));
    assert_int_equal(totals_of(0).loads, 1); /* what was read before stays */
}

static void put_good_start(void)
{
    put_thread(&s, 0, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    put_run(&s, LOAD_BLOCK, DATA);
}

static void test_refuses_an_unknown_block(void **state)
{
    (void)state;
    put_good_start();
    put_run(&s, 12345, DATA);
    end_events(&s);
    refuse("not told of");
}

static void test_refuses_accesses_that_a_block_cannot_have(void **state)
{
    (void)state;
    put_good_start();
    put(&s, CCK_WORD_BLOCK(STORE_BLOCK));
    put(&s, CCK_WORD_DATA(1, 3, 1, DATA)); /* it has one */
    end_events(&s);
    refuse("cannot have");
}

static void test_refuses_accesses_out_of_order(void **state)
{
    (void)state;
    put_good_start();
    put(&s, CCK_WORD_BLOCK(CUT_BLOCK));
    put(&s, CCK_WORD_DATA(1, 3, 1, DATA));
    put(&s, CCK_WORD_DATA(0, 3, 0, DATA));
    end_events(&s);
    assert_int_equal(read_stream(process, &s, &err), CCK_EFORMAT);
    assert_non_null(strstr(err.message, "cannot have"));
}

static void test_refuses_a_block_left_behind_its_end(void **state)
{
    (void)state;
    put_good_start();
    put(&s, CCK_WORD_BLOCK(CUT_BLOCK));
    put(&s, CCK_WORD_LEFT(1, 3)); /* it has two accesses */
    end_events(&s);
    assert_int_equal(read_stream(process, &s, &err), CCK_EFORMAT);
    assert_non_null(strstr(err.message, "behind its end"));
}

static void test_refuses_addresses_without_a_block(void **state)
{
    (void)state;
    put_good_start();
    end_events(&s);
    begin_events(&s, 0, 1);
    put(&s, DATA);
    end_events(&s);
    refuse("without a block");
}

static void test_refuses_threads_out_of_turn(void **state)
{
    (void)state;
    put_good_start();
    end_events(&s);
    put_thread(&s, 7, UINT32_MAX, 0);
    refuse("out of turn");
}

static void test_refuses_a_span_that_is_cut_off(void **state)
{
    (void)state;
    put_good_start();
    end_events(&s);
    put(&s, CCK_SPAN(CCK_SPAN_EVENTS, 1000, 0));
    put(&s, 0);
    refuse("longer than");
}

/* It would have been its turn for ever. */
static void test_refuses_an_impossible_clock(void **state)
{
    (void)state;
    put_good_start();
    end_events(&s);
    put_thread(&s, 1, 0, UINT64_MAX);
    refuse("clock is impossible");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_counts_a_thread),
        TEST(test_takes_off_what_was_cut),
        TEST(test_takes_off_what_did_not_happen),
        TEST(test_simulates_between_marks_only),
        TEST(test_stops_after_enough),
        TEST(test_moves_data_before_the_model),
        TEST(test_merges_a_round),
        TEST(test_rounds_do_not_mix),
        TEST(test_keeps_what_the_program_orders),
        TEST(test_runs_side_by_side_what_it_does_not),
        TEST(test_waiting_in_a_circle_ends),
        TEST(test_follows_calls_and_returns),
        TEST(test_finds_back_after_longjmp),
        TEST(test_folds_recursion),
        TEST(test_leaves_a_signal_handler),
        TEST(test_a_line_has_a_life_for_each_object),
        TEST(test_tells_a_lock_from_a_counter),
        TEST(test_refuses_an_unknown_block),
        TEST(test_takes_what_was_left_out_as_a_hit),
        TEST(test_refuses_accesses_that_a_block_cannot_have),
        TEST(test_refuses_accesses_out_of_order),
        TEST(test_refuses_a_block_left_behind_its_end),
        TEST(test_refuses_addresses_without_a_block),
        TEST(test_refuses_threads_out_of_turn),
        TEST(test_refuses_a_span_that_is_cut_off),
        TEST(test_refuses_an_impossible_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
