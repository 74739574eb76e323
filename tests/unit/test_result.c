/* SPDX-License-Identifier: MIT */
/* From a tally to a result: rows, sums, groups, order, gates. */
#include "tests/unit/made_up.h"

#include "core/result/row.h"

static const cck_metric *metric_of(const cck_row *row, const char *name)
{
    for (size_t i = 0; i < row->metric_count; i++)
        if (strcmp(row->metrics[i].name, name) == 0)
            return &row->metrics[i];
    return NULL;
}

/* The sum over the rows is the total, event by event, scaled and raw. */
static void assert_sums(const cck_result *result)
{
    for (size_t i = 0; i < result->event_count; i++) {
        uint64_t value = 0, raw = 0;
        bool counted = false;
        for (size_t j = 0; j < result->row_count; j++)
            if (!result->rows[j].values[i].not_counted) {
                value += result->rows[j].values[i].value;
                raw += result->rows[j].values[i].raw;
                counted = true;
            }
        assert_int_equal(counted, !result->total.values[i].not_counted);
        if (counted) {
            assert_int_equal(value, result->total.values[i].value);
            assert_int_equal(raw, result->total.values[i].raw);
        }
    }
}

static void scaling_is_exact_and_saturates(void **state)
{
    (void)state;
    assert_int_equal(cck_scale(100, 10, 10), 100);
    assert_int_equal(cck_scale(100, 10, 5), 200);
    assert_int_equal(cck_scale(1, 3, 2), 2); /* 1.5 rounds up */
    assert_int_equal(cck_scale(100, 5, 10), 100);
    /* More than 64 bits in between: 2^53 + 1 times 10^10 over 10^10. */
    assert_int_equal(cck_scale(9007199254740993u, 20000000000u, 10000000000u), 18014398509481986u);
    assert_int_equal(cck_scale(UINT64_MAX, UINT64_MAX, 1), INT64_MAX);
    assert_int_equal(cck_scale(UINT64_MAX, 1, 1), INT64_MAX);
    assert_int_equal(cck_value_sum(INT64_MAX, 1), INT64_MAX);
}

static void rows_add_up_to_the_total(void **state)
{
    (void)state;
    cck_result *results[] = {made_up_pmu(), made_up_simulated(), made_up_software(),
                             made_up_crowd(2000), made_up_nothing()};
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        assert_sums(results[i]);
        static const cck_row_kind kinds[] = {CCK_ROW_THREAD, CCK_ROW_PROCESS};
        for (size_t j = 0; j < COUNT_OF(kinds); j++) {
            cck_result *grouped = NULL;
            assert_int_equal(cck_result_group(results[i], kinds[j], &grouped, NULL), 0);
            assert_sums(grouped);
            cck_result_free(grouped);
        }
        cck_result_free(results[i]);
    }
}

/* Random raw counts and times, also of threads that were never on a counter. */
static void rows_add_up_whatever_was_counted(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 50; round++) {
        cck_tally tally;
        assert_true(cck_tally_init(&tally, COUNT_OF(made_up_pmu_events)));
        for (int i = 0; i < 40; i++) {
            cck_tally_thread *thread = made_up_thread(&tally, 1 + i, "t");
            for (size_t j = 0; j < COUNT_OF(made_up_pmu_events); j++) {
                random ^= random << 13, random ^= random >> 7, random ^= random << 17;
                uint64_t enabled = random % 1000000, running = enabled / (1 + random % 5);
                made_up_count(&tally, thread, j, running ? random >> 20 : 0, enabled, running);
            }
        }
        for (size_t j = 0; j < COUNT_OF(made_up_pmu_events); j += 2)
            tally.totals[j].raw += 1000 + j;
        cck_result *result = made_up_finish(made_up_result(), &tally, made_up_pmu_events);
        assert_sums(result);
        assert_int_equal(result->rows[result->row_count - 1].kind, CCK_ROW_REST);
        assert_int_equal(result->rows[result->row_count - 1].values[2].raw, 1002);
        cck_result_free(result);
    }
}

