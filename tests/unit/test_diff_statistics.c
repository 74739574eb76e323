/* SPDX-License-Identifier: MIT */
/* The tests of a diff against published values, and its verdicts against known truth. */
#include "tests/unit/made_up.h"

#include <math.h>

#include "core/base/statistics.h"
#include "core/diff/compare.h"
#include "core/diff/student.h"

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.12g is not %.12g", a, b);
}

/* NIST/SEMATECH e-Handbook 1.3.6.7.2, and R 4.2's pt() for broken degrees of freedom. */
static void test_student(void **state)
{
    (void)state;
    for (uint32_t freedom = 1; freedom <= 30; freedom++) {
        assert_near(cck_student_two_sided(cck_statistics_t975(freedom), freedom), 0.05, 1e-7);
        assert_near(cck_student_quantile(0.05, freedom), cck_statistics_t975(freedom), 2e-6);
    }
    assert_near(cck_student_two_sided(0, 5), 1, 1e-12);
    assert_near(cck_student_two_sided(1.8608134674868526, 17.77647), 0.07939, 5e-6);
    assert_near(cck_normal_two_sided(1.959963984540054), 0.05, 1e-12);
    assert_near(cck_student_two_sided(40, 200), 0, 1e-60);
}

static cck_spread spread_of(const double *numbers, size_t count)
{
    cck_statistics statistics = {0};
    for (size_t i = 0; i < count; i++)
        cck_statistics_add(&statistics, numbers[i]);
    cck_spread spread = cck_statistics_spread(&statistics);
    spread.samples = numbers;
    return spread;
}

/* Student's sleep data (Biometrika 6, 1908), as R's t.test(extra ~ group, sleep) has it:
 * t = -1.8608, df = 17.776, p = 0.07939, interval -3.3654832 to 0.2054832. */
