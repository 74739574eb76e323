/* SPDX-License-Identifier: MIT */
/* Uses of shared lines that are only counted, and misses of L1 that the loop of plain blocks has
 * from L2, without the model: the same numbers as when it is asked about every access. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rounds.h"
#include "trace_stream.h"

enum { LOAD_BLOCK, STORE_BLOCK, MODIFY_BLOCK, ATOMIC_BLOCK, CALL_BLOCK, BLOCKS, THREADS = 3 };

#define DATA UINT64_C(0x200000)

static stream s;
static uint64_t random_state;

static uint64_t next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* Each loads, stores or both twice. */
static void put_blocks(void)
{
    static const struct {
        cck_event_kind kind;
        uint8_t flags, end;
        uint16_t size;
    } uses[BLOCKS] = {
        [LOAD_BLOCK] = {CCK_EVENT_LOAD, 0, CCK_END_JUMP, 8},
        [STORE_BLOCK] = {CCK_EVENT_STORE, 0, CCK_END_JUMP, 4},
        [MODIFY_BLOCK] = {CCK_EVENT_MODIFY, 0, CCK_END_JUMP, 1},
        [ATOMIC_BLOCK] = {CCK_EVENT_MODIFY, CCK_EVENT_ATOMIC, CCK_END_JUMP, 8},
        [CALL_BLOCK] = {CCK_EVENT_STORE, 0, CCK_END_CALL, 8},
    };
    for (uint32_t i = 0; i < BLOCKS; i++) {
        cck_event use = {
            .kind = (uint8_t)uses[i].kind, .flags = uses[i].flags, .size = uses[i].size};
        cck_event again = use;
        again.instruction = 2;
        const cck_event events[] = {{.kind = CCK_EVENT_FETCH, .size = 16}, use, again};
        put_block(&s, i, 0x10000 + 0x100 * (uint64_t)i, 4, uses[i].end, 0, events, 3);
    }
}

/* A line that is the thread's own; of one set, there are more than L1 holds and L2 holds them. */
static uint64_t own_line(uint32_t thread)
{
    return DATA + 0x100000 * (thread + UINT64_C(1)) + next() % 20 * 512;
}

/* Some lines are everybody's, some sets are full, and each thread has habits for a while. */
static void put_uses(uint32_t thread, uint64_t clock, unsigned count)
{
    uint64_t lines[4];
    for (unsigned i = 0; i < 4; i++)
        lines[i] = next() % 12 * 64 + next() % 6 / 3 * 0x1000 * (next() % 12);
    begin_events(&s, thread, clock);
    for (unsigned i = 0; i < count; i++) {
        uint64_t bits = next();
        if (bits % 8 == 0) {
            put_run(&s, bits & 8 ? LOAD_BLOCK : MODIFY_BLOCK, own_line(thread));
            put(&s, CCK_WORD_DATA(1, 0, 0, own_line(thread) + 8));
        }
        uint32_t block = bits & 7 ? LOAD_BLOCK : (uint32_t)(bits >> 8) % BLOCKS;
        put_run(&s, block, DATA + lines[bits >> 16 & 3] + (bits >> 20) % 4 * 8);
        put(&s, CCK_WORD_DATA(1, 0, 0, DATA + lines[bits >> 24 & 1] + (bits >> 28) % 61));
    }
    end_events(&s);
}

static void put_program(uint64_t seed)
{
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
    s.count = s.open = 0;
    put_blocks();
    for (uint32_t i = 0; i < THREADS; i++)
        put_thread(&s, i, UINT32_MAX, 0);
    for (uint64_t round = 0; round < 30; round++) {
        for (uint32_t i = 0; i < THREADS; i++)
            put_uses(i, round * 1200, 300);
        put_round(&s);
    }
}

/* Nobody but the model knows anything. */
static void forget_filters(const cck_process *process)
{
    for (size_t i = 0; i < process->thread_count; i++) {
        process->threads[i]->filtered = false;
        process->threads[i]->filter.data.notes = NULL;
    }
}

static cck_process *run(const cck_plan *plan, bool filtered)
{
    cck_error err = {0};
    cck_process *process = cck_process_new(plan);
    assert_non_null(process);
    cck_trace_source source = cck_trace_source_of_words(s.words, s.count);
    cck_span span;
    int status;
    while ((status = cck_trace_source_next(&source, &span, &err)) > 0) {
        assert_int_equal(cck_process_take(process, &span, &err), 0);
        if (!filtered)
            forget_filters(process);
    }
    assert_int_equal(status, 0);
    assert_int_equal(cck_process_flush(process, &err), 0);
    assert_true(cck_process_finish(process));
    return process;
}