static void never_on_a_counter_is_not_zero(void **state)
{
    (void)state;
    cck_tally tally;
    assert_true(cck_tally_init(&tally, 2));
    cck_tally_thread *first = made_up_thread(&tally, 1, "first");
    cck_tally_thread *second = made_up_thread(&tally, 2, "second");
    made_up_count(&tally, first, 0, 500, 100, 50);
    made_up_count(&tally, first, 1, 0, 100, 100);
    made_up_count(&tally, second, 0, 0, 70, 0);
    made_up_count(&tally, second, 1, 7, 100, 100);
    cck_result *result = made_up_finish(made_up_result(), &tally, made_up_pmu_events);
    const cck_row *row = &result->rows[result->rows[0].tid == 1 ? 0 : 1];
    const cck_row *other = &result->rows[result->rows[0].tid == 1 ? 1 : 0];
    assert_int_equal(row->values[0].value, 1000);
    assert_int_equal(row->values[0].raw, 500);
    assert_true(row->values[0].running == 0.5);
    assert_null(row->values[1].not_counted);
    assert_int_equal(row->values[1].value, 0);
    assert_string_equal(other->values[0].not_counted, "never on a counter");
    assert_int_equal(result->total.values[0].value, 1000);
    cck_result_free(result);
}

static void a_probe_without_totals_is_believed(void **state)
{
    (void)state;
    cck_tally tally;
    assert_true(cck_tally_init(&tally, 1));
    made_up_thread(&tally, 1, "t")->counts[0] = (cck_tally_count){42, 1, 1};
    cck_result *result = made_up_finish(made_up_result(), &tally, made_up_pmu_events);
    assert_int_equal(result->row_count, 1);
    assert_int_equal(result->total.values[0].value, 42);
    assert_int_equal(result->source.note_count, 0);
    cck_result_free(result);

    assert_true(cck_tally_init(&tally, 1));
    made_up_thread(&tally, 1, "t")->counts[0] = (cck_tally_count){42, 1, 1};
    tally.totals[0] = (cck_tally_count){40, 1, 1};
    result = made_up_finish(made_up_result(), &tally, made_up_pmu_events);
    assert_int_equal(result->total.values[0].value, 42);
    assert_int_equal(result->source.note_count, 1);
    cck_result_free(result);
}

static void names_are_made_unique_and_clean(void **state)
{
    (void)state;
    static const cck_event_info events[] = {
        {"cycles", "cpu_core/cycles/", "", "count", "", false},
        {"cycles", "cpu_atom/cycles/", "", "count", "", false},
    };
    cck_tally tally;
    assert_true(cck_tally_init(&tally, 2));
    made_up_thread(&tally, 1, "bad \xff\xc3( name");
    cck_result *result = made_up_finish(made_up_result(), &tally, events);
    assert_string_equal(result->events[0].name, "cycles");
    assert_string_equal(result->events[1].name, "cycles#2");
    assert_string_equal(result->rows[0].name, "bad \xef\xbf\xbd\xef\xbf\xbd( name");
    cck_result_free(result);
}

static void residency_has_shares_and_cpus(void **state)
{
    (void)state;
    cck_result *result = made_up_pmu();
    const cck_row *row = &result->rows[0];
    assert_int_equal(row->residency_count, 2);
    assert_int_equal(row->residency[0].cpu, 3);
    assert_true(row->residency[0].share == 0.75);
    assert_int_equal(row->residency[0].node, -1);
    assert_int_equal(result->total.residency_count, 4);
    assert_int_equal(result->cpu_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(result->cpus[i].index, i);
        assert_non_null(result->cpus[i].values[0].not_counted);
    }
    cck_result_free(result);
}

