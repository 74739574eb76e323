/* SPDX-License-Identifier: MIT */
/* From samples to numbers, sizes, noise and sentences: on made-up samples, curves and matrices. No
 * test here times anything. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/machine/conclude.h"
#include "core/machine/curve.h"
#include "core/machine/noise.h"
#include "core/machine/samples.h"

/* ---- samples ---- */

static cck_samples made_samples(const double *values, size_t count, size_t a_round)
{
    cck_samples samples = {0};
    for (size_t i = 0; i < count; i++) {
        if (i % a_round == 0)
            cck_samples_round(&samples);
        cck_samples_add(&samples, values[i]);
    }
    return samples;
}

static void quartiles_are_those_of_the_textbook(void **state)
{
    static const double values[] = {9, 1, 8, 2, 7, 3, 6, 4, 5};
    cck_samples samples = made_samples(values, 9, 9);
    cck_samples_drop(&samples);
    cck_figure figure = cck_samples_figure(&samples, NULL);
    (void)state;
    assert_float_equal(figure.median, 5, 1e-12);
    assert_float_equal(figure.low, 3, 1e-12);
    assert_float_equal(figure.high, 7, 1e-12);
    assert_int_equal(figure.samples, 9);
    assert_int_equal(figure.dropped, 1);
    assert_null(figure.unknown);
    assert_float_equal(cck_figure_spread(&figure), 0.4, 1e-12);
    cck_samples_clear(&samples);
}

static void one_interruption_does_not_move_the_median(void **state)
{
    double values[100];
    (void)state;
    for (int i = 0; i < 100; i++)
        values[i] = 50 + i % 2;
    values[17] = 4e6; /* a scheduler's tick */
    cck_samples samples = made_samples(values, 100, 100);
    cck_figure figure = cck_samples_figure(&samples, NULL);
    assert_true(figure.median >= 50 && figure.median <= 51);
    assert_false(cck_figure_noisy(&figure));
    cck_samples_clear(&samples);
}

/* Each round is steady, but they differ: quartiles alone of many equal samples might not tell. */
static void rounds_that_differ_are_drift(void **state)
{
    double values[90];
    (void)state;
    for (int i = 0; i < 90; i++)
        values[i] = i < 60 ? 100 : 130;
    cck_samples samples = made_samples(values, 90, 30);
    cck_figure figure = cck_samples_figure(&samples, NULL);
    assert_float_equal(figure.median, 100, 1e-9);
    assert_float_equal(figure.drift, 0.3, 1e-9);
    assert_true(cck_figure_noisy(&figure));
    cck_samples_clear(&samples);
}

static void too_few_samples_are_no_number(void **state)
{
    static const double values[] = {1, 2};
    cck_samples samples = made_samples(values, 2, 2), none = {0};
    (void)state;
    cck_figure figure = cck_samples_figure(&samples, "the CPU was busy");
    assert_int_equal(figure.samples, 0);
    assert_string_equal(figure.unknown, "the CPU was busy");
    figure = cck_samples_figure(&none, NULL);
    assert_non_null(figure.unknown);
    assert_float_equal(cck_figure_spread(&figure), 0, 0);
    cck_samples_clear(&samples);
}

static void medians_of_nothing_and_of_pairs(void **state)
{
    double pair[] = {3, 1};
    (void)state;
    assert_float_equal(cck_median(NULL, 0), 0, 0);
    assert_float_equal(cck_median(pair, 2), 2, 1e-12);
    assert_float_equal(cck_quantile(pair, 2, 1), 3, 1e-12);
}

/* ---- the curve ---- */

enum { POINTS = 64 };

typedef struct made_level {
    uint64_t size; /* 0: memory */
    double ns;
    double blur; /* octaves from where the misses begin to where all miss */
} made_level;

