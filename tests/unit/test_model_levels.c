/* SPDX-License-Identifier: MIT */
/* Replacement, reasons of misses, kinds of LLC, prefetchers, TLBs and nodes, worked out by hand. */
#include "model_script.h"

#include "probes/simulate/model/deep/level.h"

/* Sets: I1 and D1 8, L2 16, LLC 32. */
static const cck_model_options plain = {
    .i1 = {1024, 2, 64},
    .d1 = {1024, 2, 64},
    .l2 = {4096, 4, 64},
    .ll = {16384, 8, 64},
    .cores = 4,
    .coherent = true,
    .explain = true,
    .explain_l1 = true,
};

enum { A = 0x1000, L2_ONLY = CCK_DID_MISS_L1 };

/* Four ways, one set. Hits in upper case; the victims in order. As PLRUt of
 * Al-Zoubi, Milenkovic and Milenkovic (ACM SE 2004): bits point away from the last use. */
static void the_tree_evicts_where_its_bits_point(void **state)
{
    (void)state;
    const char *sequences[][2] = {
        {"abcde", "a"},    /* all turned to the left: a */
        {"abcdAe", "c"},   /* a: root right, there c is older than d */
        {"abcdAef", "cb"}, /* e in c's place: root left, b is not the last used there */
        {"abcdCAe", "d"},  /* LRU would take b */
        {"abcdDBAe", "c"}, {"abcdABCDefgh", "acbd"},
    };
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        cck_level level = {0};
        cck_shape shape = {256, 4, 64};
        assert_true(cck_level_init(&level, &shape, CCK_REPLACE_TREE_PLRU));
        const char *victims = sequences[i][1];
        for (const char *at = sequences[i][0]; *at; at++) {
            uint32_t victim = 0;
            cck_found found = cck_level_use(&level, 0, (uint32_t)*at | 32, &victim);
            if ((found != CCK_FOUND_NOT) != (*at < 'a'))
                fail_msg("'%s' at %c", sequences[i][0], *at);
            if (victim && (char)victim != *victims++)
                fail_msg("'%s' lost %c", sequences[i][0], (char)victim);
        }
        assert_int_equal(*victims, 0);
        cck_level_clear(&level);
    }
}

static void a_hole_is_filled_first(void **state)
{
    (void)state;
    for (unsigned replacement = 0; replacement < 2; replacement++) {
        cck_level level = {0};
        cck_shape shape = {256, 4, 64};
        uint32_t victim = 0;
        assert_true(cck_level_init(&level, &shape, (cck_replacement)replacement));
        for (uint32_t id = 1; id <= 4; id++)
            cck_level_use(&level, 0, id, &victim);
        assert_true(cck_level_remove(&level, 0, 3));
        assert_false(cck_level_remove(&level, 0, 3));
        assert_int_equal(cck_level_use(&level, 0, 5, &victim), CCK_FOUND_NOT);
        assert_int_equal(victim, 0);
        assert_int_equal(cck_level_use(&level, 0, 5, &victim), CCK_FOUND_SAME);
        assert_int_equal(cck_level_use(&level, 0, 1, &victim), CCK_FOUND);
        cck_level_clear(&level);
    }
}

enum { WAYS_MOST = 20, SETS = 3 };

/* A set as a list, the last used first, 0 for what is free. Returns the victim of a miss. */
static uint32_t list_use(uint32_t *list, uint32_t ways, uint32_t id, cck_found *out_found)
{
    uint32_t at = 0, last;
    while (at < ways && list[at] != id)
        at++;
    *out_found = at == ways ? CCK_FOUND_NOT : at ? CCK_FOUND : CCK_FOUND_SAME;
    last = at == ways ? list[--at] : 0;
    memmove(list + 1, list, at * sizeof *list);
    *list = id;
    return last;
}

static void list_remove(uint32_t *list, uint32_t ways, uint32_t id)
{
    for (uint32_t at = 0; at < ways; at++)
        if (list[at] == id) {
            memmove(list + at, list + at + 1, (ways - 1 - at) * sizeof *list);
            list[ways - 1] = 0;
            return;
        }
}

