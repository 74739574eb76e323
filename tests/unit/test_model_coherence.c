/* SPDX-License-Identifier: MIT */
/* MESI and the classes of coherence misses, worked out by hand. */
#include "model_script.h"
#include "rounds.h"

#include "probes/simulate/model/deep/machine.h"

/* Sets: I1 and D1 8, L2 16, LLC 32. */
static const cck_model_options quad = {
    .i1 = {1024, 2, 64},
    .d1 = {1024, 2, 64},
    .l2 = {4096, 4, 64},
    .ll = {16384, 8, 64},
    .cores = 4,
    .coherent = true,
    .explain = true,
    .explain_l1 = true,
};

enum { A = 0x1000, B = 0x1040 };

static void each_transition_of_mesi(void **state)
{
    (void)state;
    const step steps[] = {
        {0, LOAD, A, 8, MEMORY | FIRST, 300},            /* I to E */
        {0, LOAD, A, 8, 0, 4},                           /* E */
        {0, STORE, A, 8, 0, 4},                          /* E to M, nobody is told */
        {0, STORE, A, 8, 0, 4},                          /* M */
        {1, LOAD, A, 8, MISSED | FIRST | TRANSFER, 120}, /* M to S, I to S */
        {0, LOAD, A, 8, SHARED, 4},                      /* S */
        {2, LOAD, A, 8, MISSED | FIRST | SHARED, 60},    /* I to S, from the LLC */
        {0, STORE, A, 8, UPGRADE, 100},                  /* S to M, S to I twice */
        {0, STORE, A, 8, SHARED, 4},                     /* M */
        {1, LOAD, A, 8, MISSED | TRULY | TRANSFER, 120}, /* I to S, M to S */
        {3, STORE, A, 8, MISSED | FIRST | SHARED | CCK_DID_INVALIDATE, 60},    /* I to M, S to I */
        {2, STORE, A, 8, MISSED | TRULY | TRANSFER | CCK_DID_INVALIDATE, 120}, /* M to I */
        {2, LOAD, A, 8, SHARED, 4},
        {3, LOAD, A, 8, MISSED | TRULY | TRANSFER, 120},
        {3, MODIFY, A, 8, UPGRADE, 100}, /* an atomic asks for ownership */
        {0, LOAD, B, 8, MEMORY | FIRST, 300},
        {1, LOAD, B, 8, MISSED | FIRST | TRANSFER, 120}, /* E to S */
        {0, LOAD, B, 8, SHARED, 4},
        {2, STORE, B, 8, MISSED | FIRST | SHARED | CCK_DID_INVALIDATE, 60},
    };
    run(&quad, steps, sizeof steps / sizeof *steps);
}

static void an_exclusive_line_is_lost_to_a_write(void **state)
{
    (void)state;
    const step steps[] = {
        {0, LOAD, A, 8, MEMORY | FIRST, 0}, /* E */
        {1, STORE, A, 8, MISSED | FIRST | TRANSFER | CCK_DID_INVALIDATE, 120},
        {0, STORE, A, 8, MISSED | TRULY | TRANSFER | CCK_DID_INVALIDATE, 120},
        {0, FETCH, A, 8, CCK_DID_MISS_L1 | SHARED | CCK_WHY_L1_CAPACITY, 14}, /* L2 has it */
        {1, FETCH, A, 8, MISSED | TRULY | TRANSFER, 120},
    };
    run(&quad, steps, sizeof steps / sizeof *steps);
}

