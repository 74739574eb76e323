/* SPDX-License-Identifier: MIT */
/* Metrics and verdicts: values by hand, every formula and every rule. */
#include "tests/unit/made_up.h"

#include <math.h>

#include "core/result/metric.h"
#include "core/result/verdict.h"

/* A result of one thread whose counts are given by role, over one second. */
typedef struct role_count {
    const char *role;
    uint64_t count;
} role_count;

enum { MOST_EVENTS = 16 };

static cck_result *result_of(const role_count *counts, size_t count, cck_evidence evidence)
{
    static cck_event_info events[MOST_EVENTS];
    cck_tally tally;
    assert_true(cck_tally_init(&tally, count));
    cck_tally_thread *thread = made_up_thread(&tally, 1, "t");
    for (size_t i = 0; i < count; i++) {
        events[i] =
            (cck_event_info){counts[i].role, counts[i].role, counts[i].role, "count", "", false};
        made_up_count(&tally, thread, i, counts[i].count, 1, 1);
    }
    cck_result *result = made_up_result();
    result->target.elapsed_s = 1;
    result->source.evidence = evidence;
    result->source.why = "no PMU on this machine";
    return made_up_finish(result, &tally, events);
}

static void assert_metric(const cck_result *result, const char *name, double value)
{
    for (size_t i = 0; i < result->total.metric_count; i++) {
        const cck_metric *metric = &result->total.metrics[i];
        if (strcmp(metric->name, name) != 0)
            continue;
        if (metric->not_counted || fabs(metric->value - value) > 1e-9 * fabs(value))
            fail_msg("%s is %g (%s), not %g", name, metric->value,
                     metric->not_counted ? metric->not_counted : metric->formula, value);
        return;
    }
    fail_msg("no metric %s", name);
}

static const char *why_missing(const cck_result *result, const char *name)
{
    for (size_t i = 0; i < result->total.metric_count; i++)
        if (strcmp(result->total.metrics[i].name, name) == 0)
            return result->total.metrics[i].not_counted;
    return NULL;
}

static void values_are_those_done_by_hand(void **state)
{
    (void)state;
    static const role_count counts[] = {
        {"task_clock", 800000000},     {"cycles", 2400000000},        {"instructions", 1200000000},
        {"loads", 300000000},          {"stores", 100000000},         {"l1d_load_misses", 30000000},
        {"l1d_store_misses", 6000000}, {"l2_load_misses", 12000000},  {"l2_store_misses", 2400000},
        {"llc_load_misses", 6000000},  {"llc_store_misses", 1200000}, {"atomics", 60000},
        {"page_faults", 400},          {"context_switches", 80},      {"cpu_migrations", 8},
        {"stalls_mem", 1200000000},
    };
    cck_result *result = result_of(counts, COUNT_OF(counts), CCK_MEASURED);
    assert_metric(result, "ipc", 0.5);
    assert_metric(result, "cpi", 2);
    assert_metric(result, "frequency", 3);
    assert_metric(result, "cpu_utilization", 0.8);
    assert_metric(result, "l1d_mpki", 30);
    assert_metric(result, "l1d_miss_ratio", 9);
    assert_metric(result, "l2_mpki", 12);
    assert_metric(result, "l2_miss_ratio", 40);
    assert_metric(result, "llc_mpki", 6);
    assert_metric(result, "llc_miss_ratio", 50);
    assert_metric(result, "llc_load_miss_ratio", 50);
    assert_metric(result, "bandwidth_estimate", 7200000. * 64);
    assert_metric(result, "atomics_pki", 0.05);
    assert_metric(result, "faults_rate", 500);
    assert_metric(result, "switch_rate", 100);
    assert_metric(result, "migration_rate", 10);
    assert_metric(result, "memory_stall_share", 50);
    assert_string_equal(why_missing(result, "branch_mpki"), "no event counts branch_misses");
    cck_result_free(result);
}

/* With all of llc_misses, loads and stores there, the whole beats the sum beats a part. */
static void the_best_formula_is_taken(void **state)
{
    (void)state;
    static const role_count counts[] = {{"instructions", 1000000},
                                        {"llc_load_misses", 1000},
                                        {"llc_store_misses", 500},
                                        {"llc_misses", 4000}};
    static const double mpki[] = {1, 1.5, 4};
    for (size_t i = 0; i < COUNT_OF(mpki); i++) {
        cck_result *result = result_of(counts, i + 2, CCK_MEASURED);
        assert_metric(result, "llc_mpki", mpki[i]);
        cck_result_free(result);
    }
}