static void check_order_of_use(bool sparse, uint32_t ways)
{
    uint64_t random = 42;
    uint32_t lists[SETS][WAYS_MOST] = {{0}};
    cck_level level = {0}, copy;
    cck_shape shape = {(uint64_t)64 * ways * SETS, ways, 64};
    assert_true((sparse ? cck_level_init_sparse : cck_level_init)(&level, &shape, CCK_REPLACE_LRU));
    assert_true(sparse || cck_level_add_notes(&level));
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        uint32_t id = 1 + (uint32_t)(random >> 33) % (ways + 4), victim = 0;
        uint32_t set = (uint32_t)(random >> 20) % SETS, *list = lists[set];
        cck_found found;
        if (random >> 60 == 0) {
            bool has = cck_level_has(&level, set, id);
            assert_int_equal(cck_level_remove(&level, set, id), has);
            list_remove(list, ways, id);
            continue;
        }
        uint32_t expected = list_use(list, ways, id, &found);
        assert_int_equal(cck_level_use(&level, set, id, &victim), found);
        assert_int_equal(victim, expected);
        uint32_t *note = cck_level_note(&level, set);
        if (note) { /* it stays with its line, and a new one has none */
            assert_int_equal(*note, found == CCK_FOUND_NOT ? 0 : id);
            *note = id;
        }
    }
    assert_true(cck_level_copy(&copy, &level));
    cck_level_clear(&level);
    for (uint32_t set = 0; set < SETS; set++)
        for (uint32_t at = 0; at < ways; at++)
            assert_true(!lists[set][at] || cck_level_has(&copy, set, lists[set][at]));
    cck_level_clear(&copy);
}

/* Whatever the number of ways: sets of up to 16 are kept in other forms than larger ones. */
static void a_set_is_in_the_order_of_use(void **state)
{
    (void)state;
    for (uint32_t ways = 1; ways <= WAYS_MOST; ways++) {
        check_order_of_use(false, ways);
        check_order_of_use(true, ways);
    }
}

static void reasons_of_misses(void **state)
{
    (void)state;
    cck_model *model = model_of(&plain);
    cck_outcome outcome;
    const step conflicts[] = {
        /* five lines of one L2 set, of four ways: it holds 64 lines, so that is no capacity */
        {0, LOAD, 0x10000, 8, MEMORY | FIRST, 0},
        {0, LOAD, 0x10400, 8, MEMORY | FIRST, 0},
        {0, LOAD, 0x10800, 8, MEMORY | FIRST, 0},
        {0, LOAD, 0x10000, 8, L2_ONLY | CCK_WHY_L1_CONFLICT, 14},
        {0, LOAD, 0x10c00, 8, MEMORY | FIRST, 0},
        {0, LOAD, 0x11000, 8, MEMORY | FIRST, 0},
        {0, LOAD, 0x10400, 8, MISSED | CONFLICT, 60},
    };
    play(model, conflicts, sizeof conflicts / sizeof *conflicts);
    /* 65 other lines, round and round: none stays, whatever the sets */
    for (unsigned i = 0; i < 3 * 65; i++) {
        cck_model_access(model, 0, CCK_ACCESS_LOAD, 0x20000 + i % 65 * 64, 8, &outcome);
        if (i < 65)
            assert_int_equal(outcome.did, MEMORY | FIRST);
        else if (outcome.did & CCK_DID_MISS_L2)
            assert_int_equal(outcome.did, MISSED | CAPACITY);
        else
            assert_int_equal(outcome.did, L2_ONLY | CCK_WHY_L1_CAPACITY);
    }
    const step others[] = {
        {0, LOAD, 0x10000, 8, MISSED | CAPACITY, 60},
        {1, LOAD, 0x10000, 8, MISSED | FIRST | TRANSFER, 120}, /* the first of these caches */
        {2, FETCH, 0x10000, 8, MISSED | FIRST | SHARED, 60},
    };
    play(model, others, sizeof others / sizeof *others);
    cck_model_free(model);
}

static void without_an_l2_the_l1_is_the_private_cache(void **state)
{
    (void)state;
    cck_model_options two = plain;
    two.l2.size = 0;
    const uint32_t missed = CCK_DID_MISS_L1;
    const step steps[] = {
        {0, LOAD, A, 8, missed | CCK_DID_MISS_LL | FIRST, 300},
        {0, LOAD, A + 0x200, 8, missed | CCK_DID_MISS_LL | FIRST, 300},
        {0, LOAD, A + 0x400, 8, missed | CCK_DID_MISS_LL | FIRST, 300},
        {0, LOAD, A, 8, missed | CONFLICT, 60},
        {1, STORE, A, 8, missed | FIRST | TRANSFER | CCK_DID_INVALIDATE, 120},
        {0, LOAD, A, 8, missed | TRULY | TRANSFER, 120},
    };
    run(&two, steps, sizeof steps / sizeof *steps);
}

