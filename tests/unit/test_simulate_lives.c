/* SPDX-License-Identifier: MIT */
/* Lives of shared lines: the potential is what a random interleaving gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/simulate/reader/life.h"

enum { LINE_BITS = 6, TRANSFER = 100, STEPS = 200000, PACE = 300, THREADS_MOST = 4 };

#define LINE UINT64_C(0x40000)

/* What each thread does to its own word of the line: of 100 turns so many reads and writes. */
typedef struct mix {
    unsigned reads[THREADS_MOST], writes[THREADS_MOST];
} mix;

typedef struct numbers {
    double seen, expected;
} numbers;

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return *random;
}

static void use(cck_lives *lives, cck_model *model, uint32_t thread, bool writes, uint64_t now)
{
    uint64_t shared_writes = 0, address = LINE + 8 * (uint64_t)thread;
    cck_outcome outcome;
    cck_life *life;
    bool fresh;
    cck_model_access(model, thread, writes ? CCK_ACCESS_STORE : CCK_ACCESS_LOAD, address, 8,
                     &outcome);
    if (!(outcome.did & CCK_DID_SHARED))
        return;
    cck_life_access access = {.key = thread << 1 | writes,
                              .address = address,
                              .size = 8,
                              .thread = thread,
                              .reads = !writes,
                              .writes = writes,
                              .did = outcome.did,
                              .now = now,
                              .shared_writes = &shared_writes};
    assert_true(
        cck_lives_access(lives, outcome.shared, LINE, LINE_BITS, TRANSFER, &access, &life, &fresh));
}

static cck_model *small_model(void)
{
    cck_model_options options = {.i1 = {4096, 4, 64},
                                 .d1 = {4096, 4, 64},
                                 .ll = {65536, 16, 64},
                                 .cores = THREADS_MOST,
                                 .coherent = true,
                                 .explain = true};
    cck_model_defaults(&options);
    return cck_model_new(&options);
}

static numbers end(cck_lives *lives, cck_model *model)
{
    assert_true(cck_lives_finish(lives, LINE_BITS, TRANSFER));
    assert_int_equal(lives->closed_count, 1);
    const cck_life *life = &lives->closed[0];
    numbers result = {.seen = (double)life->transfers};
    for (size_t i = 0; i < life->side_count; i++)
        result.expected += life->sides[i].side.potential;
    cck_lives_clear(lives);
    cck_model_free(model);
    return result;
}

static numbers at_random(const mix *wanted)
{
    cck_lives lives = {0};
    cck_model *model = small_model();
    uint64_t random = 88172645463325252u;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned left = (unsigned)((next_random(&random) >> 20) % 100);
        for (uint32_t thread = 0; thread < THREADS_MOST; thread++) {
            unsigned reads = wanted->reads[thread], both = reads + wanted->writes[thread];
            if (left < both)
                use(&lives, model, thread, left >= reads, (uint64_t)step * PACE);
            if (left < both)
                break;
            left -= both;
        }
    }
    return end(&lives, model);
}

static void random_turns_meet_as_expected(void **state)
{
    (void)state;
    static const mix mixes[] = {
        {.writes = {50, 50}},                  /* two equal writers */
        {.writes = {90, 10}},                  /* unequal ones */
        {.reads = {60}, .writes = {0, 40}},    /* misses of one, upgrades of the other */
        {.reads = {5, 80}, .writes = {10, 5}}, /* both, of both */
        {.reads = {10, 10, 10, 10}, .writes = {15, 15, 15, 15}}, /* four threads */
    };
    for (size_t i = 0; i < sizeof mixes / sizeof *mixes; i++) {
        numbers of = at_random(&mixes[i]);
        double off = of.expected / of.seen - 1;
        if (off < -0.03 || off > 0.03)
            fail_msg("mix %zu: %.0f seen, %.0f expected", i, of.seen, of.expected);
    }
}

/* In turn each write finds the line gone; at random every other one finds its own. */
static void strict_turns_are_twice_that(void **state)
{
    (void)state;
    cck_lives lives = {0};
    cck_model *model = small_model();
    for (unsigned step = 0; step < STEPS; step++)
        use(&lives, model, step % 2, true, (uint64_t)step * PACE);
    numbers of = end(&lives, model);
    assert_true(of.seen > 0.99 * STEPS);
    assert_true(of.expected > 0.495 * STEPS && of.expected < 0.505 * STEPS);
}

/* One after the other, not side by side: nothing is expected but at the border. */
static void who_comes_later_is_not_met(void **state)
{
    (void)state;
    cck_lives lives = {0};
    cck_model *model = small_model();
    use(&lives, model, 0, true, 0);
    use(&lives, model, 1, true, 0);
    for (unsigned step = 0; step < STEPS; step++)
        use(&lives, model, step >= STEPS / 2, true, (uint64_t)step * PACE);
    assert_true(end(&lives, model).expected < STEPS / 200.0);
}

/* Accesses come quicker than a line can go to and fro. */
static void no_more_than_fit_in_time(void **state)
{
    (void)state;
    cck_lives lives = {0};
    cck_model *model = small_model();
    for (unsigned step = 0; step < STEPS; step++)
        use(&lives, model, step % 2, true, step);
    numbers of = end(&lives, model);
    double windows = (double)STEPS / (1 << CCK_LIFE_WINDOW) + 1;
    assert_true(of.expected <= 2 * windows * (1 << CCK_LIFE_WINDOW) / TRANSFER);
    assert_true(of.expected > STEPS / TRANSFER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_turns_meet_as_expected),
        cmocka_unit_test(strict_turns_are_twice_that),
        cmocka_unit_test(who_comes_later_is_not_met),
        cmocka_unit_test(no_more_than_fit_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
