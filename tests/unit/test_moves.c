/* SPDX-License-Identifier: MIT */
/* Objects that lie elsewhere for the model: which are moved, where to, and back again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probes/simulate/reader/moves.h"

enum { FIRST = 0x100000, SECOND = 0x200000, MODULE = 0x400000, COUNTER = 0x2010 };

static cck_move whole = {0, 8, 0};

/* Four counters of 8 bytes come a line apart; so does a global one. */
static cck_remap_rule list[] = {
    {.kind = CCK_OBJECT_HEAP,
     .module = "",
     .size = 32,
     .element = 8,
     .layout = {64, 64, &whole, 1}},
    {.kind = CCK_OBJECT_GLOBAL,
     .module = "/bin/app",
     .address = COUNTER,
     .size = 16,
     .element = 8,
     .layout = {64, 64, &whole, 1}},
};

typedef struct world {
    cck_remap_rules rules;
    cck_moves *moves;
    cck_heap heap;
    cck_paths paths;
    cck_space space;
} world;

static int begin(void **state)
{
    static world made;
    list[0].path = 0;
    made = (world){.rules = {list, 2}};
    made.moves = cck_moves_new(&made.rules);
    *state = &made;
    return made.moves ? 0 : -1;
}

static int end(void **state)
{
    world *at = *state;
    cck_moves_free(at->moves);
    cck_heap_clear(&at->heap);
    cck_paths_clear(&at->paths);
    cck_space_clear(&at->space);
    return 0;
}

static cck_heap_block allocate(world *at, uint64_t address, uint64_t size, uint32_t path)
{
    const cck_heap_block block = {address, size, path, CCK_NONE};
    assert_true(cck_heap_add(&at->heap, &block));
    assert_true(cck_moves_alloc(at->moves, &at->paths, &at->space, &block));
    return block;
}

static uint64_t seen(const world *at, uint64_t address)
{
    return cck_moves_translate(at->moves, &at->heap, address);
}

static void blocks_of_the_size_are_moved(void **state)
{
    world *at = *state;
    uint64_t base = cck_remap_base(list, 0);
    allocate(at, FIRST, 32, CCK_NONE);
    allocate(at, FIRST + 64, 40, CCK_NONE);
    assert_int_equal(at->moves->live, 1);
    assert_int_equal(seen(at, FIRST), base);
    assert_int_equal(seen(at, FIRST + 8), base + 64);
    assert_int_equal(seen(at, FIRST + 31), base + 3 * 64 + 7);
    assert_int_equal(seen(at, FIRST + 64), FIRST + 64); /* another size */
    assert_int_equal(seen(at, FIRST + 32), FIRST + 32); /* beside it, on the same page */
    assert_int_equal(seen(at, SECOND), SECOND);

    assert_int_equal(cck_moves_origin(at->moves, base + 70), FIRST);
    assert_int_equal(cck_moves_origin(at->moves, FIRST), FIRST);
    assert_int_equal(cck_moves_origin(at->moves, base + 100 * 4096), base + 100 * 4096);
}

static void a_freed_region_is_used_again(void **state)
{
    world *at = *state;
    uint64_t base = cck_remap_base(list, 0), start = 0, size = 0;
    cck_heap_block block = allocate(at, FIRST, 32, CCK_NONE);
    assert_true(cck_moves_drop(at->moves, &block, &start, &size));
    assert_true(cck_heap_remove(&at->heap, FIRST));
    assert_int_equal(start, base);
    assert_int_equal(size, cck_remap_room(&list[0]));
    assert_int_equal(at->moves->live, 0);
    assert_int_equal(seen(at, FIRST), FIRST);
    assert_false(cck_moves_drop(at->moves, &block, &start, &size));

    allocate(at, SECOND, 32, CCK_NONE);
    allocate(at, SECOND + 32, 32, CCK_NONE);
    assert_int_equal(seen(at, SECOND), base);
    assert_int_equal(seen(at, SECOND + 32), base + size);
    assert_int_equal(cck_moves_origin(at->moves, base), SECOND);
}

static void only_blocks_of_the_path_are_moved(void **state)
{
    world *at = *state;
    uint32_t outer, inner, other;
    assert_true(cck_paths_child(&at->paths, CCK_NONE, 0, 0x1000, &outer));
    assert_true(cck_paths_child(&at->paths, outer, 0x1010, 0x2000, &inner));
    assert_true(cck_paths_child(&at->paths, outer, 0x1020, 0x2000, &other));
    list[0].path = cck_remap_path(cck_remap_path(0, "", 0, "", 0x1000), "", 0x1010, "", 0x2000);
    allocate(at, FIRST, 32, inner);
    allocate(at, FIRST + 32, 32, other);
    allocate(at, FIRST + 64, 32, CCK_NONE);
    assert_int_equal(at->moves->live, 1);
    assert_int_not_equal(seen(at, FIRST), FIRST);
    assert_int_equal(seen(at, FIRST + 32), FIRST + 32);
    assert_int_equal(seen(at, FIRST + 64), FIRST + 64);

    cck_moves_forget_paths(at->moves);
    allocate(at, SECOND, 32, inner);
    assert_int_equal(at->moves->live, 2);
}

static void the_latest_module_has_the_variable(void **state)
{
    world *at = *state;
    uint64_t base = cck_remap_base(list, 1), room = cck_remap_room(&list[1]);
    const cck_file_module app = {.path = "/bin/app", .bias = MODULE},
                          other = {.path = "/lib/other", .bias = MODULE};
    assert_true(cck_moves_module(at->moves, &other));
    assert_int_equal(at->moves->live, 0);
    assert_true(cck_moves_module(at->moves, &app));
    assert_int_equal(seen(at, MODULE + COUNTER), base);
    assert_int_equal(seen(at, MODULE + COUNTER + 9), base + 65);
    assert_int_equal(seen(at, MODULE + COUNTER + 16), MODULE + COUNTER + 16);
    assert_int_equal(cck_moves_origin(at->moves, base + 65), MODULE + COUNTER);

    assert_true(cck_moves_module(at->moves, &app)); /* loaded anew at the same place */
    assert_int_equal(at->moves->live, 2);
    assert_int_equal(seen(at, MODULE + COUNTER), base + room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_of_the_size_are_moved, begin, end),
        cmocka_unit_test_setup_teardown(a_freed_region_is_used_again, begin, end),
        cmocka_unit_test_setup_teardown(only_blocks_of_the_path_are_moved, begin, end),
        cmocka_unit_test_setup_teardown(the_latest_module_has_the_variable, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
