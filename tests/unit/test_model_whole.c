/* SPDX-License-Identifier: MIT */
/* The model in depth as a whole: its filter, copies, memory, and what it refuses. */
#include "model_script.h"
#include "rounds.h"

#include <string.h>

#include "probes/simulate/model/quick.h"

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

enum { BITS = 32 };

/* How often each bit of `did` was set, and all cycles. */
typedef struct totals {
    uint64_t bits[BITS];
    uint64_t cycles, skipped, quick, reused, reused_quietly, refilled_quietly;
} totals;

typedef struct request {
    uint32_t core, size;
    cck_access_kind kind;
    uint64_t address;
} request;

/* Mostly each core's own lines, often the same again, and some that all use: at any time, or one
 * core for long, which then writes all that others lost. */
static request next_access(uint64_t *random, unsigned turn)
{
    uint64_t bits = next_random(random);
    uint32_t core = turn & 1 ? turn >> 1 & 3 : bits & 3;
    uint64_t span = bits & 16 ? 256 : 0x3000;
    uint64_t base = (bits >> 5) % 8 ? 0x100000 * (core + 1) : 0x10000;
    return (request){
        .core = core,
        .size = bits >> 40 & 15 ? 8 : 24,
        .kind = (cck_access_kind)(CCK_ACCESS_FETCH + (bits >> 8) % 4),
        .address = base + (bits >> 16) % span,
    };
}

static bool is_filtered(cck_model *model, const request *wanted)
{
    cck_model_filter filter;
    assert_true(cck_model_filter_of(model, wanted->core, &filter));
    uint64_t line = wanted->address >> filter.line_bits;
    uint64_t last = (wanted->address + wanted->size - 1) >> filter.line_bits;
    if (wanted->kind == CCK_ACCESS_FETCH)
        return filter.fetch[line & filter.fetch_mask] == last;
    return (wanted->kind == CCK_ACCESS_LOAD ? filter.load
                                            : filter.store)[line & filter.data_mask] == last;
}

/* Who answers before the model is asked. */
typedef enum asked { MODEL_ALONE, FILTER, FILTER_AND_NOTES } asked;

/* A plain hit, though not of the line that was used last in its set. */
static bool is_quick(cck_model *model, const request *wanted)
{
    cck_model_filter filter;
    assert_true(cck_model_filter_of(model, wanted->core, &filter));
    uint64_t line = wanted->address >> filter.line_bits;
    if ((wanted->address + wanted->size - 1) >> filter.line_bits != line)
        return false;
    return wanted->kind == CCK_ACCESS_FETCH
               ? cck_quick_fetch(&filter, line)
               : cck_quick_data(&filter, line, wanted->kind != CCK_ACCESS_LOAD);
}

static void tell(totals *sum, cck_model *model, const cck_outcome *outcome, bool quiet)
{
    for (unsigned bit = 0; bit < BITS; bit++)
        sum->bits[bit] += outcome->did >> bit & 1;
    if (quiet && outcome->did & CCK_DID_SHARED)
        cck_model_quiet(model, outcome->shared);
}

/* What the reader asks before the whole model: L2 has the line, or it is shared and L1 has it. */
static bool is_short(totals *sum, cck_model *model, const request *wanted, bool quiet)
{
    uint32_t shared;
    uint64_t line = wanted->address / 64;
    bool writes = wanted->kind != CCK_ACCESS_LOAD;
    cck_model_filter filter;
    assert_true(cck_model_filter_of(model, wanted->core, &filter));
    if (!filter.data.notes || wanted->kind == CCK_ACCESS_FETCH || (wanted->address + wanted->size - 1) / 64 != line)
        return false;
    if (cck_model_refill(model, wanted->core, line, writes)) {
        sum->bits[__builtin_ctz(CCK_DID_MISS_L1)]++;
        sum->cycles += 14;
        return true;
    }
    cck_reuse reuse = cck_model_reuse(model, wanted->core, line, writes, &shared);
    if (reuse == CCK_REUSE_NOT)
        return false;
    assert_int_equal(cck_model_shared_line(model, shared), line * 64);
    sum->cycles += reuse == CCK_REUSE_REFILL ? 14 : 4;
    sum->bits[__builtin_ctz(CCK_DID_MISS_L1)] += reuse == CCK_REUSE_REFILL;
    sum->reused++;
    sum->reused_quietly += reuse == CCK_REUSE_QUIET;
    sum->refilled_quietly += reuse == CCK_REUSE_REFILL;
    if (reuse == CCK_REUSE_COUNT)
        tell(sum, model, &(cck_outcome){.did = CCK_DID_SHARED, .shared = shared}, quiet);
    return true;
}