static const cck_line_use *use_of(const cck_life *life, uint64_t key)
{
    for (size_t i = 0; i < life->use_count; i++)
        if (life->uses[i].key == key)
            return &life->uses[i].use;
    fail_msg("a use is missing");
    return NULL;
}

static void compare_lives(const cck_life *a, const cck_life *b)
{
    assert_int_equal(a->address, b->address);
    assert_int_equal(a->transfers, b->transfers);
    assert_int_equal(a->window, b->window);
    assert_int_equal(a->lock, b->lock);
    assert_int_equal(a->side_count, b->side_count);
    for (size_t i = 0; i < a->side_count; i++)
        assert_memory_equal(&a->sides[i].side, &b->sides[i].side, sizeof a->sides[i].side);
    assert_int_equal(a->use_count, b->use_count);
    for (size_t i = 0; i < a->use_count; i++)
        assert_memory_equal(&a->uses[i].use, use_of(b, a->uses[i].key), sizeof a->uses[i].use);
}

/* Returns the transfers; refills: loads that L1 missed and L2 did not. */
static uint64_t compare(const cck_plan *plan, uint64_t *out_uses, uint64_t *out_refills)
{
    cck_process *with = run(plan, true), *without = run(plan, false);
    uint64_t transfers = 0;
    *out_uses = *out_refills = 0;
    for (size_t i = 0; i < THREADS; i++) {
        const cck_reader_thread *a = with->threads[i], *b = without->threads[i];
        assert_memory_equal(a->misses, b->misses, sizeof a->misses);
        assert_int_equal(a->stalled, b->stalled);
        assert_int_equal(cck_thread_now(a), cck_thread_now(b));
        *out_refills += a->misses[0][1] - a->misses[1][1];
        assert_int_equal(a->shared_writes, b->shared_writes);
    }
    assert_memory_equal(with->charged, without->charged, sizeof with->charged);
    assert_int_equal(with->lives.closed_count, without->lives.closed_count);
    for (size_t i = 0; i < with->lives.closed_count; i++) {
        const cck_life *life = &with->lives.closed[i];
        compare_lives(life, &without->lives.closed[i]);
        transfers += life->transfers;
        for (size_t j = 0; j < life->side_count; j++)
            *out_uses += life->sides[j].side.accesses;
    }
    cck_process_free(with);
    cck_process_free(without);
    return transfers;
}

static cck_plan plan_of(bool spots)
{
    cck_plan plan = small_plan();
    plan.spots = spots;
    plan.model.d1 = plan.model.i1 = (cck_shape){4096, 8, 64};
    plan.model.l2 = (cck_shape){16384, 8, 64};
    plan.model.ll = (cck_shape){262144, 16, 64};
    return plan;
}

static void counting_is_all_that_they_do(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= rounds_of(24); seed++) {
        cck_plan plan = plan_of(seed % 4 == 0);
        uint64_t uses, refills;
        put_program(seed);
        uint64_t transfers = compare(&plan, &uses, &refills);
        assert_true(transfers > 1000);
        assert_true(uses > 4 * transfers); /* most only count */
        assert_true(refills > 1000);
    }
}

static void put_same(uint32_t thread, uint64_t clock, uint32_t block)
{
    unsigned times = 60; /* enough for the loop of plain blocks */
    begin_events(&s, thread, clock);
    while (times--) {
        put_run(&s, block, DATA);
        put(&s, CCK_WORD_DATA(1, 0, 0, DATA + 8));
    }
    end_events(&s);
}

/* Nobody ever lost the line; the one stores, the other looks, and the one has to ask again. */
static void put_looks(void)
{
    s.count = s.open = 0;
    put_blocks();
    for (uint32_t i = 0; i < THREADS; i++)
        put_thread(&s, i, UINT32_MAX, 0);
    begin_events(&s, 0, 0);
    for (uint64_t i = 0; i < 1000; i++) { /* the first of them has left its caches by the end */
        put_run(&s, LOAD_BLOCK, DATA + 64 * i);
        put(&s, CCK_WORD_DATA(1, 0, 0, DATA + 64 * i));
    }
    end_events(&s);
    put_round(&s);
    put_same(1, 0, STORE_BLOCK);
    put_round(&s);
    put_same(0, 4000, LOAD_BLOCK);
    put_round(&s);
    put_same(0, 4240, LOAD_BLOCK);
    put_same(1, 240, STORE_BLOCK);
    put_round(&s);
}

static void who_looks_is_noticed(void **state)
{
    (void)state;
    uint64_t uses, refills;
    cck_plan plan = plan_of(false);
    put_looks();
    assert_true(compare(&plan, &uses, &refills) > 2);
    assert_int_equal(uses, 4 * 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counting_is_all_that_they_do),
                                       cmocka_unit_test(who_looks_is_noticed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
