/* SPDX-License-Identifier: MIT */
/* The cache model: sequences worked out by hand, and kernels with a known theory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/simulate/model/hierarchy.h"

static void *zeroed(void *context, size_t size)
{
    (void)context;
    return calloc(1, size);
}

static void *nothing(void *context, size_t size)
{
    (void)context, (void)size;
    return NULL;
}

static void make(cck_lru *lru, uint64_t size, uint32_t ways, uint32_t line, uint32_t bits)
{
    cck_shape shape = {size, ways, line};
    assert_null(cck_shape_fault(&shape));
    assert_true(cck_lru_init(lru, &shape, bits, zeroed, NULL));
}

static void end(cck_lru *lru)
{
    free(lru->narrow);
    free(lru->wide);
}

/* Lines named by letters, hits in upper case ("aAba": with one way b evicts a). One set. */
static void replay(const char *sequence, uint32_t ways, uint32_t bits)
{
    cck_lru lru;
    make(&lru, 64u * ways, ways, 64, bits);
    for (const char *at = sequence; *at; at++) {
        bool hit = *at >= 'A' && *at <= 'Z';
        uint64_t line = (uint64_t)(*at | 32);
        if (cck_lru_touch(&lru, line) != hit)
            fail_msg("%u ways: '%s' went wrong at character %d", ways, sequence,
                     (int)(at - sequence) + 1);
    }
    end(&lru);
}

static void the_least_recently_used_line_goes(void **state)
{
    (void)state;
    for (uint32_t bits = 32; bits <= 64; bits += 32) { /* narrow tags, then wide ones */
        replay("aAbBab", 1, bits);
        replay("abABcBac", 2, bits);
        replay("abAcbCa", 2, bits);
        replay("abcABCdabcd", 3, bits);
        replay("abcdDCBAeCBAde", 4, bits);
        replay("abcdefghHABCDEFGihIBCDEFGa", 8, bits);
        replay("abcdefghijklmnopPqabBQc", 16, bits);
        replay("abcdefghijklmnopAqbAcQ", 16, bits);
    }
}

/* The vectors against the plain definition, for every number of ways. */
static void any_shape_agrees_with_a_list(void **state)
{
    (void)state;
    enum { LINES = 4096, STEPS = 20000 };
    uint64_t random = 88172645463325252u;
    for (uint32_t ways = 1; ways <= 33; ways++) {
        for (uint64_t sets = 1; sets <= 20; sets += 1 + (ways & 3)) {
            cck_lru lru;
            uint64_t last_use[LINES] = {0};
            make(&lru, sets * ways * 32, ways, 32, ways & 1 ? 37 : 64);
            for (uint64_t now = 1; now <= STEPS / sets; now++) {
                random ^= random << 13, random ^= random >> 7, random ^= random << 17;
                uint64_t line = random % (sets * ways * 2);
                unsigned younger = 0;
                for (uint64_t other = line % sets; other < sets * ways * 2; other += sets)
                    younger += last_use[other] > last_use[line];
                bool there = last_use[line] && younger < ways;
                assert_int_equal(cck_lru_touch(&lru, line), there);
                assert_int_equal(cck_lru_recent(&lru, line % sets), line);
                last_use[line] = now;
            }
            end(&lru);
        }
    }
}

static void a_straddling_access_is_one_miss_and_brings_both_lines(void **state)
{
    (void)state;
    cck_lru lru;
    make(&lru, 1024, 2, 64, 47);
    assert_false(cck_lru_access(&lru, 60, 8)); /* lines 0 and 1 */
    assert_true(cck_lru_access(&lru, 0, 64));
    assert_true(cck_lru_access(&lru, 64, 64));
    assert_true(cck_lru_access(&lru, 63, 2));
    assert_false(cck_lru_access(&lru, 127, 2)); /* line 1 is there, line 2 is not */
    assert_true(cck_lru_access(&lru, 128, 1));
    assert_false(cck_lru_access(&lru, 192, 200)); /* lines 3 to 6 */
    assert_true(cck_lru_access(&lru, 6 * 64, 8));
    end(&lru);
}

