/* SPDX-License-Identifier: MIT */
/* Costs by call path (hotspots) and by block alone (sharing): the same run, the same numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "trace_stream.h"

enum { LOAD_BLOCK, STORE_BLOCK, CALL_BLOCK, RETURN_BLOCK, BEHIND_BLOCK, ROUNDS = 300 };

#define CODE   UINT64_C(0x10000)
#define SHARED UINT64_C(0x200000)
#define STACK  UINT64_C(0x7ff000)

static stream s;

static void put_blocks(void)
{
    const cck_event fetch = {.kind = CCK_EVENT_FETCH, .size = 4};
    const cck_event load[] = {fetch, {.kind = CCK_EVENT_LOAD, .size = 8}};
    const cck_event store[] = {fetch, {.kind = CCK_EVENT_STORE, .size = 8}};
    put_block(&s, LOAD_BLOCK, CODE, 1, CCK_END_JUMP, 0, load, 2);
    put_block(&s, STORE_BLOCK, CODE + 0x100, 1, CCK_END_JUMP, 0, store, 2);
    put_block(&s, CALL_BLOCK, CODE + 0x200, 1, CCK_END_CALL, 0, store, 2);
    put_block(&s, RETURN_BLOCK, CODE + 0x300, 1, CCK_END_RETURN, 0, load, 2);
    put_block(&s, BEHIND_BLOCK, CODE + 0x204, 1, CCK_END_JUMP, 0, load, 2);
}

/* One function called at two depths: reads memory of its own, and writes a shared line. */
static void put_calls(uint32_t thread, uint64_t clock)
{
    uint64_t stack = STACK - 0x100000 * (uint64_t)thread;
    uint64_t own = 0x4000000 * (uint64_t)(thread + 1);
    begin_events(&s, thread, clock);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        unsigned depth = 1 + i % 2;
        for (unsigned down = 1; down <= depth; down++)
            put_run(&s, CALL_BLOCK, stack - 16 * (uint64_t)down);
        put_run(&s, LOAD_BLOCK, own + 64 * i);
        put_run(&s, STORE_BLOCK, SHARED + 8 * (uint64_t)thread);
        for (unsigned up = depth; up >= 1; up--) {
            put_run(&s, RETURN_BLOCK, stack - 16 * (uint64_t)up);
            put_run(&s, BEHIND_BLOCK, own);
        }
    }
    end_events(&s);
}

static cck_process *run(cck_plan *plan, bool spots)
{
    cck_error err = {0};
    *plan = small_plan();
    plan->spots = spots;
    cck_process *process = cck_process_new(plan);
    assert_non_null(process);
    assert_int_equal(read_stream(process, &s, &err), 0);
    return process;
}

static int set_up(void **state)
{
    (void)state;
    s.count = s.open = 0;
    put_blocks();
    put_thread(&s, 0, UINT32_MAX, 0);
    put_thread(&s, 1, UINT32_MAX, 0);
    put_calls(0, 0);
    put_calls(1, 0);
    put_round(&s);
    return 0;
}

static void both_see_the_same_run(void **state)
{
    (void)state;
    cck_plan with, without;
    cck_process *paths = run(&with, true), *blocks = run(&without, false);
    cck_thread_totals *one = cck_process_totals(paths), *other = cck_process_totals(blocks);
    assert_true(one && other);
    assert_memory_equal(one, other, 2 * sizeof *one);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(paths->threads[i]->misses, blocks->threads[i]->misses,
                            sizeof paths->threads[i]->misses);
        assert_int_equal(paths->threads[i]->stalled, blocks->threads[i]->stalled);
        assert_true(one[i].instructions > 6 * ROUNDS);
    }
    assert_int_equal(cck_process_cycles(paths), cck_process_cycles(blocks));
    free(one);
    free(other);
    cck_process_free(paths);
    cck_process_free(blocks);
}

/* What the blocks were charged in all is what the places of the other are charged each. */
static void the_sums_are_the_same(void **state)
{
    (void)state;
    cck_plan with, without;
    cck_process *paths = run(&with, true), *blocks = run(&without, false);
    uint64_t sums[CCK_COSTS] = {0};
    for (size_t i = 0; i < paths->cost_count; i++)
        for (size_t cost = 0; cost < CCK_COSTS; cost++)
            sums[cost] += paths->costs[i].costs[cost];
    assert_memory_equal(sums, blocks->charged, sizeof sums);
    assert_true(sums[CCK_COST_FALSE_SHARING] > ROUNDS / 2);
    assert_int_equal(sums[CCK_COST_TRUE_SHARING], 0);
    cck_process_free(paths);
    cck_process_free(blocks);
}

/* Shared lines are told with their call paths in both: two depths, and so two users a thread. */
static void shared_lines_have_paths_in_both(void **state)
{
    (void)state;
    for (int spots = 0; spots < 2; spots++) {
        cck_plan plan;
        cck_process *process = run(&plan, spots);
        assert_true(cck_process_finish(process));
        assert_int_equal(process->lives.closed_count, 1);
        const cck_life *life = &process->lives.closed[0];
        assert_int_equal(life->address, SHARED);
        assert_int_equal(life->use_count, 4);
        for (size_t i = 0; i < life->use_count; i++) {
            const cck_visit *place = &process->places[life->uses[i].key >> 16];
            assert_int_not_equal(place->path, CCK_NONE);
            assert_int_equal(place->block, STORE_BLOCK);
            assert_int_equal(place->thread, life->uses[i].use.thread);
        }
        cck_process_free(process);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(both_see_the_same_run, set_up),
        cmocka_unit_test_setup(the_sums_are_the_same, set_up),
        cmocka_unit_test_setup(shared_lines_have_paths_in_both, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
