/* SPDX-License-Identifier: MIT */
/* Whose clock is taken away for a time, and what that means for what is told of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/proc.h"
#include "event_tree.h"
#include "probes/watch/budget.h"
#include "probes/watch/rests.h"
#include "probes/watch/thread_table.h"

static const double switch_ns = 10000, share = 0.008;
enum { MS = 1000000, COUNT = 4 };

static cck_rest_pulse pulses[COUNT];
static cck_rest_pulse *all[COUNT] = {&pulses[0], &pulses[1], &pulses[2], &pulses[3]};

/* Each runs so much of the time, and comes to run so often a second. */
static void set(size_t i, double busy, double rate)
{
    pulses[i] = (cck_rest_pulse){.rate = rate, .busy = busy};
}

static void who_seldom_sleeps_is_always_watched(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        set(i, 0.5, 250);
    cck_rest_decide(all, COUNT, switch_ns, share);
    for (size_t i = 0; i < COUNT; i++)
        for (uint64_t look = 0; look < 100; look++)
            assert_true(cck_rest_awake(&pulses[i], look));
}

static void what_sleeping_costs_stays_within_its_share(void **state)
{
    (void)state;
    static const double rates[] = {1000, 2000, 4000};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        double cost = 0;
        for (size_t i = 0; i < COUNT; i++)
            set(i, 0.5, rates[r]);
        cck_rest_decide(all, COUNT, switch_ns, share);
        for (size_t i = 0; i < COUNT; i++)
            cost += cck_rest_cost(&pulses[i], switch_ns) / pulses[i].turns;
        assert_true(cost <= share * COUNT * 0.5 || pulses[0].turns == CCK_REST_MOST);
        assert_true(cost > share * COUNT * 0.5 / 2.01); /* and no more rest than that asks for */
    }
}

static void some_turn_is_left_to_who_sleeps_all_the_time(void **state)
{
    (void)state;
    set(0, 0.5, 100000);
    cck_rest_decide(all, 1, switch_ns, share);
    unsigned awake = 0;
    for (uint64_t look = 0; look < CCK_REST_LOOKS * CCK_REST_MOST; look++)
        awake += cck_rest_awake(&pulses[0], look);
    assert_int_equal(awake, CCK_REST_LOOKS);
}

/* What they share is seen only then. */
static void those_that_rest_are_watched_at_the_same_time(void **state)
{
    (void)state;
    set(0, 0.5, 20000);
    set(1, 0.3, 3000);
    set(2, 1, 2);
    cck_rest_decide(all, 3, switch_ns, share);
    assert_true(pulses[0].turns > 1);
    assert_int_equal(pulses[0].turns, pulses[1].turns);
    assert_int_equal(pulses[2].turns, 1);
}

static void a_pulse_is_known_from_the_second_look(void **state)
{
    (void)state;
    cck_rest_pulse pulse = {0};
    cck_rest_note(&pulse, 100 * MS, 5000 * (uint64_t)MS, 1000000); /* attached: a life before */
    assert_true(pulse.rate == 0);
    cck_rest_note(&pulse, 101 * MS, 5001 * (uint64_t)MS, 1000100); /* too soon */
    assert_true(pulse.rate == 0);
    cck_rest_note(&pulse, 120 * MS, 5010 * (uint64_t)MS, 1000200);
    assert_true(fabs(pulse.rate - 10000) < 1 && fabs(pulse.busy - 0.5) < 0.01);
    cck_rest_note(&pulse, 140 * MS, 5020 * (uint64_t)MS, 1000200);
    assert_true(fabs(pulse.rate - 7000) < 1); /* slowly */
    cck_rest_note(&pulse, 160 * MS, 10 * (uint64_t)MS, 5); /* another thread of that id */
    assert_true(fabs(pulse.rate - 7000) < 1);
}

static void a_sample_stands_for_the_time_of_rest_too(void **state)
{
    (void)state;
    cck_watch_thread thread = {.first = 1000 * (uint64_t)MS};
    assert_true(cck_thread_periods(&thread, 2000 * (uint64_t)MS) == 1);
    thread.rested_ns = 750 * (uint64_t)MS;
    assert_true(fabs(cck_thread_periods(&thread, 2000 * (uint64_t)MS) - 4) < 1e-9);
    thread.rests = true;
    thread.rests_since = 2000 * (uint64_t)MS;
    assert_true(fabs(cck_thread_periods(&thread, 3000 * (uint64_t)MS) - 8) < 1e-9);
    assert_true(cck_thread_periods(&thread, 900 * (uint64_t)MS) == 1);
}

/* The start may owe: windows go on, but for a part of what is earned. */
static void what_clocks_took_is_paid_in_part(void **state)
{
    (void)state;
    static const cck_sampler_costs costs = {.sample_ns = 8000, .hit_ns = 15000, .arm_ns = 12000,
                                            .arm_own_ns = 6000, .slots = CCK_WATCH_SLOTS};
    cck_budget free, owing;
    cck_budget_init(&free, 0.02, &costs);
    owing = free;
    cck_budget_switches(&owing, 10 * MS);
    for (int i = 0; i < 100; i++) {
        cck_budget_sample(&free, 1);
        cck_budget_sample(&owing, 1);
    }
    assert_true(free.credit_ns - owing.credit_ns > 0);
    double earned = 100 * 0.02 * (double)free.period;
    assert_true(fabs(free.credit_ns - owing.credit_ns - 0.4 * earned) < 1);
    owing.awake = 0.25;
    cck_budget_tick(&free, 1);
    cck_budget_tick(&owing, 1);
    cck_budget_tick(&free, 1000 * (uint64_t)MS);
    cck_budget_tick(&owing, 1000 * (uint64_t)MS);
    assert_true(fabs(owing.looks * 4 - free.looks) < 1e-6 * free.looks); /* says less */
}

static void proc_tells_how_often_a_thread_came_to_run(void **state)
{
    (void)state;
    uint64_t run, times;
    cck_root root = tree_open(NULL);
    tree_add("proc/7/task/8/schedstat", "91307636 465484346 17368\n");
    assert_int_equal(cck_proc_turns(&root, 7, 8, &run, &times), 0);
    assert_int_equal(run, 91307636);
    assert_int_equal(times, 17368);
    tree_add("proc/7/task/8/schedstat", "nonsense");
    assert_int_equal(cck_proc_turns(&root, 7, 8, &run, &times), CCK_EFORMAT);
    assert_true(cck_proc_turns(&root, 7, 9, &run, &times) < 0);
    tree_close(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_seldom_sleeps_is_always_watched),
        cmocka_unit_test(what_sleeping_costs_stays_within_its_share),
        cmocka_unit_test(some_turn_is_left_to_who_sleeps_all_the_time),
        cmocka_unit_test(those_that_rest_are_watched_at_the_same_time),
        cmocka_unit_test(a_pulse_is_known_from_the_second_look),
        cmocka_unit_test(a_sample_stands_for_the_time_of_rest_too),
        cmocka_unit_test(what_clocks_took_is_paid_in_part),
        cmocka_unit_test(proc_tells_how_often_a_thread_came_to_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
