/* SPDX-License-Identifier: MIT */
/* Call paths that cost little are folded: everything but the paths is as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace_stream.h"

/* Functions of six blocks: entry, call, behind it, another call, behind it, return. */
enum { ENTRY, CALL, BEHIND, CALL2, BEHIND2, RETURN, PARTS };
enum { FUNCTIONS = 12, BLOCKS = FUNCTIONS * PARTS, DEPTH = 14, EVENTS = 4, HEAP_BLOCKS = 400 };

#define CODE UINT64_C(0x10000)
#define DATA UINT64_C(0x200000)
#define HEAP UINT64_C(0x900000)

static stream s;
static cck_plan plan;
static uint64_t seed;
static uint32_t allocated;

static uint32_t random_below(uint32_t most)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % most;
}

static uint32_t block_of(uint32_t function, int part)
{
    return function * PARTS + (uint32_t)part;
}

static void put_blocks(void)
{
    const cck_event fetch = {.kind = CCK_EVENT_FETCH, .size = 4};
    cck_event load[] = {fetch, {.kind = CCK_EVENT_LOAD, .size = 8}};
    cck_event store[] = {fetch, {.kind = CCK_EVENT_STORE, .size = 8}};
    cck_event guarded[] = {fetch, {.kind = CCK_EVENT_LOAD, .size = 8, .flags = CCK_EVENT_GUARDED}};
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        uint64_t at = CODE + 0x1000 * i;
        put_block(&s, block_of(i, ENTRY), at, 1, CCK_END_JUMP, 0, guarded, 2);
        put_block(&s, block_of(i, CALL), at + 4, 1, CCK_END_CALL, 0, store, 2);
        put_block(&s, block_of(i, BEHIND), at + 8, 1, CCK_END_JUMP, CCK_BLOCK_CUTS, load, 2);
        put_block(&s, block_of(i, CALL2), at + 16, 1, CCK_END_CALL, 0, store, 2);
        put_block(&s, block_of(i, BEHIND2), at + 20, 1, CCK_END_JUMP, 0, load, 2);
        put_block(&s, block_of(i, RETURN), at + 24, 1, CCK_END_RETURN, 0, load, 2);
    }
}

static void put_function(uint32_t function, uint64_t stack, unsigned depth)
{
    uint64_t data = DATA + 64 * (uint64_t)random_below(4096);
    put_run(&s, block_of(function, ENTRY), random_below(8) ? data : 0);
    if (depth > 8 && allocated < HEAP_BLOCKS && !random_below(8)) {
        put(&s, CCK_WORD(CCK_WORD_ALLOC, 0));
        put(&s, HEAP + 64 * (uint64_t)allocated++);
        put(&s, 48);
    }
    for (int second = 0; second < 2 && depth < DEPTH; second++) {
        if (!random_below(3) || s.count > (size_t)1 << 16)
            continue;
        put_run(&s, block_of(function, second ? CALL2 : CALL), stack - 8);
        /* Paths below function 0 are costly. */
        put_function(random_below(4) ? random_below(FUNCTIONS) : 0, stack - 64, depth + 1);
        put_run(&s, block_of(function, second ? BEHIND2 : BEHIND), data + 8);
        if (!second && !random_below(8))
            put(&s, CCK_WORD_LEFT(1, 1));
    }
    put_run(&s, block_of(function, RETURN), stack);
}

/* Of one thread, in many spans, so that there is time to fold. */
static void put_program(void)
{
    s.count = s.open = 0;
    seed = 7;
    allocated = 0;
    put_blocks();
    put_thread(&s, 0, UINT32_MAX, 0);
    for (int i = 0; i < 300 && s.count < (size_t)1 << 16; i++) {
        begin_events(&s, 0, 0);
        put_run(&s, block_of(0, CALL), 0x7ff000);
        put_function((uint32_t)i % FUNCTIONS, 0x7ff000 - 64, 1);
        put_run(&s, block_of(0, BEHIND), DATA);
        end_events(&s);
    }
}

static cck_process *run(bool folds)
{
    cck_error err = {0};
    cck_process *process = cck_process_new(&plan);
    assert_non_null(process);
    process->paths_wanted = folds ? 128 : SIZE_MAX / 8;
    process->places_wanted = folds ? 256 : SIZE_MAX / 8;
    process->costliest = 32;
    assert_int_equal(read_stream(process, &s, &err), 0);
    return process;
}

/* ---- what must be equal ---- */

typedef struct sums {
    uint64_t runs[BLOCKS], cuts[BLOCKS], absent[BLOCKS];
    uint64_t costs[BLOCKS][EVENTS][CCK_COSTS];
} sums;