static void modelled_runs_have_no_real_time(void **state)
{
    (void)state;
    static const role_count counts[] = {
        {"instructions", 100000000}, {"llc_misses", 4000000}, {"task_clock", 1000000000}};
    cck_result *result = result_of(counts, COUNT_OF(counts), CCK_SIMULATED);
    assert_metric(result, "llc_mpki", 40);
    assert_string_equal(why_missing(result, "bandwidth_estimate"),
                        "a modelled run has no real time");
    assert_string_equal(why_missing(result, "cpu_utilization"), "a modelled run has no real time");
    assert_memory_equal(result->total.verdict.text, "modelled: ", 10);
    cck_result_free(result);
}

static void division_by_zero_is_no_number(void **state)
{
    (void)state;
    static const role_count counts[] = {{"instructions", 0}, {"llc_misses", 5}, {"cycles", 0}};
    cck_result *result = result_of(counts, COUNT_OF(counts), CCK_MEASURED);
    assert_non_null(why_missing(result, "llc_mpki"));
    assert_non_null(why_missing(result, "ipc"));
    cck_result_free(result);
}

/* The two kinds of core of a hybrid machine add up; the same event in two spellings not. */
static void hybrid_cores_add_up(void **state)
{
    (void)state;
    static const cck_event_info events[] = {
        {"cpu_core/cycles/", "", "cycles", "count", "", false},
        {"cpu_atom/cycles/", "", "cycles", "count", "", false},
        {"cpu_core/cycles/u", "", "cycles", "count", "", true},
        {"instructions", "", "instructions", "count", "", false},
        {"instructions:u", "", "instructions", "count", "", true},
    };
    cck_tally tally;
    assert_true(cck_tally_init(&tally, COUNT_OF(events)));
    static const uint64_t counts[] = {100, 300, 90, 800, 700};
    cck_tally_thread *thread = made_up_thread(&tally, 1, "both");
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        made_up_count(&tally, thread, i, counts[i], 1, 1);
    thread = made_up_thread(&tally, 2, "core only");
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        made_up_count(&tally, thread, i, i == 1 ? 0 : counts[i], 1, i != 1);
    cck_result *result = made_up_finish(made_up_result(), &tally, events);
    assert_metric(result, "ipc", 1600. / 500);
    assert_int_equal(cck_result_sort(result, "tid", NULL), 0);
    assert_true(result->rows[0].metrics[0].value == 2);
    assert_null(result->rows[1].metrics[0].not_counted);
    assert_true(result->rows[1].metrics[0].value == 8);
    cck_result_free(result);
}

static void every_formula_and_rule_parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < cck_metric_definition_count; i++) {
        const cck_metric_definition *definition = &cck_metric_definitions[i];
        assert_ptr_equal(cck_metric_definition_find(definition->name), definition);
        assert_true(*definition->meaning && *definition->label && strchr(definition->phrase, '@'));
        assert_non_null(definition->formulas[0]);
        for (size_t j = 0; definition->formulas[j]; j++) {
            cck_arena arena = {0};
            cck_expression expression;
            assert_int_equal(cck_expression_parse(&expression, definition->formulas[j], &arena,
                                                  NULL, NULL, NULL),
                             0);
            assert_in_range(expression.name_count, 1, 8);
            cck_arena_clear(&arena);
        }
    }
    for (size_t i = 0; i < cck_verdict_rule_count; i++) {
        cck_arena arena = {0};
        cck_expression expression;
        assert_int_equal(cck_expression_parse(&expression, cck_verdict_rules[i].condition, &arena,
                                              NULL, NULL, NULL),
                         0);
        assert_in_range(expression.name_count, 1, 8);
        assert_true(*cck_verdict_rules[i].why);
        cck_arena_clear(&arena);
    }
}

