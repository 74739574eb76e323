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

enum { LINES_MOST = 64, IDS = 200, STEPS = 60000 };

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

/* What is used: often a few, sometimes any; so the log is full of uses that are not the last. */
static uint32_t next_id(uint64_t *random)
{
    uint32_t number = next_random(random);
    return 1 + (number & 3 ? number / 4 % 5 : number / 4 % IDS);
}

static void step(cck_shadow *shadow, list *expected, uint32_t *notes, uint64_t *random)
{
    uint32_t id = next_id(random), how = next_random(random) % 16;
    if (how == 0) {
        cck_shadow_remove(shadow, id);
        take(expected, id);
        return;
    }
    if (how == 1)
        notes[id] = 0; /* whoever keeps it may lose it */
    bool found = cck_shadow_use(shadow, id, how < 8 ? &notes[id] : NULL);
    assert_int_equal(found, use(expected, id));
}

static void it_is_least_recently_used(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 7, 16, 33, LINES_MOST};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t random = 88172645463325252u + i;
        uint32_t notes[IDS + 1] = {0};
        list expected = {.most = sizes[i]};
        cck_shadow shadow = {0};
        assert_true(cck_shadow_init(&shadow, sizes[i]));
        for (unsigned at = 0; at < STEPS; at++)
            step(&shadow, &expected, notes, &random);
        cck_shadow_clear(&shadow);
        assert_int_equal(cck_shadow_bytes(&shadow), 0);
    }
}

static void a_copy_goes_on_alike_and_apart(void **state)
{
    (void)state;
    uint64_t random = 1234567;
    uint32_t notes[IDS + 1] = {0}, same_notes[IDS + 1];
    list expected = {.most = 20}, same;
    cck_shadow shadow = {0}, copy = {0};
    assert_true(cck_shadow_init(&shadow, 20));
    for (unsigned at = 0; at < 1000; at++)
        step(&shadow, &expected, notes, &random);
    assert_true(cck_shadow_copy(&copy, &shadow));
    assert_int_equal(cck_shadow_bytes(&copy), cck_shadow_bytes(&shadow));
    memcpy(same_notes, notes, sizeof notes);
    same = expected;
    uint64_t again = random;
    for (unsigned at = 0; at < 1000; at++)
        step(&shadow, &expected, notes, &random);
    for (unsigned at = 0; at < 1000; at++)
        step(&copy, &same, same_notes, &again);
    cck_shadow_clear(&shadow);
    cck_shadow_clear(&copy);
}

/* A use of the same line over and over fills the log, and what is older stays in its order. */
static void one_line_does_not_push_the_others_out(void **state)
{
    (void)state;
    cck_shadow shadow = {0};
    uint32_t note = 0;
    assert_true(cck_shadow_init(&shadow, 4));
    for (uint32_t id = 1; id <= 4; id++)
        assert_false(cck_shadow_use(&shadow, id, NULL));
    for (unsigned i = 0; i < 1000; i++)
        assert_true(cck_shadow_use(&shadow, 4, &note));
    assert_false(cck_shadow_use(&shadow, 5, NULL)); /* 1 goes */
    assert_true(cck_shadow_use(&shadow, 2, NULL));
    assert_true(cck_shadow_use(&shadow, 3, NULL));
    assert_false(cck_shadow_use(&shadow, 1, NULL)); /* 4 goes: its uses were before */
    assert_false(cck_shadow_use(&shadow, 4, &note));
    cck_shadow_clear(&shadow);
}

static void nothing_is_there_without_a_cache(void **state)
{
    (void)state;
    cck_shadow shadow = {0}, copy;
    cck_shadow_remove(&shadow, 7);
    assert_int_equal(cck_shadow_bytes(&shadow), 0);
    assert_true(cck_shadow_copy(&copy, &shadow));
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