static void bytes_tell_false_sharing_from_true(void **state)
{
    (void)state;
    const step steps[] = {
        {0, STORE, A, 8, MEMORY | FIRST, 0},
        {1, STORE, A + 8, 8, MISSED | FIRST | TRANSFER | CCK_DID_INVALIDATE, 0},
        {0, STORE, A, 8, MISSED | FALSELY | TRANSFER | CCK_DID_INVALIDATE, 0},
        {1, LOAD, A + 8, 8, MISSED | FALSELY | TRANSFER, 0},
        {1, LOAD, A + 8, 8, SHARED, 0},
        /* reads what the other wrote: the miss was essential after all, once */
        {1, LOAD, A + 4, 8, SHARED | CCK_WHY_ESSENTIAL, 0},
        {1, LOAD, A + 4, 8, SHARED, 0},
        /* all that was written since the loss counts, not the write that took the line */
        {0, STORE, A, 4, UPGRADE, 0},
        {0, STORE, A + 32, 4, SHARED, 0},
        {1, LOAD, A + 34, 1, MISSED | TRULY | TRANSFER, 0},
        {1, LOAD, A, 4, SHARED, 0}, /* a true sharing miss was essential at once */
        /* one byte apart */
        {0, STORE, A + 20, 1, UPGRADE, 0},
        {1, STORE, A + 21, 1, MISSED | FALSELY | TRANSFER | CCK_DID_INVALIDATE, 0},
        {0, STORE, A + 20, 1, MISSED | FALSELY | TRANSFER | CCK_DID_INVALIDATE, 0},
        /* a store over them tells nothing to the core that does it: not essential */
        {1, STORE, A + 24, 1, MISSED | FALSELY | TRANSFER | CCK_DID_INVALIDATE, 0},
        {1, STORE, A + 20, 1, SHARED, 0},
        {1, MODIFY, A + 20, 1, SHARED | CCK_WHY_ESSENTIAL, 0},
    };
    run(&quad, steps, sizeof steps / sizeof *steps);
}

static void bytes_of_three_writers_add_up(void **state)
{
    (void)state;
    const uint32_t lost = MISSED | TRANSFER | CCK_DID_INVALIDATE;
    const step steps[] = {
        {0, STORE, A, 1, MEMORY | FIRST, 0},
        {1, STORE, A + 1, 1, lost | FIRST, 0},
        {2, STORE, A + 2, 1, lost | FIRST, 0},
        {3, STORE, A + 3, 1, lost | FIRST, 0},
        {0, LOAD, A + 2, 1, MISSED | TRULY | TRANSFER, 0},
        {1, LOAD, A + 1, 1, MISSED | FALSELY | SHARED, 0},
        {1, LOAD, A + 3, 1, SHARED | CCK_WHY_ESSENTIAL, 0},
        {2, LOAD, A, 2, MISSED | FALSELY | SHARED, 0}, /* written before it had the line */
    };
    run(&quad, steps, sizeof steps / sizeof *steps);
}

static void a_line_lost_by_eviction_is_no_coherence_miss(void **state)
{
    (void)state;
    const step steps[] = {
        {0, LOAD, A, 8, MEMORY | FIRST, 0},
        {1, LOAD, A, 8, MISSED | FIRST | TRANSFER, 0},
        /* four more lines of its L2 set (1024 apart): D1 keeps two, L2 four */
        {0, LOAD, A + 0x400, 8, MEMORY | FIRST, 0},
        {0, LOAD, A + 0x800, 8, MEMORY | FIRST, 0},
        {0, LOAD, A + 0xc00, 8, MEMORY | FIRST, 0},
        {0, LOAD, A + 0x1000, 8, MEMORY | FIRST, 0},
        {1, STORE, A, 8, CCK_DID_UPGRADE | SHARED, 100}, /* shared still, but nobody has it */
        {0, LOAD, A, 8, MISSED | CONFLICT | TRANSFER, 0},
    };
    run(&quad, steps, sizeof steps / sizeof *steps);
}

static void an_access_over_two_shared_lines_names_both(void **state)
{
    (void)state;
    cck_model *model = model_of(&quad);
    cck_outcome outcome;
    const step steps[] = {
        {0, STORE, B - 4, 8, MEMORY | FIRST | CCK_DID_STRADDLE, 300},
        {1, LOAD, B, 4, MISSED | FIRST | TRANSFER, 0},
        {1, STORE, A, 4, MISSED | FIRST | TRANSFER | CCK_DID_INVALIDATE, 0},
    };
    play(model, steps, 3);
    cck_model_access(model, 0, CCK_ACCESS_STORE, B - 4, 8, &outcome);
    /* A is lost to a write of other bytes; B is here, shared */
    assert_int_equal(outcome.did, MISSED | FALSELY | TRANSFER | UPGRADE | CCK_DID_STRADDLE);
    assert_int_equal(outcome.cycles, 120);
    assert_int_equal(cck_model_shared_count(model), 2);
    assert_int_equal(outcome.shared, 1);
    assert_int_equal(outcome.shared_next, 0);
    assert_int_equal(cck_model_shared_line(model, 0), B);
    assert_int_equal(cck_model_shared_line(model, 1), A);
    cck_model_access(model, 1, CCK_ACCESS_LOAD, A, 4, &outcome);
    assert_int_equal(outcome.shared, 1);
    assert_int_equal(outcome.shared_next, UINT32_MAX);
    cck_model_free(model);
}