static void verdicts_follow_the_counts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
        role_count counts[6];
    } cases[] = {
        {"llc-bound",
         "LLC-bound: 14.0 LLC misses per 1000 instructions, 62 % of cycles waiting",
         {{"task_clock", 900000000},
          {"instructions", 1000000000},
          {"llc_misses", 14000000},
          {"cycles", 2000000000},
          {"stalls_mem", 1240000000}}},
        {"llc-bound",
         "LLC-bound: 14.0 LLC misses per 1000 instructions",
         {{"instructions", 1000000000}, {"llc_misses", 14000000}}},
        {"llc-bound",
         "LLC-bound: 1.50 LLC misses per 1000 instructions, 30 % of cycles waiting",
         {{"instructions", 1000000000},
          {"llc_misses", 1500000},
          {"cycles", 1000000000},
          {"stalls_mem", 300000000}}},
        {"not-cache-bound",
         "only 2.0 % of cycles waiting",
         {{"instructions", 1000000000},
          {"llc_misses", 14000000},
          {"cycles", 2000000000},
          {"stalls_mem", 40000000}}},
        {"llc-bound",
         "LLC-bound: 6.00 data fills from beyond L3 per 1000 instructions",
         {{"instructions", 1000000000}, {"beyond_l3", 6000000}, {"l2_misses", 20000000}}},
        {"l2-bound",
         "L2-bound: 20.0 L2 misses per 1000 instructions, 1.00 LLC misses",
         {{"instructions", 1000000000}, {"l2_misses", 20000000}, {"llc_misses", 1000000}}},
        {"l1-bound",
         "L1-bound: 50.0 L1D misses per 1000 instructions, 0.500 LLC misses",
         {{"instructions", 1000000000}, {"l1d_misses", 50000000}, {"llc_misses", 500000}}},
        {"not-cache-bound",
         "not cache-bound: 0.100 LLC misses per 1000 instructions; look with a CPU profiler "
         "instead",
         {{"instructions", 1000000000}, {"llc_misses", 100000}}},
        {"sharing-bound",
         "2.00 loads per 1000 instructions hit lines modified by another core",
         {{"instructions", 1000000000}, {"hitm", 2000000}, {"llc_misses", 9000000}}},
        {"fault-bound",
         "200 k page faults per second of CPU time",
         {{"task_clock", 1000000000}, {"page_faults", 200000}}},
        {"switch-bound",
         "50.0 k context switches",
         {{"task_clock", 1000000000}, {"context_switches", 50000}}},
        {"too-short",
         "too short to judge: 9.00 M instructions",
         {{"instructions", 9000000}, {"llc_misses", 90000}}},
        {"idle", "idle: 0.05 % of one CPU used", {{"task_clock", 500000}}},
        {"idle", "idle: 0.5 % of one CPU used", {{"task_clock", 5000000}}},
        {"waiting",
         "mostly waiting: 20 % of one CPU used",
         {{"task_clock", 200000000}, {"instructions", 20000000}}},
        {"unknown",
         "caches not counted: no PMU on this machine",
         {{"task_clock", 900000000}, {"page_faults", 5}}},
        {"unknown", "caches not counted: no PMU on this machine", {{"instructions", 1000000000}}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t count = 0;
        while (count < 6 && cases[i].counts[count].role)
            count++;
        cck_result *result = result_of(cases[i].counts, count, CCK_MEASURED);
        const cck_verdict *verdict = &result->total.verdict;
        if (strcmp(verdict->name, cases[i].name) != 0 || !strstr(verdict->text, cases[i].says))
            fail_msg("case %zu: %s: %s", i, verdict->name, verdict->text);
        assert_null(strpbrk(verdict->text, "{}[]"));
        cck_result_free(result);
    }
}

/* Without a cache event no sentence may claim anything of caches. */
static void software_counts_say_nothing_of_caches(void **state)
{
    (void)state;
    cck_result *result = made_up_software();
    assert_string_equal(result->total.verdict.name, "unknown");
    assert_memory_equal(result->total.verdict.text, "caches not counted: ", 20);
    for (size_t i = 0; i < result->row_count; i++) {
        assert_null(strstr(result->rows[i].verdict.name, "cache"));
        assert_null(strstr(result->rows[i].verdict.name, "llc"));
    }
    for (size_t i = 0; i < result->total.metric_count; i++)
        if (strstr(result->total.metrics[i].name, "mpki"))
            assert_non_null(result->total.metrics[i].not_counted);
    cck_result_free(result);
}

/* The documentation lists what the tables hold. */
static void the_documentation_is_complete(void **state)
{
    (void)state;
    FILE *in = fopen(CCK_TESTS "/../docs/metrics.md", "r");
    assert_non_null(in);
    static char text[65536];
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    for (size_t i = 0; i < cck_metric_definition_count; i++) {
        char name[80];
        snprintf(name, sizeof name, "\n| `%s` |", cck_metric_definitions[i].name);
        const char *line = strstr(text, name);
        if (!line)
            fail_msg("docs/metrics.md lacks %s", cck_metric_definitions[i].name);
        for (size_t j = 0; cck_metric_definitions[i].formulas[j]; j++)
            assert_non_null(strstr(line, cck_metric_definitions[i].formulas[j]));
    }
    for (size_t i = 0; i < cck_verdict_rule_count; i++) {
        char name[80];
        snprintf(name, sizeof name, "\n| %s | `", cck_verdict_rules[i].name);
        assert_non_null(strstr(text, name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_done_by_hand),
        cmocka_unit_test(the_best_formula_is_taken),
        cmocka_unit_test(modelled_runs_have_no_real_time),
        cmocka_unit_test(division_by_zero_is_no_number),
        cmocka_unit_test(hybrid_cores_add_up),
        cmocka_unit_test(every_formula_and_rule_parses),
        cmocka_unit_test(verdicts_follow_the_counts),
        cmocka_unit_test(the_documentation_is_complete),
        cmocka_unit_test(software_counts_say_nothing_of_caches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