static sums *sums_of(const cck_process *process)
{
    sums *all = calloc(1, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < process->place_count; i++)
        all->runs[process->places[i].block] += process->places[i].count;
    for (size_t i = 0; i < process->cut_count; i++)
        all->cuts[process->places[process->cuts[i].place].block] += process->cuts[i].count;
    for (size_t i = 0; i < process->cost_count; i++) {
        const cck_visit_cost *cost = &process->costs[i];
        uint32_t block = process->places[cost->key >> 16].block;
        all->absent[block] += cost->absent;
        for (int class = 0; class < CCK_COSTS; class ++)
            all->costs[block][cost->key & 0xffff][class] += cost->costs[class];
    }
    return all;
}

static void check_totals(const cck_process *a, const cck_process *b)
{
    cck_thread_totals *left = cck_process_totals(a), *right = cck_process_totals(b);
    assert_memory_equal(left, right, sizeof *left);
    assert_int_equal(left->instructions, a->threads[0]->instructions);
    assert_int_equal(a->threads[0]->stalled, b->threads[0]->stalled);
    assert_memory_equal(a->threads[0]->misses, b->threads[0]->misses, sizeof a->threads[0]->misses);
    assert_memory_equal(a->charged, b->charged, sizeof a->charged);
    free(left);
    free(right);
}

/* Where memory was allocated is told in full, folded or not. */
static void check_allocations(const cck_process *a, const cck_process *b)
{
    assert_true(allocated > 50);
    for (uint32_t i = 0; i < allocated; i++) {
        cck_heap_block left, right;
        assert_true(cck_heap_at(&a->heap, HEAP + 64 * (uint64_t)i, &left));
        assert_true(cck_heap_at(&b->heap, HEAP + 64 * (uint64_t)i, &right));
        uint32_t one = left.path, other = right.path;
        while (one != CCK_NONE && other != CCK_NONE) {
            assert_int_equal(a->paths.list[one].call, b->paths.list[other].call);
            assert_int_equal(a->paths.list[one].entry, b->paths.list[other].entry);
            one = a->paths.list[one].parent;
            other = b->paths.list[other].parent;
        }
        assert_int_equal(one, other);
    }
}

/* Parents are in use, and deep by one less; each path is there once. */
static void check_tree(const cck_process *process)
{
    const cck_paths *paths = &process->paths;
    size_t used = 0;
    for (size_t i = 0; i < paths->count; i++) {
        const cck_path_node *node = &paths->list[i];
        used += node->depth > 0;
        if (!node->depth || node->parent == CCK_NONE)
            continue;
        assert_true(node->parent < paths->count);
        assert_int_equal(paths->list[node->parent].depth + 1, node->depth);
    }
    assert_int_equal(used, paths->count - paths->unused_count);
    for (size_t i = 0; i < process->place_count; i++)
        if (process->places[i].path != CCK_NONE)
            assert_true(paths->list[process->places[i].path].depth > 0);
}

static void compare(bool spots)
{
    plan = small_plan();
    plan.spots = spots;
    put_program();
    cck_process *whole = run(false), *folded = run(true);
    sums *left = sums_of(whole), *right = sums_of(folded);
    check_totals(whole, folded);
    assert_memory_equal(left, right, sizeof *left);
    check_allocations(whole, folded);
    check_tree(whole);
    check_tree(folded);
    assert_true(whole->paths.count > 1000);
    assert_true(folded->paths.count - folded->paths.unused_count < whole->paths.count / 2);
    if (spots) {
        assert_true(folded->paths.folded > 0);
        assert_true(folded->place_count < whole->place_count / 2);
    }
    assert_int_equal(whole->paths.folded, 0);
    free(left);
    free(right);
    cck_process_free(whole);
    cck_process_free(folded);
}

static void test_costs_stay(void **state)
{
    (void)state;
    compare(true);
}

static void test_paths_nobody_needs_go(void **state)
{
    (void)state;
    compare(false);
}

/* What costs the most keeps its whole path. */
static void test_costly_paths_stay(void **state)
{
    (void)state;
    plan = small_plan();
    put_program();
    begin_events(&s, 0, 0);
    for (uint32_t i = 0; i < 6; i++) {
        put_run(&s, block_of(i, CALL), 0x7ff000 - 64 * (uint64_t)i);
        put_run(&s, block_of(i + 1, ENTRY), DATA);
    }
    for (int i = 0; i < 20000; i++)
        put_run(&s, block_of(6, BEHIND), DATA);
    end_events(&s);
    cck_process *folded = run(true);
    uint32_t path = folded->threads[0]->path;
    for (uint32_t i = 6; i > 0; i--) {
        assert_true(path < folded->paths.count);
        assert_int_equal(folded->paths.list[path].entry, CODE + 0x1000 * i);
        assert_int_equal(folded->paths.list[path].call, CODE + 0x1000 * (i - 1) + 7);
        path = folded->paths.list[path].parent;
    }
    assert_true(folded->paths.folded > 0);
    cck_process_free(folded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_costs_stay),
        cmocka_unit_test(test_paths_nobody_needs_go),
        cmocka_unit_test(test_costly_paths_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