static void test_welch(void **state)
{
    (void)state;
    static const double one[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    static const double two[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    cck_spread a = spread_of(one, 10), b = spread_of(two, 10);
    cck_delta change = {0};
    const cck_compare_rules rules = {0};
    cck_compare(&change, &a, &b, &rules);
    assert_string_equal(change.test, "Welch's t");
    assert_near(change.p, 0.07939, 5e-6);
    assert_near(change.low * a.mean, -0.2054832, 1e-6);
    assert_near(change.high * a.mean, 3.3654832, 1e-6);
}

/* Hollander and Wolfe, Nonparametric Statistical Methods, 69: R's wilcox.test() gives
 * W = 35, p = 0.2544, interval of x - y -0.15 to 0.76, shift 0.305. */
static void test_mann_whitney(void **state)
{
    (void)state;
    static const double x[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
    static const double y[] = {1.15, 0.88, 0.90, 0.74, 1.21};
    static const double low3[] = {1, 2, 3}, high3[] = {4, 5, 6}, same[] = {2, 2, 2};
    double shift, low, high;
    assert_near(cck_rank_test(y, 5, x, 10, &shift, &low, &high), 0.2544, 5e-5);
    assert_near(shift, 0.305, 1e-9);
    assert_near(low, -0.15, 1e-9);
    assert_near(high, 0.76, 1e-9);
    assert_near(cck_rank_test(low3, 3, high3, 3, &shift, &low, &high), 0.1, 1e-12);
    assert_true(low > high); /* three runs each allow no 95 % interval */
    assert_near(cck_rank_test(same, 3, same, 3, &shift, &low, &high), 1, 1e-12);
}

/* The normal approximation takes over beyond 20 runs: it must agree where both can be had. */
static void test_mann_whitney_many(void **state)
{
    (void)state;
    double a[21], b[21], shift, low, high;
    for (int i = 0; i < 21; i++) {
        a[i] = i;
        b[i] = i + 4.5;
    }
    double exact = cck_rank_test(a, 20, b, 20, &shift, &low, &high);
    assert_near(shift, 4.5, 1e-9);
    double approximate = cck_rank_test(a, 21, b, 21, &shift, &low, &high);
    assert_near(exact, 0.030411256038764864, 1e-12);       /* by counting all ways */
    assert_near(approximate, 0.034593735040723585, 1e-12); /* exactly: 0.03359 */
    assert_true(low < 4.5 && high > 4.5);
}

/* Holm (1979): 0.01, 0.04, 0.03 of three tests become 0.03, 0.06, 0.06. */
static void test_adjusted(void **state)
{
    (void)state;
    cck_delta changes[] = {{.p = 0.01}, {.p = -1}, {.p = 0.04}, {.p = 0.03}};
    bool failed;
    assert_int_equal(cck_compare_adjust(changes, 4, &failed), 3);
    assert_false(failed);
    assert_near(changes[0].p, 0.03, 1e-12);
    assert_near(changes[1].p, -1, 0);
    assert_near(changes[2].p, 0.06, 1e-12);
    assert_near(changes[3].p, 0.06, 1e-12);
}

/* ---- 1,000 pairs with known truth ---- */

enum { PAIRS = 1000, RUNS = 10, METRICS = 12 };

static uint64_t random_state;

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers on every machine. */
static double uniform(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ z >> 31) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(2 * acos(-1) * uniform());
}

/* Noise as timings have it: `skewed` is one-sided (exponential), else normal. */
static double noisy(double mean, bool skewed)
{
    double noise = skewed ? -log(uniform()) - 1 : normal();
    return mean * (1 + 0.02 * noise);
}

/* One diff of METRICS numbers, of which the first changed by `share`. Returns how many were
 * called changed although they were not; `*out_found`: the first was told right. */
static size_t judge_pair(double share, bool skewed, const cck_compare_rules *rules, bool *out_found)
{
    cck_delta changes[METRICS];
    bool failed;
    size_t wrong = 0;
    memset(changes, 0, sizeof changes);
    for (size_t i = 0; i < METRICS; i++) {
        double a[RUNS], b[RUNS], mean = 1000.0 * (double)(i + 1);
        for (size_t j = 0; j < RUNS; j++) {
            a[j] = noisy(mean, skewed);
            b[j] = noisy(i ? mean : mean * (1 + share), skewed);
        }
        cck_spread before = spread_of(a, RUNS), after = spread_of(b, RUNS);
        changes[i].better = -1;
        cck_compare(&changes[i], &before, &after, rules);
    }
    cck_compare_adjust(changes, METRICS, &failed);
    for (size_t i = 0; i < METRICS; i++) {
        cck_compare_judge(&changes[i], rules);
        wrong += (i || share == 0) && changes[i].verdict != CCK_CHANGE_NOISE;
    }
    *out_found = changes[0].verdict == (share > 0 ? CCK_CHANGE_REGRESSED : CCK_CHANGE_IMPROVED);
    return wrong;
}

static void judge_pairs(cck_diff_test test, bool skewed)
{
    const cck_compare_rules rules = {.threshold = 0.01, .test = test};
    size_t alarms = 0, found = 0;
    bool told;
    random_state = 20260107;
    for (int i = 0; i < PAIRS; i++)
        alarms += judge_pair(0, skewed, &rules, &told) > 0;
    for (int i = 0; i < PAIRS; i++) {
        judge_pair(i % 2 ? 0.05 : -0.05, skewed, &rules, &told);
        found += told;
    }
    print_message("%s, %s noise: %zu false alarms in %d diffs of %d numbers, %zu of %d changes of "
                  "5 %% found\n",
                  test == CCK_DIFF_WELCH ? "Welch" : "Mann-Whitney",
                  skewed ? "exponential" : "normal", alarms, PAIRS, METRICS, found, PAIRS);
    assert_true(alarms <= PAIRS * 5 / 100);
    assert_true(found >= PAIRS * 90 / 100);
}

static void test_known_truth(void **state)
{
    (void)state;
    judge_pairs(CCK_DIFF_WELCH, false);
    judge_pairs(CCK_DIFF_WELCH, true);
    judge_pairs(CCK_DIFF_MANN_WHITNEY, false);
    judge_pairs(CCK_DIFF_MANN_WHITNEY, true);
}

/* The interval covers the truth as often as it says. */
static void test_coverage(void **state)
{
    (void)state;
    const cck_compare_rules rules = {.threshold = 0.01};
    size_t covered = 0;
    random_state = 7;
    for (int i = 0; i < PAIRS; i++) {
        double a[RUNS], b[RUNS];
        for (int j = 0; j < RUNS; j++) {
            a[j] = noisy(100, false);
            b[j] = noisy(103, false);
        }
        cck_spread before = spread_of(a, RUNS), after = spread_of(b, RUNS);
        cck_delta change = {0};
        cck_compare(&change, &before, &after, &rules);
        covered += change.low <= 0.03 && 0.03 <= change.high;
    }
    assert_in_range(covered, 930, 970);
}

/* One run each: exact if modelled, not judged if measured, unless that is asked for. */
static void test_single_runs(void **state)
{
    (void)state;
    cck_spread a = {.runs = 1, .mean = 100}, b = {.runs = 1, .mean = 104};
    cck_delta change = {.better = -1, .why = ""};
    cck_compare_rules rules = {.threshold = 0.01};
    cck_compare(&change, &a, &b, &rules);
    cck_compare_judge(&change, &rules);
    assert_int_equal(change.verdict, CCK_CHANGE_NOT_JUDGED);
    assert_string_equal(change.test, "one run each: no interval");
    assert_true(change.low > change.high);
    rules.judge_single = true;
    cck_compare_judge(&change, &rules);
    assert_int_equal(change.verdict, CCK_CHANGE_REGRESSED);
    rules = (cck_compare_rules){.threshold = 0.05, .exact = true};
    cck_compare(&change, &a, &b, &rules);
    cck_compare_judge(&change, &rules);
    assert_int_equal(change.verdict, CCK_CHANGE_NOISE);
    rules.threshold = 0.01;
    cck_compare_judge(&change, &rules);
    assert_int_equal(change.verdict, CCK_CHANGE_REGRESSED);
    a.mean = 0;
    cck_compare(&change, &a, &b, &rules);
    assert_true(isinf(change.change));
    cck_compare_judge(&change, &rules);
    assert_int_equal(change.verdict, CCK_CHANGE_REGRESSED);
}

/* One new run against ten: in their range, and far out of it. */
static void test_one_against_many(void **state)
{
    (void)state;
    static const double runs[] = {100, 101, 99, 102, 98, 100, 101, 99, 100, 100};
    cck_spread many = spread_of(runs, 10), one = {.runs = 1, .mean = 101};
    cck_delta change = {.better = -1, .why = ""};
    const cck_compare_rules rules = {.threshold = 0.01};
    cck_compare(&change, &many, &one, &rules);
    cck_compare_judge(&change, &rules);
    assert_int_equal(change.verdict, CCK_CHANGE_NOISE);
    one.mean = 110;
    cck_compare(&change, &many, &one, &rules);
    cck_compare_judge(&change, &rules);
    assert_int_equal(change.verdict, CCK_CHANGE_REGRESSED);
    assert_true(change.low > 0.05 && change.high < 0.15);
}

static double p_of(const double *before, const double *after, size_t runs, cck_diff_test test,
                   double grain)
{
    cck_delta change = {0};
    const cck_spread a = spread_of(before, runs), b = spread_of(after, runs);
    const cck_compare_rules rules = {.test = test, .grain = grain};
    cck_compare(&change, &a, &b, &rules);
    return change.p;
}

/* Three runs that happen to count the same know nothing of how counts vary. */
static void test_grain(void **state)
{
    (void)state;
    static const double fifty[] = {50, 50, 50}, less[] = {49, 49, 49}, few[] = {40, 40, 40};
    static const cck_diff_test tests[] = {CCK_DIFF_WELCH, CCK_DIFF_PAIRED};
    for (size_t i = 0; i < 2; i++) {
        assert_near(p_of(fifty, less, 3, tests[i], 0), 0, 0);
        assert_true(p_of(fifty, less, 3, tests[i], 1) > 0.2);
        assert_true(p_of(fifty, few, 3, tests[i], 1) < 0.01);
        assert_near(p_of(fifty, fifty, 3, tests[i], 1), 1, 0);
    }
    static const double wide[] = {9000, 9100, 9250}, other[] = {8000, 8150, 8190};
    assert_near(p_of(wide, other, 3, CCK_DIFF_PAIRED, 1), p_of(wide, other, 3, CCK_DIFF_PAIRED, 0),
                0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_student),          cmocka_unit_test(test_welch),
        cmocka_unit_test(test_mann_whitney),     cmocka_unit_test(test_mann_whitney_many),
        cmocka_unit_test(test_adjusted),         cmocka_unit_test(test_known_truth),
        cmocka_unit_test(test_coverage),         cmocka_unit_test(test_single_runs),
        cmocka_unit_test(test_one_against_many), cmocka_unit_test(test_grain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