static void groups_by_process_core_and_node(void **state)
{
    (void)state;
    cck_tally tally;
    assert_true(cck_tally_init(&tally, 1));
    for (int i = 0; i < 6; i++) {
        cck_tally_thread *thread = cck_tally_add(&tally, i < 4 ? 10 : 20, 10 + i);
        snprintf(thread->name, sizeof thread->name, "thread%d", i);
        snprintf(thread->process, sizeof thread->process, "%s", i < 4 ? "small" : "large");
        made_up_count(&tally, thread, 0, i < 4 ? 1 : 100, 1, 1);
        assert_true(cck_tally_ran(thread, (uint32_t)i % 2, 10));
        cck_tally_core_of(&tally, (uint32_t)i % 2)->counts[0].raw += i < 4 ? 1 : 100;
        cck_tally_core_of(&tally, (uint32_t)i % 2)->counts[0].running = 1;
        cck_tally_core_of(&tally, (uint32_t)i % 2)->counts[0].enabled = 1;
    }
    cck_result *result = made_up_finish(made_up_result(), &tally, made_up_pmu_events);
    cck_result *grouped = NULL;
    assert_int_equal(cck_result_group(result, CCK_ROW_PROCESS, &grouped, NULL), 0);
    assert_int_equal(grouped->row_count, 2);
    assert_string_equal(grouped->rows[0].name, "large");
    assert_int_equal(grouped->rows[0].pid, 20);
    assert_int_equal(grouped->rows[0].threads, 2);
    assert_int_equal(grouped->rows[0].values[0].value, 200);
    assert_int_equal(grouped->rows[1].values[0].value, 4);
    assert_int_equal(grouped->rows[1].residency_count, 2);
    assert_true(grouped->rows[1].residency[0].share == 0.5);
    cck_result_free(grouped);
    assert_int_equal(cck_result_group(result, CCK_ROW_CORE, &grouped, NULL), 0);
    assert_int_equal(grouped->row_count, 2);
    assert_int_equal(grouped->rows[0].kind, CCK_ROW_CORE);
    assert_int_equal(grouped->rows[0].values[0].value, 102);
    assert_sums(grouped);
    cck_result_free(grouped);
    assert_int_equal(cck_result_group(result, CCK_ROW_NODE, &grouped, NULL), 0);
    assert_int_equal(grouped->row_count, 1);
    assert_int_equal(grouped->rows[0].index, -1);
    assert_string_equal(grouped->rows[0].name, "node unknown");
    cck_result_free(grouped);
    assert_int_equal(cck_result_group(result, CCK_ROW_REST, &grouped, NULL), CCK_EINVALID);
    cck_result_free(result);
    result = made_up_nothing();
    assert_int_equal(cck_result_group(result, CCK_ROW_CORE, &grouped, NULL), CCK_EUNSUPPORTED);
    cck_result_free(result);
}

static void order_is_by_what_was_asked_for(void **state)
{
    (void)state;
    cck_error err = {0};
    cck_result *result = made_up_pmu();
    assert_string_equal(result->rows[0].name, "worker-7");
    assert_int_equal(cck_result_sort(result, "name", &err), 0);
    assert_string_equal(result->rows[0].name, "app");
    assert_int_equal(cck_result_sort(result, "llc_mpki", &err), 0);
    assert_string_equal(result->rows[0].name, "worker-7");
    assert_int_equal(cck_result_sort(result, "tid", &err), 0);
    assert_int_equal(result->rows[0].tid, 1000);
    assert_int_equal(cck_result_sort(result, "LLC-misses", &err), 0);
    assert_int_equal(result->rows[0].tid, 1007);
    assert_int_equal(cck_result_sort(result, "cpu-time", &err), 0);
    assert_int_equal(cck_result_sort(result, "LCC-misses", &err), CCK_EINVALID);
    assert_string_equal(err.hint, "did you mean 'LLC-misses'?");
    cck_result_free(result);
}