/* `quiet`: a line of which it is told that it is shared is so from then on. */
static void add(totals *sum, cck_model *model, const request *wanted, asked first, bool quiet)
{
    cck_outcome outcome;
    if (first == FILTER_AND_NOTES && !is_filtered(model, wanted) && is_quick(model, wanted)) {
        assert_true(is_filtered(model, wanted)); /* from now on it is the last used */
        sum->quick++;
        sum->cycles += 4;
        return;
    }
    if (first != MODEL_ALONE && is_filtered(model, wanted)) {
        sum->skipped++;
        sum->cycles += 4;
        return;
    }
    if (first == FILTER_AND_NOTES && is_short(sum, model, wanted, quiet))
        return;
    cck_model_access(model, wanted->core, wanted->kind, wanted->address, wanted->size, &outcome);
    sum->cycles += outcome.cycles;
    if (wanted->kind == CCK_ACCESS_FETCH)
        outcome.did &= ~(uint32_t)CCK_DID_SHARED; /* code that is shared may pass the filter */
    tell(sum, model, &outcome, quiet);
}

static totals simulate(const cck_model_options *options, asked first)
{
    totals sum = {0};
    uint64_t random = 88172645463325252u;
    cck_model *model = model_of(options);
    for (unsigned i = 1, rounds = rounds_of(60000); i <= rounds; i++) {
        request wanted = next_access(&random, i / 4096);
        add(&sum, model, &wanted, first, i % 5 == 0);
        if (i % 9000 == 0)
            cck_model_forget(model, 0x100000, 0x1000);
    }
    cck_model_free(model);
    return sum;
}

static uint64_t all_reused, all_reused_quietly, all_refilled; /* few of each model */

static void compare(const cck_model_options *options, asked first, unsigned how)
{
    totals with = simulate(options, first), without = simulate(options, MODEL_ALONE);
    assert_true(with.skipped > 1000);
    assert_int_equal(with.quick > 100, first == FILTER_AND_NOTES);
    all_reused += with.reused;
    all_reused_quietly += with.reused_quietly;
    all_refilled += with.refilled_quietly;
    with.skipped = with.quick = with.reused = with.reused_quietly = with.refilled_quietly = 0;
    if (!memcmp(&with, &without, sizeof with))
        return;
    for (unsigned bit = 0; bit < BITS; bit++)
        if (with.bits[bit] != without.bits[bit])
            print_message("bit %u: %lu, %lu\n", bit, with.bits[bit], without.bits[bit]);
    fail_msg("with the filter the numbers of model %u differ", how);
}

static void what_the_filter_takes_changes_nothing(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 96; how++) {
        cck_model_options options = plain;
        options.coherent = how % 8 != 7;
        options.llc = (cck_llc_kind)(how % 3);
        options.replace_l1 = options.replace_l2 = how & 1 ? CCK_REPLACE_TREE_PLRU : CCK_REPLACE_LRU;
        options.adjacent_prefetch = options.stream_prefetch = how & 2;
        if (how & 4)
            options.tlb_data = options.tlb_instruction = (cck_tlb_shape){4, 2};
        options.cores_per_ll = how & 8 ? 2 : 0;
        options.nodes = 2;
        if (how & 16)
            options.d1.size = options.i1.size = 8192, options.l2.size = options.ll.size = 16384;
        if (how & 32) /* one way: what is displaced is what was in the filter */
            options.d1.ways = options.i1.ways = 1;
        compare(&options, FILTER, how);
    }
}