static void lines_of_other_sizes_have_masks_too(void **state)
{
    (void)state;
    cck_model_options wide = quad;
    wide.i1.line = wide.d1.line = wide.l2.line = wide.ll.line = 128; /* two bytes a bit */
    const step steps[] = {
        {0, STORE, A, 2, MEMORY | FIRST, 0},
        {1, STORE, A + 126, 2, MISSED | FIRST | TRANSFER | CCK_DID_INVALIDATE, 0},
        {0, LOAD, A, 126, MISSED | FALSELY | TRANSFER, 0},
        {0, LOAD, A + 127, 1, SHARED | CCK_WHY_ESSENTIAL, 0},
    };
    run(&wide, steps, sizeof steps / sizeof *steps);
}

static bool holds(const cck_private *core, const cck_place *place)
{
    return cck_level_has(&core->d1, place->number, place->id) ||
           cck_level_has(&core->i1, place->number, place->id) ||
           cck_level_has(&core->l2, place->number, place->id);
}

/* The directory tells the truth, and of a line that is owned there is one copy. */
static void check_line(const cck_model *model, const cck_place *place)
{
    uint64_t holders = 0, told = 0;
    for (uint32_t slot = 0; slot < model->actives; slot++)
        holders |= (uint64_t)holds(model->active[slot], place) << slot;
    if (place->line->flags & CCK_LINE_SHARED) {
        const cck_line_shared *shared = cck_lines_shared(&model->lines, place->line);
        told = shared->holders;
        if (shared->owner)
            assert_int_equal(told, UINT64_C(1) << (shared->owner - 1));
        else
            assert_false(shared->modified);
        assert_int_equal(shared->id, place->id);
    } else if (place->line->flags & CCK_LINE_HELD) {
        told = UINT64_C(1) << (place->line->owner - 1);
    }
    assert_int_equal(holders, told);
    if (model->options.llc == CCK_LLC_INCLUSIVE && holders && !model->options.cores_per_ll)
        assert_true(cck_level_has(model->groups[0], place->number, place->id));
}

static void check_directory(const cck_model *model)
{
    cck_place place;
    for (uint32_t page = 1; page <= model->lines.pages.count; page++)
        for (uint32_t i = 0; i < UINT32_C(1) << model->lines.index_bits; i++) {
            cck_lines_place(&model->lines, page << model->lines.index_bits | i, &place);
            check_line(model, &place);
        }
}

static void the_directory_stays_true(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 24; how++) {
        cck_model_options options = quad;
        options.llc = (cck_llc_kind)(how % 3);
        options.cores_per_ll = how & 1 ? 2 : 0;
        options.adjacent_prefetch = options.stream_prefetch = how & 2;
        options.replace_l1 = options.replace_l2 = options.replace_ll =
            how & 4 ? CCK_REPLACE_TREE_PLRU : CCK_REPLACE_LRU;
        if (how > 15)
            options.l2.size = 0, options.adjacent_prefetch = options.stream_prefetch = false;
        cck_model *model = model_of(&options);
        uint64_t random = 88172645463325252u + how;
        for (unsigned i = 1, rounds = rounds_of(20000); i <= rounds; i++) {
            uint64_t bits = next_random(&random);
            cck_outcome outcome;
            cck_model_access(model, bits & 3, (cck_access_kind)(1 + (bits >> 8) % 4),
                             0x10000 + (bits >> 16) % 0x6000, 1 + (bits >> 40 & 31), &outcome);
            if (i % 4096 == 0)
                cck_model_forget(model, 0x10000 + (bits >> 20) % 0x6000, 0x1234);
            if (i % 1000 == 0)
                check_directory(model);
        }
        cck_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_transition_of_mesi),
        cmocka_unit_test(an_exclusive_line_is_lost_to_a_write),
        cmocka_unit_test(bytes_tell_false_sharing_from_true),
        cmocka_unit_test(bytes_of_three_writers_add_up),
        cmocka_unit_test(a_line_lost_by_eviction_is_no_coherence_miss),
        cmocka_unit_test(an_access_over_two_shared_lines_names_both),
        cmocka_unit_test(lines_of_other_sizes_have_masks_too),
        cmocka_unit_test(the_directory_stays_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