/* An LLC of four ways: with five lines of a set one goes, and from the caches above too. */
static void an_inclusive_llc_takes_lines_back(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.ll = (cck_shape){4096, 4, 64};
    options.llc = CCK_LLC_INCLUSIVE;
    const step steps[] = {
        {0, LOAD, A, 8, MEMORY | FIRST, 0},
        {1, LOAD, A + 0x400, 8, MEMORY | FIRST, 0},
        {1, LOAD, A + 0x800, 8, MEMORY | FIRST, 0},
        {1, LOAD, A + 0xc00, 8, MEMORY | FIRST, 0},
        {0, LOAD, A, 8, 0, 4},                       /* the LLC does not see this */
        {1, LOAD, A + 0x1000, 8, MEMORY | FIRST, 0}, /* takes A from core 0 */
        {0, LOAD, A, 8, MEMORY | CONFLICT, 300},
    };
    run(&options, steps, sizeof steps / sizeof *steps);
    options.llc = CCK_LLC_INDEPENDENT; /* the same, and core 0 keeps it */
    const step keeps[] = {
        {0, LOAD, A, 8, 0, 4},
    };
    cck_model *model = model_of(&options);
    play(model, steps, 6);
    play(model, keeps, 1);
    cck_model_free(model);
}

static void an_exclusive_llc_holds_victims(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.llc = CCK_LLC_EXCLUSIVE;
    options.d1 = options.i1 = (cck_shape){512, 1, 64};
    options.l2 = (cck_shape){1024, 1, 64}; /* 16 sets */
    const step steps[] = {
        {0, STORE, A, 8, MEMORY | FIRST, 300},
        {0, LOAD, A + 0x400, 8, MEMORY | FIRST, 300}, /* pushes A out, into the LLC */
        {0, LOAD, A, 8, MISSED | CONFLICT, 60},       /* and out of that again */
        {0, LOAD, A + 0x800, 8, MEMORY | FIRST, 300},
        {1, LOAD, A, 8, MISSED | FIRST | SHARED, 60},
        {2, LOAD, A, 8, MISSED | FIRST | TRANSFER, 120}, /* core 1 had it exclusive */
        {3, LOAD, A, 8, MISSED | FIRST | SHARED, 120},   /* from who shares it: no LLC has it */
    };
    run(&options, steps, sizeof steps / sizeof *steps);
}

static void two_llcs_are_apart(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.cores_per_ll = 2;
    const step steps[] = {
        {0, LOAD, A, 8, MEMORY | FIRST, 300},
        {2, LOAD, A, 8, MEMORY | FIRST | TRANSFER, 400}, /* exclusive in the other one */
        {3, LOAD, A, 8, MISSED | FIRST | SHARED, 60},    /* now in both LLCs */
        {1, LOAD, A, 8, MISSED | FIRST | SHARED, 60},
        {0, STORE, A, 8, UPGRADE, 100},
        {1, LOAD, A, 8, MISSED | TRULY | TRANSFER, 120}, /* written back to their LLC */
        {2, LOAD, A, 8, MEMORY | TRULY | SHARED, 400},   /* which has it newer than memory */
        {3, LOAD, A + 64, 8, MEMORY | FIRST, 300},
    };
    run(&options, steps, sizeof steps / sizeof *steps);
}

/* Also where nobody had used the other LLC when the line came into the first. */
static void what_was_written_comes_from_the_llc_that_has_it(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.cores_per_ll = 2;
    cck_model *model = model_of(&options);
    cck_outcome outcome;
    cck_model_access(model, 0, CCK_ACCESS_STORE, A, 8, &outcome);
    for (uint64_t i = 1; i <= 8; i++) /* others push it, and the first of them, out of D1 and L2 */
        cck_model_access(model, 0, CCK_ACCESS_LOAD, A + 1024 * i, 8, &outcome);
    cck_model_access(model, 2, CCK_ACCESS_LOAD, A, 8, &outcome);
    assert_int_equal(outcome.cycles, 400);
    cck_model_access(model, 2, CCK_ACCESS_LOAD, A + 1024, 8, &outcome); /* never written */
    assert_int_equal(outcome.cycles, 300);
    cck_model_free(model);
}

static void the_other_line_of_a_pair_is_fetched(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.adjacent_prefetch = true;
    const step steps[] = {
        {0, LOAD, A + 64, 8, MEMORY | FIRST, 300},
        {0, LOAD, A, 8, L2_ONLY | CCK_WHY_L1_COMPULSORY, 14},
        {0, LOAD, A + 128, 8, MEMORY | FIRST, 300},
        {1, LOAD, A + 192, 8, MISSED | FIRST | TRANSFER, 120}, /* core 0 was given it */
    };
    run(&options, steps, sizeof steps / sizeof *steps);
}

