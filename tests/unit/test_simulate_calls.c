/* SPDX-License-Identifier: MIT */
/* Call paths of the loop of plain blocks, which takes a call or return as it went the last time,
 * are those that are found without it (plan->spots). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rounds.h"
#include "trace_stream.h"

enum { FUNCTIONS = 5, ENTRY = 0, CALL, BEHIND, RETURN, BLOCKS, DEEPEST = 40, STEPS = 400 };

#define CODE  UINT64_C(0x10000)
#define DATA  UINT64_C(0x200000)
#define STACK UINT64_C(0x7ff000)

static stream s;
static uint64_t random_state;
static unsigned running[DEEPEST]; /* functions, the innermost last */
static unsigned depth;
static uint64_t pointer[DEEPEST]; /* of the stack, in each */

static uint64_t next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* Each function: where it begins, a call, what lies behind that, and a return. */
static void put_blocks(void)
{
    static const uint8_t ends[BLOCKS] = {CCK_END_JUMP, CCK_END_CALL, CCK_END_JUMP, CCK_END_RETURN};
    for (uint32_t i = 0; i < FUNCTIONS * BLOCKS; i++) {
        uint32_t part = i % BLOCKS;
        cck_event_kind kind = part == CALL ? CCK_EVENT_STORE : CCK_EVENT_LOAD;
        const cck_event events[] = {{.kind = CCK_EVENT_FETCH, .size = 4},
                                    {.kind = (uint8_t)kind, .size = 8}};
        put_block(&s, i, CODE + 0x140 * (i / BLOCKS) + 4 * part, 1, ends[part], 0, events, 2);
    }
}

static void enter(unsigned function, uint64_t stack)
{
    running[depth] = function;
    pointer[depth++] = stack;
    put_run(&s, function * BLOCKS + ENTRY, DATA + 64 * function);
}

/* What a program does next; habits, so that most is as it was the last time. */
static void step(void)
{
    unsigned function = running[depth - 1];
    uint64_t stack = pointer[depth - 1], dice = next() % 64;
    if (dice < 30 && depth < DEEPEST) {
        put_run(&s, function * BLOCKS + CALL, stack - 8);
        enter(dice ? (function + 1) % FUNCTIONS : (unsigned)next() % FUNCTIONS, stack - 48);
    } else if (dice < 60 && depth > 1) {
        put_run(&s, function * BLOCKS + RETURN, pointer[depth - 2] - 8);
        depth--;
        put_run(&s, running[depth - 1] * BLOCKS + BEHIND, DATA);
    } else if (dice < 62 && depth > 3) { /* longjmp */
        depth -= 1 + (unsigned)(next() % (depth - 1));
        put_run(&s, running[depth - 1] * BLOCKS + ENTRY, DATA);
    } else { /* a tail call */
        depth--;
        enter((unsigned)next() % FUNCTIONS, stack);
    }
}

static void put_program(uint64_t seed)
{
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
    s.count = s.open = depth = 0;
    put_blocks();
    put_thread(&s, 0, UINT32_MAX, 0);
    for (uint64_t round = 0; round < 20; round++) {
        begin_events(&s, 0, round * STEPS * 3);
        if (!depth)
            enter(0, STACK);
        for (unsigned i = 0; i < STEPS; i++)
            step();
        end_events(&s);
        put_round(&s);
    }
}

static void compare_paths(const cck_process *a, const cck_process *b)
{
    const cck_reader_thread *left = a->threads[0], *right = b->threads[0];
    assert_int_equal(left->frame_count, right->frame_count);
    for (size_t i = 0; i < left->frame_count; i++) {
        assert_int_equal(left->frames[i].returns, right->frames[i].returns);
        assert_int_equal(left->frames[i].cfa, right->frames[i].cfa);
        assert_int_equal(left->frames[i].path, right->frames[i].path);
    }
    assert_int_equal(left->path, right->path);
    assert_int_equal(a->paths.count, b->paths.count);
    for (size_t i = 0; i < a->paths.count; i++) {
        assert_int_equal(a->paths.list[i].parent, b->paths.list[i].parent);
        assert_int_equal(a->paths.list[i].call, b->paths.list[i].call);
        assert_int_equal(a->paths.list[i].entry, b->paths.list[i].entry);
    }
}

static void the_last_way_is_the_right_one(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= rounds_of(24); seed++) {
        cck_plan with = small_plan(), without = small_plan();
        cck_error err = {0};
        cck_span span;
        with.spots = false;
        cck_process *quick = cck_process_new(&with), *slow = cck_process_new(&without);
        assert_true(quick && slow);
        put_program(seed);
        cck_trace_source source = cck_trace_source_of_words(s.words, s.count);
        while (cck_trace_source_next(&source, &span, &err) > 0) {
            assert_int_equal(cck_process_take(quick, &span, &err), 0);
            assert_int_equal(cck_process_take(slow, &span, &err), 0);
            if (span.kind == CCK_SPAN_ROUND)
                compare_paths(quick, slow);
        }
        assert_true(quick->paths.count > 50);
        assert_int_equal(quick->clock, slow->clock);
        cck_process_free(quick);
        cck_process_free(slow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_way_is_the_right_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