static void rest_rows_come_last(void **state)
{
    (void)state;
    static const char *const keys[] = {"name", "tid", "instructions", "cpu-time"};
    cck_result *result = made_up_crowd(20);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_int_equal(cck_result_sort(result, keys[i], NULL), 0);
        assert_int_equal(result->rows[20].kind, CCK_ROW_REST);
        assert_int_equal(result->rows[20].values[2].value, 123456);
    }
    cck_result_free(result);
}

static void gates_trigger(void **state)
{
    (void)state;
    static const struct {
        const char *gate;
        int answer;
    } cases[] = {
        {"llc_mpki>5", 1},
        {"llc_mpki > 500", 0},
        {"LLC-misses>=1e6 && ipc < 1", 1},
        {"L1d-load-misses<10 || cpu-migrations>10", 1},
        {"memory_stall_share > 60%", 1},
        {"elapsed_s > 2", 1},
        {"LLC-misses/instructions*1000 > 5", 1},
        {"cycles-instructions > 0", 1},
        {"cycles - instructions < 0", 0},
        {"context-switches>1 && L2-misses<5", CCK_EINVALID},
        {"llc_mpki >", CCK_EINVALID},
        {"llc_mkpi > 5", CCK_EINVALID},
        {"l2_mpki > 5", CCK_EUNSUPPORTED},
        {"l2_mpki > 5 || llc_mpki > 5", 1},
        {"l2_mpki > 5 && llc_mpki > 5", CCK_EUNSUPPORTED},
    };
    cck_result *result = made_up_pmu();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cck_error err = {0};
        int answer = cck_result_gate(result, cases[i].gate, &err);
        if (answer != cases[i].answer)
            fail_msg("%s gave %d: %s", cases[i].gate, answer, err.message);
    }
    cck_error err = {0};
    cck_result_gate(result, "llc_mkpi > 5", &err);
    assert_string_equal(err.hint, "did you mean 'llc_mpki'?");
    cck_result_gate(result, "LLC-mises > 5", &err);
    assert_string_equal(err.message, "unknown event or metric 'LLC-mises'");
    assert_string_equal(err.hint, "did you mean 'LLC-misses'?");
    cck_result_free(result);
}

static void metrics_are_right_and_listed_alike(void **state)
{
    (void)state;
    cck_result *result = made_up_pmu();
    for (size_t i = 0; i < result->row_count; i++) {
        assert_true(result->rows[i].metric_count <= result->total.metric_count);
        assert_int_equal(result->rows[i].metric_count, result->rows[0].metric_count);
        for (size_t j = 0; j < result->rows[i].metric_count; j++) {
            assert_string_equal(result->rows[i].metrics[j].name, result->total.metrics[j].name);
            assert_null(result->total.metrics[j].not_counted);
        }
    }
    const cck_metric *missing = metric_of(&result->total, "l2_mpki");
    assert_non_null(missing);
    assert_string_equal(missing->not_counted, "no event counts l2_misses");
    cck_result_free(result);
}

/* The whole tool has 64 MiB for 10,000 threads; the result may take a quarter. */
static void ten_thousand_threads_are_small(void **state)
{
    (void)state;
    cck_result *result = made_up_crowd(10000);
    assert_int_equal(result->row_count, 10001);
    assert_in_range(result->arena->used, 1, 16 * 1024 * 1024);
    cck_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scaling_is_exact_and_saturates),
        cmocka_unit_test(rows_add_up_to_the_total),
        cmocka_unit_test(rows_add_up_whatever_was_counted),
        cmocka_unit_test(never_on_a_counter_is_not_zero),
        cmocka_unit_test(a_probe_without_totals_is_believed),
        cmocka_unit_test(names_are_made_unique_and_clean),
        cmocka_unit_test(residency_has_shares_and_cpus),
        cmocka_unit_test(groups_by_process_core_and_node),
        cmocka_unit_test(order_is_by_what_was_asked_for),
        cmocka_unit_test(rest_rows_come_last),
        cmocka_unit_test(gates_trigger),
        cmocka_unit_test(ten_thousand_threads_are_small),
        cmocka_unit_test(metrics_are_right_and_listed_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