static void addresses_beyond_the_limit_pass_by(void **state)
{
    (void)state;
    cck_lru lru;
    make(&lru, 32768, 8, 64, 37);
    assert_non_null(lru.narrow);
    assert_true(cck_lru_access(&lru, UINT64_C(0xffffffffff600000), 8));
    assert_false(cck_lru_access(&lru, 0x600000, 8));
    end(&lru);
    make(&lru, 32768, 8, 64, 64);
    assert_non_null(lru.wide);
    assert_false(cck_lru_access(&lru, UINT64_C(0xffffffffff600000), 8));
    assert_false(cck_lru_access(&lru, 0x600000, 8));
    assert_true(cck_lru_access(&lru, UINT64_C(0xffffffffff600000), 8));
    end(&lru);
}

static void bad_shapes_have_faults(void **state)
{
    (void)state;
    const cck_shape bad[] = {
        {0, 0, 0},
        {32768, 8, 48},
        {32768, 8, 8},
        {32768, 8, 512},
        {32768, 0, 64},
        {32768, 7, 64},
        {0, 8, 64},
        {32768, 1025, 64},
        {63, 1, 64},
        {1, 1, 64},
        {UINT64_MAX / 2 + 1, 16, 64},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(cck_shape_fault(&bad[i]));
    const cck_shape good[] = {{16, 1, 16}, {20 * 16 * 64, 16, 64}, {256 * 1024, 1024, 256}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(cck_shape_fault(&good[i]));
    cck_lru lru;
    assert_false(cck_lru_init(&lru, &good[0], 47, nothing, NULL));
}

static const cck_geometry two_levels = {
    .i1 = {1024, 2, 64}, .d1 = {1024, 2, 64}, .ll = {4096, 4, 64}, .cores = 2, .address_bits = 47};
static const cck_geometry three_levels = {.i1 = {1024, 2, 64},
                                          .d1 = {1024, 2, 64},
                                          .l2 = {4096, 4, 64},
                                          .ll = {20 * 16 * 64, 16, 64},
                                          .cores = 2,
                                          .address_bits = 47};

static void end_hierarchy(cck_hierarchy *hierarchy)
{
    for (uint32_t i = 0; i < hierarchy->geometry.cores; i++) {
        end(&hierarchy->cores[i].i1);
        end(&hierarchy->cores[i].d1);
        end(&hierarchy->cores[i].l2);
    }
    free(hierarchy->cores);
    end(&hierarchy->ll);
}

static void the_last_level_is_shared_by_code_data_and_cores(void **state)
{
    (void)state;
    cck_hierarchy h;
    assert_true(cck_hierarchy_init(&h, &two_levels, zeroed, NULL));
    cck_core *zero = cck_hierarchy_core(&h, 0), *one = cck_hierarchy_core(&h, 1);
    assert_ptr_equal(cck_hierarchy_core(&h, 1), one);
    assert_int_equal(cck_hierarchy_fetch(&h, zero, 4096, 4), CCK_MISS_L1 | CCK_MISS_LL);
    assert_int_equal(cck_hierarchy_fetch(&h, zero, 4100, 4), 0);
    assert_int_equal(cck_hierarchy_access(&h, zero, 4096, 8), CCK_MISS_L1);
    assert_int_equal(cck_hierarchy_access(&h, zero, 4104, 8), 0);
    assert_int_equal(cck_hierarchy_access(&h, one, 4096, 8), CCK_MISS_L1);
    assert_int_equal(cck_hierarchy_fetch(&h, one, 8192, 1), CCK_MISS_L1 | CCK_MISS_LL);
    assert_int_equal(cck_hierarchy_access(&h, zero, 8192, 1), CCK_MISS_L1);
    end_hierarchy(&h);
}

static void each_level_sees_only_the_misses_above(void **state)
{
    (void)state;
    enum { ALL = CCK_MISS_L1 | CCK_MISS_L2 | CCK_MISS_LL };
    cck_hierarchy h;
    assert_true(cck_hierarchy_init(&h, &three_levels, zeroed, NULL));
    cck_core *zero = cck_hierarchy_core(&h, 0), *one = cck_hierarchy_core(&h, 1);
    /* Set 0 of D1 (8 sets, 2 ways) gets three lines: the first leaves D1, not L2. */
    assert_int_equal(cck_hierarchy_access(&h, zero, 0, 8), ALL);
    assert_int_equal(cck_hierarchy_access(&h, zero, 512, 8), ALL);
    assert_int_equal(cck_hierarchy_access(&h, zero, 1024, 8), ALL);
    assert_int_equal(cck_hierarchy_access(&h, zero, 0, 8), CCK_MISS_L1);
    assert_int_equal(cck_hierarchy_access(&h, zero, 1024, 8), 0);
    /* The other core's L2 does not have them, the LL has. */
    assert_int_equal(cck_hierarchy_access(&h, one, 512, 8), CCK_MISS_L1 | CCK_MISS_L2);
    /* Code goes through the same L2. */
    assert_int_equal(cck_hierarchy_fetch(&h, one, 512, 8), CCK_MISS_L1);
    end_hierarchy(&h);
}

/* Passes over `bytes` with a stride: the misses in LRU theory for `lru`. */
static uint64_t passes(cck_lru *lru, uint64_t bytes, uint64_t stride, unsigned times)
{
    uint64_t misses = 0;
    for (unsigned pass = 0; pass < times; pass++)
        for (uint64_t at = 0; at < bytes; at += stride)
            misses += !cck_lru_access(lru, 0x10000000 + at, 8);
    return misses;
}

static void streams_and_strides_miss_as_theory_says(void **state)
{
    (void)state;
    enum { SIZE = 32768, LINE = 64, TIMES = 5 };
    static const struct {
        uint64_t bytes, stride, misses;
    } cases[] = {
        /* What fits is missed once... */
        {SIZE, 8, SIZE / LINE},
        {SIZE, LINE, SIZE / LINE},
        /* ...one line more breaks its set: 9 lines take turns in 8 ways, the other
         * 63 sets still fit. */
        {SIZE + LINE, LINE, 63 * 8 + TIMES * 9},
        /* ...twice the size never hits across passes. */
        {2 * SIZE, 8, TIMES * 2 * SIZE / LINE},
        {2 * SIZE, 2 * LINE, TIMES * SIZE / LINE}, /* half of the sets, twice their ways */
        /* 4 KiB apart: all in one set; 8 stay, 9 never. */
        {8 * 4096, 4096, 8},
        {9 * 4096, 4096, TIMES * 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_lru lru;
        make(&lru, SIZE, 8, LINE, 47);
        assert_int_equal(passes(&lru, cases[i].bytes, cases[i].stride, TIMES), cases[i].misses);
        end(&lru);
    }
}

/* A cyclic chase over n lines of one fully associative cache: n misses if they
 * fit, else every access misses; in any order of the cycle. */
static void a_cyclic_chase_falls_off_a_cliff(void **state)
{
    (void)state;
    enum { WAYS = 64, ROUNDS = 10 };
    for (unsigned lines = WAYS - 2; lines <= WAYS + 2; lines++) {
        for (unsigned step = 1; step < lines; step++) {
            unsigned a = lines, b = step;
            while (b) {
                unsigned rest = a % b;
                a = b, b = rest;
            }
            if (a != 1)
                continue; /* not one cycle over all lines */
            cck_lru lru;
            uint64_t misses = 0, at = 0;
            make(&lru, WAYS * 64, WAYS, 64, 47);
            for (unsigned i = 0; i < lines * ROUNDS; i++, at = (at + step) % lines)
                misses += !cck_lru_touch(&lru, at);
            assert_int_equal(misses, lines <= WAYS ? lines : lines * ROUNDS);
            end(&lru);
        }
    }
}

/* 20 slices of a real LLC: a number of sets that is no power of two. */
static void uneven_sets_hold_what_they_should(void **state)
{
    (void)state;
    enum { SETS = 20, WAYS = 16, TIMES = 3 };
    cck_lru lru;
    make(&lru, SETS * WAYS * 64, WAYS, 64, 47);
    assert_false(lru.even);
    assert_int_equal(passes(&lru, SETS * WAYS * 64, 64, TIMES), SETS * WAYS);
    end(&lru);
    make(&lru, SETS * WAYS * 64, WAYS, 64, 47);
    assert_int_equal(passes(&lru, (SETS * WAYS + 1) * 64, 64, TIMES),
                     (SETS - 1) * WAYS + TIMES * (WAYS + 1));
    end(&lru);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_recently_used_line_goes),
        cmocka_unit_test(any_shape_agrees_with_a_list),
        cmocka_unit_test(a_straddling_access_is_one_miss_and_brings_both_lines),
        cmocka_unit_test(addresses_beyond_the_limit_pass_by),
        cmocka_unit_test(bad_shapes_have_faults),
        cmocka_unit_test(the_last_level_is_shared_by_code_data_and_cores),
        cmocka_unit_test(each_level_sees_only_the_misses_above),
        cmocka_unit_test(streams_and_strides_miss_as_theory_says),
        cmocka_unit_test(a_cyclic_chase_falls_off_a_cliff),
        cmocka_unit_test(uneven_sets_hold_what_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