/* Four sizes an octave from 4 KiB on; `noise` is the largest share that a point is too long. */
static size_t made_curve(const made_level *levels, double noise, cck_curve_point *out)
{
    uint32_t random = 12345;
    for (size_t i = 0; i < POINTS; i++) {
        double octave = 12 + (double)i / 4, ns = levels[0].ns;
        for (const made_level *level = levels; level->size; level++) {
            double over = octave - log2((double)level->size);
            double share = over <= 0 ? 0 : level->blur > 0 ? over / level->blur : 1;
            ns += (level[1].ns - level->ns) * (share > 1 ? 1 : share);
        }
        random = random * 1664525u + 1013904223u;
        ns *= 1 + noise * (double)(random >> 8) / (1 << 24);
        out[i] = (cck_curve_point){
            .bytes = (uint64_t)llround(exp2(octave)),
            .latency = {.median = ns, .low = ns, .high = ns, .samples = 9},
        };
    }
    return POINTS;
}

static void expect_level(const cck_measured_cache *level, uint64_t size)
{
    if (level->at_least > size * 5 / 4 || level->below < size * 4 / 5)
        fail_msg("level %u: %llu to %llu, but it was made of %llu", level->level,
                 (unsigned long long)level->at_least, (unsigned long long)level->below,
                 (unsigned long long)size);
}

static void three_caches_and_memory_are_found(void **state)
{
    static const made_level levels[] = {
        {32 << 10, 1.3, 0}, {512 << 10, 3.7, 0}, {32 << 20, 15, 0.5}, {0, 110, 0}};
    (void)state;
    for (int noise = 0; noise <= 10; noise += 5) {
        cck_curve_point points[POINTS];
        cck_measured_cache found[CCK_CURVE_LEVELS];
        size_t count =
            cck_curve_levels(points, made_curve(levels, noise / 100.0, points), found);
        assert_int_equal(count, 4);
        expect_level(&found[0], 32 << 10);
        expect_level(&found[1], 512 << 10);
        expect_level(&found[2], 32 << 20);
        assert_int_equal(found[3].below, 0);
        assert_true(found[3].latency.median >= 100 && found[3].latency.median <= 130);
        assert_int_equal(found[2].level, 3);
    }
}

static void odd_sizes_are_found(void **state)
{
    static const made_level levels[] = {
        {48 << 10, 1.1, 0}, {1280 << 10, 4, 0.3}, {24 << 20, 20, 1}, {0, 90, 0}};
    cck_curve_point points[POINTS];
    cck_measured_cache found[CCK_CURVE_LEVELS];
    (void)state;
    assert_int_equal(cck_curve_levels(points, made_curve(levels, 0.03, points), found), 4);
    expect_level(&found[0], 48 << 10);
    expect_level(&found[1], 1280 << 10);
    expect_level(&found[2], 24 << 20);
}

static void a_machine_without_l3_has_two_caches(void **state)
{
    static const made_level levels[] = {{64 << 10, 1, 0}, {1 << 20, 6, 0}, {0, 120, 0}};
    cck_curve_point points[POINTS];
    cck_measured_cache found[CCK_CURVE_LEVELS];
    (void)state;
    assert_int_equal(cck_curve_levels(points, made_curve(levels, 0.05, points), found), 3);
    expect_level(&found[1], 1 << 20);
}

static void a_flat_curve_shows_no_cache(void **state)
{
    static const made_level levels[] = {{0, 50, 0}};
    cck_curve_point points[POINTS];
    cck_measured_cache found[CCK_CURVE_LEVELS];
    (void)state;
    assert_int_equal(cck_curve_levels(points, made_curve(levels, 0.08, points), found), 1);
    assert_int_equal(found[0].below, 0);
    assert_int_equal(cck_curve_levels(points, 0, found), 0);
    assert_int_equal(cck_curve_levels(points, 2, found), 0);
}

/* A burst of noise on some points is not a level, and unknown points are passed over. */
static void spikes_and_gaps_do_not_make_levels(void **state)
{
    static const made_level levels[] = {{32 << 10, 1.3, 0}, {8 << 20, 5, 0}, {0, 100, 0}};
    cck_curve_point points[POINTS];
    cck_measured_cache found[CCK_CURVE_LEVELS];
    (void)state;
    made_curve(levels, 0, points);
    points[20].latency.median = points[20].latency.low = 40;
    points[21].latency.median = points[21].latency.low = 30;
    points[5].latency = (cck_figure){.unknown = "busy"};
    assert_int_equal(cck_curve_levels(points, POINTS, found), 3);
    expect_level(&found[0], 32 << 10);
    expect_level(&found[1], 8 << 20);
}

