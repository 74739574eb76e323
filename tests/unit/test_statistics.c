/* SPDX-License-Identifier: MIT */
#include "tests/unit/made_up.h"

#include <math.h>

#include "core/base/statistics.h"
#include "core/result/repeat.h"

static void assert_near(double a, double b, double tolerance)
{
    if (fabs(a - b) > tolerance)
        fail_msg("%.12g is not %.12g", a, b);
}

/* The reference is Python's statistics module. */
static void spread_of_known_numbers(void **state)
{
    (void)state;
    static const double numbers[] = {162, 671, 933, 414, 788, 730, 817, 33, 536, 875};
    cck_statistics statistics = {0};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        cck_statistics_add(&statistics, numbers[i]);
    cck_spread spread = cck_statistics_spread(&statistics);
    assert_int_equal(spread.runs, 10);
    assert_near(spread.mean, 595.9, 1e-9);
    assert_near(spread.deviation, 306.003794457, 1e-6);
    assert_near(spread.high - spread.mean, 2.262157163 * 306.003794457 / sqrt(10), 1e-4);
    assert_near(spread.mean - spread.low, spread.high - spread.mean, 1e-9);
    assert_near(spread.min, 33, 0);
    assert_near(spread.max, 933, 0);
}

/* A naive sum of squares loses all digits here (NIST StRD "NumAcc4": deviation 0.1). */
static void no_cancellation(void **state)
{
    (void)state;
    cck_statistics statistics = {0};
    cck_statistics_add(&statistics, 10000000.2);
    for (int i = 0; i < 500; i++) {
        cck_statistics_add(&statistics, 10000000.1);
        cck_statistics_add(&statistics, 10000000.3);
    }
    assert_near(cck_statistics_deviation(&statistics), 0.1, 1e-8);
    assert_near(statistics.mean, 10000000.2, 1e-7);
}

static void one_number_or_none(void **state)
{
    (void)state;
    cck_statistics statistics = {0};
    cck_spread none = cck_statistics_spread(&statistics);
    assert_int_equal(none.runs, 0);
    cck_statistics_add(&statistics, -7);
    cck_spread one = cck_statistics_spread(&statistics);
    assert_near(one.low, -7, 0);
    assert_near(one.high, -7, 0);
    assert_near(one.max, -7, 0);
    assert_near(one.deviation, 0, 0);
}

/* Values of R's qt(0.975, n). */
static void student_quantiles(void **state)
{
    (void)state;
    static const struct {
        uint32_t freedom;
        double value;
    } known[] = {{1, 12.7062047},   {2, 4.3026527},      {9, 2.2621572},  {30, 2.0422725},
                 {31, 2.0395134},   {40, 2.0210754},     {60, 2.0002978}, {100, 1.9839715},
                 {1000, 1.9623391}, {1000000, 1.9599664}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        assert_near(cck_statistics_t975(known[i].freedom), known[i].value, 1e-6);
    for (uint32_t n = 1; n < 200; n++)
        assert_true(cck_statistics_t975(n) > cck_statistics_t975(n + 1));
}

static void repeats_fill_in_spreads(void **state)
{
    (void)state;
    cck_repeat repeat = {0};
    cck_result *last = NULL;
    for (int run = 0; run < 3; run++) {
        cck_result_free(last);
        last = made_up_pmu();
        last->target.elapsed_s = 1 + run;
        assert_int_equal(cck_repeat_add(&repeat, last, NULL), 0);
    }
    assert_int_equal(cck_repeat_finish(&repeat, last, NULL), 0);
    assert_int_equal(last->elapsed_spread.runs, 3);
    assert_near(last->elapsed_spread.mean, 2, 1e-12);
    assert_near(last->event_spreads[2].mean, (double)last->total.values[2].value, 1e-3);
    assert_near(last->event_spreads[2].deviation, 0, 1e-3);
    for (size_t i = 0; i < last->total.metric_count; i++)
        assert_int_equal(last->metric_spreads[i].runs, last->total.metrics[i].not_counted ? 0 : 3);
    cck_result *other = made_up_software();
    assert_int_equal(cck_repeat_add(&repeat, other, NULL), CCK_EINTERNAL);
    cck_result_free(other);
    cck_result_free(last);
    cck_repeat_clear(&repeat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_of_known_numbers), cmocka_unit_test(no_cancellation),
        cmocka_unit_test(one_number_or_none),      cmocka_unit_test(student_quantiles),
        cmocka_unit_test(repeats_fill_in_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