static void streams_are_followed_both_ways(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.stream_prefetch = true;
    const step steps[] = {
        {0, LOAD, A, 8, MEMORY | FIRST, 0},
        {0, LOAD, A + 64, 8, MEMORY | FIRST, 0}, /* two neighbours: the next two are fetched */
        {0, LOAD, A + 128, 8, L2_ONLY | CCK_WHY_L1_COMPULSORY, 0},
        {0, LOAD, A + 192, 8, L2_ONLY | CCK_WHY_L1_COMPULSORY, 0},
        {0, LOAD, A + 256, 8, L2_ONLY | CCK_WHY_L1_COMPULSORY, 0},
        {0, LOAD, A + 0x400, 8, MEMORY | FIRST, 0}, /* a jump */
        {0, LOAD, A + 0x3c0, 8, MEMORY | FIRST, 0},
        {0, LOAD, A + 0x380, 8, L2_ONLY | CCK_WHY_L1_COMPULSORY, 0},
        {0, LOAD, A + 0xf80, 8, MEMORY | FIRST, 0},
        {0, LOAD, A + 0xfc0, 8, MEMORY | FIRST, 0},
        {0, LOAD, A + 0x1000, 8, MEMORY | FIRST, 0}, /* not beyond the page */
    };
    run(&options, steps, sizeof steps / sizeof *steps);
}

static void translations_miss_too(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.tlb_data = options.tlb_instruction = (cck_tlb_shape){4, 2}; /* 2 sets */
    options.tlb2 = (cck_tlb_shape){4, 4};
    const uint32_t first = MEMORY | FIRST | CCK_DID_MISS_TLB1 | CCK_DID_MISS_TLB2;
    const step steps[] = {
        {0, LOAD, 0x10000, 8, first, 340},
        {0, LOAD, 0x10008, 8, 0, 4},
        {0, LOAD, 0x12040, 8, first, 340},
        {0, LOAD, 0x14080, 8, first, 340}, /* page 0x10 leaves the L1 TLB */
        {0, LOAD, 0x12048, 8, 0, 4},
        {0, LOAD, 0x10010, 8, CCK_DID_MISS_TLB1, 4 + 7},
        {0, FETCH, 0x10010, 8, CCK_DID_MISS_L1 | CCK_WHY_L1_CAPACITY | CCK_DID_MISS_TLB1, 14 + 7},
        {1, LOAD, 0x10010, 8, MISSED | FIRST | TRANSFER | CCK_DID_MISS_TLB1 | CCK_DID_MISS_TLB2,
         120 + 40},
        /* over two pages: two walks */
        {0, STORE, 0x30ffc, 8, first | CCK_DID_STRADDLE, 300 + 80},
    };
    run(&options, steps, sizeof steps / sizeof *steps);
    options.page_bytes = 1 << 21;
    const step huge[] = {
        {0, LOAD, 0x10000, 8, first, 340},
        {0, LOAD, 0x12040, 8, MEMORY | FIRST, 300},
        {0, LOAD, 0x200000, 8, first, 340},
    };
    run(&options, huge, sizeof huge / sizeof *huge);
}

static void the_first_to_touch_a_page_is_its_home(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.nodes = 2; /* cores 0 and 1; 2 and 3 */
    options.cores_per_ll = 2;
    cck_model *model = model_of(&options);
    const step steps[] = {
        {0, LOAD, A, 8, MEMORY | FIRST, 300},
        {3, LOAD, A + 64, 8, MEMORY | FIRST | CCK_DID_REMOTE, 450},
        {3, STORE, A + 0x1000, 8, MEMORY | FIRST, 300},
        {1, LOAD, A + 0x1040, 8, MEMORY | FIRST | CCK_DID_REMOTE, 450},
        {1, LOAD, A + 0x1000, 8, MEMORY | FIRST | TRANSFER, 400}, /* from a cache, not memory */
    };
    assert_int_equal(cck_model_home(model, A), -1);
    play(model, steps, sizeof steps / sizeof *steps);
    assert_int_equal(cck_model_home(model, A + 8), 0);
    assert_int_equal(cck_model_home(model, A + 0x1fff), 1);
    assert_int_equal(cck_model_home(model, A + 0x2000), -1);
    cck_model_forget(model, A, 0x1000);
    assert_int_equal(cck_model_home(model, A), -1);
    const step again[] = {
        {3, LOAD, A, 8, MEMORY | FIRST, 300}, /* a first touch again, by node 1 */
    };
    play(model, again, 1);
    assert_int_equal(cck_model_home(model, A), 1);
    cck_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_evicts_where_its_bits_point),
        cmocka_unit_test(a_hole_is_filled_first),
        cmocka_unit_test(a_set_is_in_the_order_of_use),
        cmocka_unit_test(reasons_of_misses),
        cmocka_unit_test(without_an_l2_the_l1_is_the_private_cache),
        cmocka_unit_test(an_inclusive_llc_takes_lines_back),
        cmocka_unit_test(an_exclusive_llc_holds_victims),
        cmocka_unit_test(two_llcs_are_apart),
        cmocka_unit_test(what_was_written_comes_from_the_llc_that_has_it),
        cmocka_unit_test(the_other_line_of_a_pair_is_fetched),
        cmocka_unit_test(streams_are_followed_both_ways),
        cmocka_unit_test(translations_miss_too),
        cmocka_unit_test(the_first_to_touch_a_page_is_its_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