static void sizes_are_compared_with_the_topology(void **state)
{
    static const cck_cache caches[] = {
        {.level = 1, .kind = CCK_CACHE_DATA, .size = 32 << 10},
        {.level = 1, .kind = CCK_CACHE_INSTRUCTION, .size = 64 << 10},
        {.level = 2, .kind = CCK_CACHE_UNIFIED, .size = 512 << 10},
    };
    const cck_machine_info machine = {.caches = caches, .cache_count = 3};
    cck_measured_cache levels[] = {
        {.level = 1, .at_least = 32 << 10, .below = 38 << 10},
        {.level = 2, .at_least = 128 << 10, .below = 152 << 10},
        {.level = 3, .at_least = 1 << 20, .below = 2 << 20},
        {.level = 4, .at_least = 64 << 20},
    };
    (void)state;
    cck_curve_compare(levels, 4, &machine);
    assert_int_equal(levels[0].modelled, 32 << 10);
    assert_true(cck_curve_agrees(&levels[0]));
    assert_int_equal(levels[1].modelled, 512 << 10);
    assert_false(cck_curve_agrees(&levels[1]));
    assert_int_equal(levels[2].modelled, 0);
    assert_false(cck_curve_agrees(&levels[2]));
    assert_int_equal(levels[3].modelled, 0);
}

/* ---- noise ---- */

static void proc_stat_is_read(void **state)
{
    cck_cpu_time time = {0};
    (void)state;
    assert_true(cck_cpu_time_parse("cpu  100 10 50 800 20 5 5 10 0 0\ncpu0 1 2 3\n", 100, &time));
    assert_float_equal(time.busy, 1.7, 1e-9);
    assert_float_equal(time.steal, 0.1, 1e-9);
    assert_float_equal(time.total, 10, 1e-9);
    assert_true(cck_cpu_time_parse("cpu  1 2 3 4\n", 100, &time)); /* Linux 2.4 */
    assert_false(cck_cpu_time_parse("", 100, &time));
    assert_false(cck_cpu_time_parse("cpu0 1 2 3 4", 100, &time));
    assert_false(cck_cpu_time_parse("cpu  1 2", 100, &time));
}

/* Two CPUs for ten seconds; the figures and loops are steady. */
static cck_noise_evidence quiet(void)
{
    static const double spins[] = {30000, 30010, 30200};
    static const cck_figure figures[] = {
        {.median = 50, .low = 49, .high = 51, .samples = 100, .dropped = 1},
        {.median = 80, .low = 79, .high = 82, .samples = 100},
        {.unknown = "the same CPU"},
    };
    return (cck_noise_evidence){
        .before = {.known = true, .total = 100, .busy = 10, .own = 1},
        .after = {.known = true, .total = 120, .busy = 19.5, .own = 10.4},
        .spins = spins,
        .spin_count = 3,
        .figures = figures,
        .figure_count = 3,
    };
}

static size_t reasons_of(const cck_noise_evidence *evidence, const char *word)
{
    cck_arena arena = {0};
    const char *remarks[CCK_NOISE_REMARKS];
    cck_noise noise = cck_noise_judge(evidence);
    size_t count = cck_noise_explain(&noise, &arena, remarks);
    assert_int_equal(noise.noisy, count > 0);
    if (word) {
        assert_int_equal(count, 1);
        if (!strstr(remarks[0], word))
            fail_msg("\"%s\" does not say \"%s\"", remarks[0], word);
    }
    cck_arena_clear(&arena);
    return count;
}

static void a_quiet_machine_is_called_quiet(void **state)
{
    cck_noise_evidence evidence = quiet();
    cck_noise noise = cck_noise_judge(&evidence);
    (void)state;
    assert_int_equal(reasons_of(&evidence, NULL), 0);
    assert_true(noise.others >= 0 && noise.others < 0.02);
    assert_float_equal(noise.steal, 0, 0);
    assert_true(noise.drift > 0 && noise.drift < 0.01);
}