/* Notes are for L1s of whole vectors of ways, in LRU order, of which nobody has to see all. */
static void what_notes_answer_changes_nothing(void **state)
{
    (void)state;
    static const uint32_t ways[] = {3, 8, 16};
    for (unsigned how = 0; how < 48; how++) {
        cck_model_options options = plain;
        options.explain_l1 = false;
        options.d1.ways = options.i1.ways = ways[how % 3];
        options.d1.size = options.i1.size = 64 * 8 * ways[how % 3];
        options.l2.size = options.ll.size = 16384;
        options.llc = how & 1 ? CCK_LLC_EXCLUSIVE : CCK_LLC_INDEPENDENT;
        options.explain = how & 2;
        options.adjacent_prefetch = options.stream_prefetch = how & 4;
        options.cores_per_ll = how & 8 ? 2 : 0;
        options.replace_l2 = how & 16 ? CCK_REPLACE_TREE_PLRU : CCK_REPLACE_LRU;
        compare(&options, FILTER_AND_NOTES, how);
    }
    assert_true(all_reused > 1000);
    assert_true(all_reused_quietly > 1000);
    assert_true(all_refilled > 100);
}

static uint32_t did(cck_model *model, uint32_t core, cck_access_kind kind, uint32_t *out_shared)
{
    cck_outcome outcome;
    cck_model_access(model, core, kind, 0x10000, 8, &outcome);
    *out_shared = outcome.shared;
    return outcome.did;
}

/* Until it is lost, or taken from others, it is told of as nobody else's. */
static void a_quiet_line_wakes(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.explain_l1 = false;
    cck_model *model = model_of(&options);
    uint32_t line;
    did(model, 0, CCK_ACCESS_STORE, &line);
    assert_true(did(model, 1, CCK_ACCESS_STORE, &line) & CCK_DID_SHARED);
    cck_model_quiet(model, line);
    assert_int_equal(did(model, 1, CCK_ACCESS_LOAD, &line), 0);
    assert_int_equal(did(model, 1, CCK_ACCESS_STORE, &line), 0);
    uint32_t lost = did(model, 0, CCK_ACCESS_LOAD, &line);
    assert_true(lost & CCK_WHY_TRUE_SHARING && lost & CCK_DID_SHARED);
    assert_int_equal(did(model, 1, CCK_ACCESS_LOAD, &line), CCK_DID_SHARED);
    cck_model_quiet(model, line);
    assert_int_equal(did(model, 1, CCK_ACCESS_LOAD, &line), 0);
    uint32_t upgraded = did(model, 1, CCK_ACCESS_STORE, &line);
    assert_true(upgraded & CCK_DID_UPGRADE && upgraded & CCK_DID_SHARED);
    assert_int_equal(did(model, 1, CCK_ACCESS_LOAD, &line), CCK_DID_SHARED);
    cck_model_free(model);
}

/* Where they could not be true, there are none. */
static void notes_are_left_out_where_they_would_lie(void **state)
{
    (void)state;
    cck_model_options good = plain;
    good.explain_l1 = false;
    good.d1 = good.i1 = (cck_shape){2048, 4, 64};
    assert_true(simulate(&good, FILTER_AND_NOTES).quick > 100);
    cck_model_options bad[] = {good, good, good, good, good, good};
    bad[0].replace_l1 = CCK_REPLACE_TREE_PLRU;
    bad[1].tlb_data = bad[1].tlb_instruction = (cck_tlb_shape){4, 2};
    bad[2].llc = CCK_LLC_INCLUSIVE;
    bad[3].explain_l1 = true;
    bad[4].coherent = false;
    bad[5].d1 = bad[5].i1 = (cck_shape){64 * 8 * 20, 20, 64};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (simulate(&bad[i], FILTER_AND_NOTES).quick)
            fail_msg("case %zu has notes", i);
}

