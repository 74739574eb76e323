/* SPDX-License-Identifier: MIT */
/* The fully associative cache beside a level: exact LRU, whatever its log goes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/simulate/model/deep/shadow.h"

enum { LINES_MOST = 64, IDS = 200, STEPS = 60000, FIRST = 64 /* of the first page */ };

/* The same as a list, most recently used first. */
typedef struct list {
    uint32_t ids[LINES_MOST];
    uint32_t count, most;
} list;

static bool take(list *at, uint32_t id)
{
    for (uint32_t i = 0; i < at->count; i++)
        if (at->ids[i] == id) {
            memmove(at->ids + i, at->ids + i + 1, (at->count - i - 1) * sizeof *at->ids);
            at->count--;
            return true;
        }
    return false;
}

static bool use(list *at, uint32_t id)
{
    bool found = take(at, id);
    if (at->count == at->most)
        at->count--;
    memmove(at->ids + 1, at->ids, at->count * sizeof *at->ids);
    at->ids[0] = id;
    at->count++;
    return found;
}

static uint32_t next_random(uint64_t *random)
{
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return (uint32_t)(*random >> 16);
}

/* Records of lines 1 to IDS; every third has no room for a stamp. */
static cck_lines *records_of(void)
{
    static cck_lines lines;
    struct cck_front front;
    assert_true(cck_lines_init(&lines, 6));
    for (uint64_t page = 0; page <= IDS / 64; page++)
        assert_non_null(cck_lines_page(&lines, page + 1, &front));
    for (uint32_t id = 3; id <= IDS; id += 3)
        cck_lines_state(&lines, FIRST + id)->flags = CCK_LINE_NUMBERED;
    return &lines;
}

static bool use_line(cck_shadow *shadow, uint32_t id)
{
    const cck_lines *lines = shadow->records;
    uint32_t at = FIRST + id;
    return cck_shadow_use(shadow, at, lines ? cck_line_stamp(cck_lines_state(lines, at)) : NULL);
}

/* Another core uses the line: what its record had goes elsewhere. */
static void part(cck_shadow *shadow, uint32_t id)
{
    if (!shadow->records)
        return;
    cck_shadow_part(shadow, FIRST + id);
    cck_lines_state(shadow->records, FIRST + id)->flags = CCK_LINE_NUMBERED;
}

/* What is used: often a few, sometimes any; so the log is full of uses that are not the last. */
static uint32_t next_id(uint64_t *random)
{
    uint32_t number = next_random(random);
    return 1 + (number & 3 ? number / 4 % 5 : number / 4 % IDS);
}

static void step(cck_shadow *shadow, list *expected, uint64_t *random)
{
    uint32_t id = next_id(random), how = next_random(random) % 1024;
    if (how < 64) {
        cck_shadow_remove(shadow, FIRST + id);
        take(expected, id);
        return;
    }
    if (how == 64)
        part(shadow, id);
    assert_int_equal(use_line(shadow, id), use(expected, id));
}

static void it_is_least_recently_used(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 7, 16, 33, LINES_MOST};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        uint64_t random = 88172645463325252u + i;
        cck_lines *lines = i % 2 ? records_of() : NULL;
        list expected = {.most = sizes[i / 2]};
        cck_shadow shadow = {0};
        assert_true(cck_shadow_init(&shadow, sizes[i / 2], lines));
        for (unsigned at = 0; at < STEPS; at++)
            step(&shadow, &expected, &random);
        cck_shadow_clear(&shadow);
        assert_int_equal(cck_shadow_bytes(&shadow), 0);
        if (lines)
            cck_lines_clear(lines);
    }
}

static void a_copy_goes_on_alike_and_apart(void **state)
{
    (void)state;
    uint64_t random = 1234567;
    list expected = {.most = 20}, same;
    cck_lines *lines = records_of(), others;
    cck_shadow shadow = {0}, copy = {0};
    assert_true(cck_shadow_init(&shadow, 20, lines));
    for (unsigned at = 0; at < 1000; at++)
        step(&shadow, &expected, &random);
    assert_true(cck_lines_copy(&others, lines));
    assert_true(cck_shadow_copy(&copy, &shadow, &others));
    assert_int_equal(cck_shadow_bytes(&copy), cck_shadow_bytes(&shadow));
    same = expected;
    uint64_t again = random;
    for (unsigned at = 0; at < 1000; at++)
        step(&shadow, &expected, &random);
    for (unsigned at = 0; at < 1000; at++)
        step(&copy, &same, &again);
    cck_shadow_clear(&shadow);
    cck_shadow_clear(&copy);
    cck_lines_clear(lines);
    cck_lines_clear(&others);
}

/* A use of the same line over and over fills the log, and what is older stays in its order. */
static void one_line_does_not_push_the_others_out(void **state)
{
    (void)state;
    cck_shadow shadow = {0};
    assert_true(cck_shadow_init(&shadow, 4, NULL));
    for (uint32_t id = 1; id <= 4; id++)
        assert_false(use_line(&shadow, id));
    for (unsigned i = 0; i < 1000; i++)
        assert_true(use_line(&shadow, 4));
    assert_false(use_line(&shadow, 5)); /* 1 goes */
    assert_true(use_line(&shadow, 2));
    assert_true(use_line(&shadow, 3));
    assert_false(use_line(&shadow, 1)); /* 4 goes: its uses were before */
    assert_false(use_line(&shadow, 4));
    cck_shadow_clear(&shadow);
}

static void nothing_is_there_without_a_cache(void **state)
{
    (void)state;
    cck_shadow shadow = {0}, copy;
    cck_shadow_remove(&shadow, 7);
    assert_int_equal(cck_shadow_bytes(&shadow), 0);
    assert_true(cck_shadow_copy(&copy, &shadow, NULL));
    cck_shadow_clear(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_least_recently_used),
        cmocka_unit_test(a_copy_goes_on_alike_and_apart),
        cmocka_unit_test(one_line_does_not_push_the_others_out),
        cmocka_unit_test(nothing_is_there_without_a_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