static void each_disturbance_is_named(void **state)
{
    static const double slower[] = {30000, 30100, 36000};
    static const cck_figure wide[] = {{.median = 50, .low = 40, .high = 60, .samples = 100}};
    static const cck_figure dropped[] = {
        {.median = 50, .low = 49, .high = 51, .samples = 100, .dropped = 60}};
    cck_noise_evidence evidence = quiet();
    (void)state;
    evidence.after.busy = 25;
    reasons_of(&evidence, "other programs used");
    evidence = quiet();
    evidence.after.steal = 2;
    reasons_of(&evidence, "steal");
    evidence = quiet();
    evidence.spins = slower;
    reasons_of(&evidence, "calibrated loop");
    evidence = quiet();
    evidence.figures = wide;
    evidence.figure_count = 1;
    reasons_of(&evidence, "half of the numbers");
    evidence = quiet();
    evidence.figures = dropped;
    evidence.figure_count = 1;
    reasons_of(&evidence, "dropped");
}

static void what_is_unknown_is_negative(void **state)
{
    cck_noise_evidence evidence = {0};
    cck_noise noise = cck_noise_judge(&evidence);
    (void)state;
    assert_true(noise.others < 0 && noise.steal < 0 && noise.drift < 0 && noise.dropped < 0 &&
                noise.spread < 0);
    assert_false(noise.noisy);
}

/* ---- sentences ---- */

static cck_figure made_figure(double median, double half)
{
    return (cck_figure){
        .median = median, .low = median - half, .high = median + half, .samples = 50};
}

static void ratios_carry_both_spreads(void **state)
{
    cck_figure over = made_figure(20, 2), under = made_figure(2, 0.5), unknown = {0};
    cck_ratio ratio = cck_ratio_of(&over, &under);
    (void)state;
    assert_true(ratio.known);
    assert_float_equal(ratio.value, 10, 1e-9);
    assert_float_equal(ratio.low, 18 / 2.5, 1e-9);
    assert_float_equal(ratio.high, 22 / 1.5, 1e-9);
    assert_false(cck_ratio_of(&over, &unknown).known);
    assert_false(cck_ratio_of(NULL, &under).known);
}

static void the_line_ends_where_the_cost_does(void **state)
{
    static const uint64_t bytes[] = {8, 16, 32, 64, 128, 256};
    (void)state;
    for (size_t edge = 1; edge < 6; edge++) {
        cck_figure figures[6];
        for (size_t i = 0; i < 6; i++)
            figures[i] = made_figure(i < edge ? 20 : 0.5, 0.1);
        assert_int_equal(cck_line_of_distances(bytes, figures, 6), bytes[edge]);
    }
    cck_figure flat[6];
    for (size_t i = 0; i < 6; i++)
        flat[i] = made_figure(1, 0.1);
    assert_int_equal(cck_line_of_distances(bytes, flat, 6), 0);
    /* What was not measured ends what can be said. */
    cck_figure holes[6];
    for (size_t i = 0; i < 6; i++)
        holes[i] = made_figure(i < 3 ? 20 : 0.5, 0.1);
    holes[5] = (cck_figure){.unknown = "busy"};
    assert_int_equal(cck_line_of_distances(bytes, holes, 6), 0);
    assert_int_equal(cck_line_of_distances(bytes, holes, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quartiles_are_those_of_the_textbook),
        cmocka_unit_test(one_interruption_does_not_move_the_median),
        cmocka_unit_test(rounds_that_differ_are_drift),
        cmocka_unit_test(too_few_samples_are_no_number),
        cmocka_unit_test(medians_of_nothing_and_of_pairs),
        cmocka_unit_test(three_caches_and_memory_are_found),
        cmocka_unit_test(odd_sizes_are_found),
        cmocka_unit_test(a_machine_without_l3_has_two_caches),
        cmocka_unit_test(a_flat_curve_shows_no_cache),
        cmocka_unit_test(spikes_and_gaps_do_not_make_levels),
        cmocka_unit_test(sizes_are_compared_with_the_topology),
        cmocka_unit_test(proc_stat_is_read),
        cmocka_unit_test(a_quiet_machine_is_called_quiet),
        cmocka_unit_test(each_disturbance_is_named),
        cmocka_unit_test(what_is_unknown_is_negative),
        cmocka_unit_test(ratios_carry_both_spreads),
        cmocka_unit_test(the_line_ends_where_the_cost_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