static void a_clone_goes_on_alike_and_apart(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.tlb_data = options.tlb_instruction = (cck_tlb_shape){4, 2};
    options.tlb2 = (cck_tlb_shape){16, 4};
    options.replace_l2 = CCK_REPLACE_TREE_PLRU;
    options.adjacent_prefetch = options.stream_prefetch = true;
    uint64_t random = 88172645463325252u;
    totals first = {0}, second = {0}, third = {0};
    cck_model *model = model_of(&options);
    for (unsigned i = 0; i < 20000; i++) {
        request wanted = next_access(&random, i);
        add(&first, model, &wanted, MODEL_ALONE, false);
    }
    cck_model *clone = cck_model_clone(model), *other = cck_model_clone(model);
    assert_non_null(clone);
    assert_non_null(other);
    assert_int_equal(cck_model_footprint(clone), cck_model_footprint(model));
    first = (totals){0};
    for (unsigned i = 0; i < 20000; i++) {
        request wanted = next_access(&random, i);
        add(&first, model, &wanted, MODEL_ALONE, false);
        add(&second, clone, &wanted, FILTER, false);
    }
    second.skipped = 0;
    assert_memory_equal(&first, &second, sizeof first);
    assert_int_equal(cck_model_shared_count(clone), cck_model_shared_count(model));
    /* `other` is as old as it was: it differs from a model that went on */
    request wanted = {.core = 3, .kind = CCK_ACCESS_LOAD, .address = 0x7000000, .size = 8};
    add(&third, model, &wanted, MODEL_ALONE, false);
    cck_model_free(model);
    add(&third, other, &wanted, MODEL_ALONE, false);
    add(&third, clone, &wanted, MODEL_ALONE, false);
    assert_int_equal(third.bits[12], 3); /* CCK_WHY_COMPULSORY each time */
    cck_model_free(clone);
    cck_model_free(other);
}

static void forgotten_lines_are_new(void **state)
{
    (void)state;
    enum { A = 0x10000 };
    const step before[] = {
        {0, STORE, A, 8, MEMORY | FIRST, 0},
        {1, LOAD, A, 8, MISSED | FIRST | TRANSFER, 0},
        {0, STORE, A, 8, UPGRADE, 0},
        {0, STORE, A + 64, 8, MEMORY | FIRST, 0},
        {0, STORE, A + 0x2000, 8, MEMORY | FIRST, 0},
    };
    const step after[] = {
        {0, LOAD, A + 64, 8, 0, 0}, /* only part of it was forgotten */
        {0, LOAD, A, 8, MEMORY | FIRST, 0},
        {0, STORE, A, 8, 0, 0}, /* its own again: E to M */
        {1, LOAD, A, 8, MISSED | FIRST | TRANSFER, 0},
        {0, LOAD, A + 0x2000, 8, MEMORY | FIRST, 0},
    };
    cck_model *model = model_of(&plain);
    cck_outcome outcome;
    play(model, before, sizeof before / sizeof *before);
    cck_model_forget(model, A, 64 + 63);
    cck_model_forget(model, A + 0x1000, UINT64_C(1) << 46);
    cck_model_forget(model, A, 0);
    play(model, after, sizeof after / sizeof *after);
    assert_int_equal(cck_model_shared_count(model), 1); /* it keeps its number */
    cck_model_access(model, 0, CCK_ACCESS_LOAD, A, 8, &outcome);
    assert_int_equal(outcome.shared, 0);
    cck_model_free(model);
}

