/* SPDX-License-Identifier: MIT */
/* The ground floor: errors, arena, map, tally. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/fail.h"
#include "core/base/map.h"
#include "core/result/tally.h"

static void errors_blunt_control_characters(void **state)
{
    (void)state;
    cck_error err = {0};
    assert_int_equal(cck_fail(&err, CCK_EIO, "bad \033[31mname\n"), CCK_EIO);
    assert_string_equal(err.message, "bad ?[31mname?");
    assert_int_equal(cck_fail_os(&err, CCK_EACCESS, EPERM, "no"), CCK_EACCESS);
    assert_string_equal(err.message, "no: Operation not permitted");
    assert_int_equal(cck_fail(NULL, CCK_EIO, "x"), CCK_EIO);
    /* No UTF-8, a C1 control (CSI), one that turns the direction; but names in any script. */
    cck_fail(&err, CCK_EIO, "\xff\xfe \xc2\x9b" "31m \xe2\x80\xae \xc3\xa4\xe6\xbc\xa2 \xe6\xbc");
    assert_string_equal(err.message, "?? ?31m ? \xc3\xa4\xe6\xbc\xa2 ?");
    cck_hint(&err, "\x1b\xff");
    assert_string_equal(err.hint, "??");
    char cut[700];
    memset(cut, 'a', sizeof cut);
    memcpy(cut + 510, "\xc3\xa4", 3); /* whose second byte has no room */
    cck_fail(&err, CCK_EIO, "%s", cut);
    assert_int_equal(err.message[510], '?');
}

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    cck_arena arena = {0};
    for (size_t size = 0; size < 40000; size += 977) {
        unsigned char *bytes = cck_arena_alloc(&arena, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % sizeof(void *), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size);
    }
    assert_null(cck_arena_array(&arena, SIZE_MAX, 16));
    assert_string_equal(cck_arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    cck_arena_clear(&arena);
}

static void map_agrees_with_an_array(void **state)
{
    (void)state;
    enum { KEYS = 512, STEPS = 200000 };
    static int marks[KEYS];
    void *truth[KEYS] = {0};
    cck_map map = {0};
    uint64_t random = 88172645463325252u;
    for (int step = 0; step < STEPS; step++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t key = random % KEYS;
        if (random & 1024) {
            assert_true(cck_map_put(&map, key * 4096, &marks[key]));
            truth[key] = &marks[key];
        } else {
            assert_ptr_equal(cck_map_remove(&map, key * 4096), truth[key]);
            truth[key] = NULL;
        }
    }
    size_t count = 0, cursor = 0, walked = 0;
    for (size_t key = 0; key < KEYS; key++) {
        assert_ptr_equal(cck_map_get(&map, key * 4096), truth[key]);
        count += truth[key] != NULL;
    }
    while (cck_map_next(&map, &cursor, NULL, NULL))
        walked++;
    assert_int_equal(walked, count);
    assert_int_equal(map.count, count);
    cck_map_clear(&map);
}

static void tally_keeps_threads_whose_tid_is_reused(void **state)
{
    (void)state;
    cck_tally tally;
    assert_true(cck_tally_init(&tally, 2));
    cck_tally_thread *first = cck_tally_get(&tally, 1, 7);
    assert_ptr_equal(cck_tally_get(&tally, 1, 7), first);
    cck_tally_thread *second = cck_tally_add(&tally, 1, 7);
    assert_ptr_not_equal(second, first);
    assert_ptr_equal(cck_tally_find(&tally, 7), second);
    assert_int_equal(tally.thread_count, 2);
    for (uint32_t i = 0; i < 100; i++)
        assert_true(cck_tally_ran(second, (i * 37) % 10, 5));
    assert_int_equal(second->cpu_count, 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(second->cpus[i].cpu, i);
        assert_int_equal(second->cpus[i].ns, 50);
    }
    cck_tally_clear(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_blunt_control_characters),
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(map_agrees_with_an_array),
        cmocka_unit_test(tally_keeps_threads_whose_tid_is_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