/* An eighth of what is touched, as much as it for what goes back and forth, and little else. */
static void memory_is_as_promised(void **state)
{
    (void)state;
    enum { TOUCHED = 32 << 20 };
    cck_outcome outcome;
    cck_model_options options = plain;
    options.d1 = options.i1 = (cck_shape){32768, 8, 64};
    options.l2 = (cck_shape){1 << 20, 16, 64};
    options.ll = (cck_shape){32 << 20, 16, 64};
    cck_model *model = model_of(&options);
    for (uint32_t core = 0; core < 4; core++)
        cck_model_access(model, core, CCK_ACCESS_LOAD, 64, 8, &outcome);
    size_t empty = cck_model_footprint(model);
    assert_true(empty < 8 << 20);
    for (uint64_t at = 0; at < TOUCHED; at += 64)
        cck_model_access(model, 0, CCK_ACCESS_STORE, 0x10000000 + at, 8, &outcome);
    assert_true(cck_model_footprint(model) - empty < TOUCHED / 7);
    for (uint32_t core = 1; core < 3; core++)
        for (uint64_t at = 0; at < TOUCHED; at += 64)
            cck_model_access(model, core, CCK_ACCESS_STORE, 0x10000000 + at, 8, &outcome);
    assert_true(cck_model_footprint(model) - empty < TOUCHED + TOUCHED / 8);
    assert_int_equal(cck_model_shared_count(model), TOUCHED / 64 + 1);
    cck_model_free(model);
}

static void more_cores_than_can_be_active_share(void **state)
{
    (void)state;
    cck_model_options options = plain;
    options.cores = 200;
    cck_model *model = model_of(&options);
    cck_outcome outcome;
    for (uint32_t core = 0; core < 300; core++)
        cck_model_access(model, core, CCK_ACCESS_MODIFY, 0x1000, 8, &outcome);
    assert_int_equal(outcome.did & CCK_WHY_TRUE_SHARING, CCK_WHY_TRUE_SHARING);
    cck_model_access(model, UINT32_MAX, CCK_ACCESS_LOAD, UINT64_MAX, 8, &outcome);
    assert_int_equal(outcome.did, 0);
    cck_model_access(model, 0, CCK_ACCESS_LOAD, UINT64_C(1) << 47, 8, &outcome);
    assert_int_equal(outcome.did, 0);
    cck_model_free(model);
}

static void impossible_models_have_faults(void **state)
{
    (void)state;
    cck_model_options good = plain;
    cck_model_defaults(&good);
    assert_null(cck_model_fault(&good));
    cck_model_options bad[14];
    for (size_t i = 0; i < 14; i++)
        bad[i] = good;
    bad[0].d1.size = 0;
    bad[1].ll.line = 128;
    bad[2].cores = 0;
    bad[3].cores = 1025;
    bad[4].nodes = 5;
    bad[5].replace_l1 = CCK_REPLACE_TREE_PLRU, bad[5].d1 = (cck_shape){1344, 3, 64};
    bad[6].llc = CCK_LLC_INCLUSIVE, bad[6].ll.size = 2048;
    bad[7].l2.size = 0, bad[7].stream_prefetch = true;
    bad[8].tlb_data = (cck_tlb_shape){10, 4};
    bad[9].tlb2 = (cck_tlb_shape){10, 0};
    bad[10].page_bytes = 5000;
    bad[11].address_bits = 65;
    bad[12].address_bits = 0;
    bad[13].l2.ways = 0;
    for (size_t i = 0; i < 14; i++)
        if (!cck_model_fault(&bad[i]))
            fail_msg("%zu has no fault", i);
}

static void odd_sets_allow_no_filter(void **state)
{
    (void)state;
    cck_model_options options = plain;
    cck_model_filter filter;
    options.d1 = (cck_shape){64 * 12 * 2, 2, 64};
    cck_model *model = model_of(&options);
    assert_false(cck_model_filter_of(model, 0, &filter));
    cck_model_free(model);
    cck_model_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_filter_takes_changes_nothing),
        cmocka_unit_test(what_notes_answer_changes_nothing),
        cmocka_unit_test(a_quiet_line_wakes),
        cmocka_unit_test(notes_are_left_out_where_they_would_lie),
        cmocka_unit_test(a_clone_goes_on_alike_and_apart),
        cmocka_unit_test(forgotten_lines_are_new),
        cmocka_unit_test(memory_is_as_promised),
        cmocka_unit_test(more_cores_than_can_be_active_share),
        cmocka_unit_test(impossible_models_have_faults),
        cmocka_unit_test(odd_sets_allow_no_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
