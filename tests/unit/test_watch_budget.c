/* SPDX-License-Identifier: MIT */
/* What watching may cost, our own CPU time included where the target would have had it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "event_tree.h"
#include "probes/watch/budget.h"
#include "probes/watch/own_time.h"

static const cck_sampler_costs costs = {.sample_ns = 8000,
                                        .hit_ns = 15000,
                                        .arm_ns = 12000,
                                        .arm_own_ns = 6000,
                                        .slots = CCK_WATCH_SLOTS};

/* A machine whose CPUs the threads of a program fill, and what it loses. */
typedef struct busy_machine {
    double threads, cpus;
    double waking_ns, decoding_ns; /* of ours: every 20 ms, and for each sample */
    double taken;                  /* share of our time that others would have had */
    double lost_ns;                /* in the target, and what we take from it */
    uint64_t windows;
} busy_machine;

/* So many seconds, with as many windows as are allowed: each arms eight slots, of which half hit
 * six times. */
static double live(busy_machine *m, cck_budget *budget, uint64_t seconds)
{
    enum { TICK_NS = 20000000, ARMED = 8, HITS = 24 };
    double due = 0, from = budget->cpu_ns;
    for (uint64_t now = budget->earned, end = now + seconds * 1000000000u; now < end;) {
        now += TICK_NS;
        double own = m->waking_ns;
        for (due += m->threads * TICK_NS / (double)budget->period; due >= 1; due--) {
            cck_budget_sample(budget, 1);
            m->lost_ns += costs.sample_ns;
            own += m->decoding_ns;
        }
        cck_budget_tick(budget, now);
        if (cck_budget_allows(budget)) {
            m->windows++;
            for (int i = 0; i < ARMED; i++)
                cck_budget_arm(budget, true);
            for (int i = 0; i < HITS; i++)
                cck_budget_hit(budget);
            m->lost_ns += ARMED * costs.arm_ns + HITS * costs.hit_ns;
            own += ARMED * costs.arm_own_ns;
        }
        cck_budget_own(budget, own, m->taken, m->cpus);
        m->lost_ns += own * m->taken * fmin(m->threads / m->cpus, 1);
    }
    return budget->cpu_ns - from;
}

static void our_own_time_is_within_the_budget(void **state)
{
    (void)state;
    static const busy_machine machines[] = {
        {.threads = 2, .cpus = 2, .waking_ns = 80000, .decoding_ns = 6000, .taken = 1},
        {.threads = 1, .cpus = 2, .waking_ns = 80000, .decoding_ns = 6000, .taken = 1},
        {.threads = 1, .cpus = 1, .waking_ns = 80000, .decoding_ns = 6000, .taken = 1},
        {.threads = 2, .cpus = 2, .waking_ns = 300000, .decoding_ns = 10000, .taken = 1},
        {.threads = 16, .cpus = 16, .waking_ns = 80000, .decoding_ns = 6000, .taken = 1},
    };
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        busy_machine m = machines[i];
        cck_budget budget;
        cck_budget_init(&budget, 0.02, &costs);
        cck_budget_tick(&budget, 1);
        live(&m, &budget, 2); /* the start has an advance */
        m.lost_ns = 0;
        m.windows = 0;
        double cpu = live(&m, &budget, 10), share = m.lost_ns / cpu;
        assert_true(share < 0.0212); /* some credit may have been saved */
        assert_true(m.windows > 5); /* and is enough to find something */
    }
}

static void what_costs_nobody_anything_is_not_charged(void **state)
{
    (void)state;
    cck_budget idle, busy;
    busy_machine on_idle = {.threads = 2, .cpus = 2, .waking_ns = 80000, .decoding_ns = 6000},
                 on_busy = on_idle;
    on_busy.taken = 1;
    cck_budget_init(&idle, 0.02, &costs);
    cck_budget_init(&busy, 0.02, &costs);
    cck_budget_tick(&idle, 1);
    cck_budget_tick(&busy, 1);
    double cpu = live(&on_idle, &idle, 10);
    live(&on_busy, &busy, 10);
    assert_true(on_idle.lost_ns / cpu > 0.015 && on_idle.lost_ns / cpu < 0.0205);
    assert_true(on_idle.windows > on_busy.windows);
    assert_true(idle.period <= busy.period);
}

static void a_wait_is_as_long_as_it_takes(void **state)
{
    (void)state;
    cck_budget budget;
    cck_budget_init(&budget, 0.02, &costs);
    cck_budget_tick(&budget, 1);
    assert_int_equal(cck_budget_wait(&budget), 0);
    budget.running = 2;
    budget.credit_ns = -400000; /* two threads earn 40 us a ms */
    uint64_t wait = cck_budget_wait(&budget);
    assert_true(wait > 9900000 && wait < 10100000);
    budget.running = 0; /* nobody earns anything: looked at again some time */
    assert_true(cck_budget_wait(&budget) <= 1000000001);
    budget.credit_ns = -1e15;
    assert_true(cck_budget_wait(&budget) <= 1000000001);
}

/* In a crowd most that are armed wait for a CPU. */
static void who_sleeps_is_not_interrupted(void **state)
{
    (void)state;
    cck_budget busy, crowd;
    cck_budget_init(&busy, 0.02, &costs);
    crowd = busy;
    cck_budget_arm(&busy, true);
    cck_budget_arm(&crowd, false);
    assert_true(crowd.credit_ns > busy.credit_ns + costs.arm_ns / 2);
    assert_true(crowd.own_ns == busy.own_ns);
}

/* ---- who would have had our time ---- */

static cck_root root;

static int make_tree(void **state)
{
    (void)state;
    root = tree_open(NULL);
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    tree_close(&root);
    return 0;
}

static void an_idle_cpu_makes_our_time_free(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        double taken, busy;
    } cases[] = {
        {"100.00 50.00\n", "101.00 51.50\n", 0, 0.5},  /* one and a half of two are idle */
        {"100.00 50.00\n", "101.00 50.25\n", 0.75, 1.75},
        {"100.00 50.00\n", "101.00 50.00\n", 1, 2},
        {"100.00 50.00\n", "101.00 60.00\n", 1, 2},    /* more than there are: not believed */
        {"100.00 50.00\n", "101.00 40.00\n", 1, 2},
        {"100.00 50.00\n", "99.00 50.00\n", 1, 2},
        {"100.00 50.00\n", "nonsense", 1, 2},
        {"", "101.00 50.00\n", 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cck_own_time own = {0};
        tree_add("proc/uptime", cases[i].before);
        assert_int_equal(cck_own_time_used(&own, &root, 1000000000, 2), 0);
        assert_true(own.taken == 1 && own.busy == 2);
        tree_add("proc/uptime", cases[i].after);
        cck_own_time_used(&own, &root, 1010000000, 2); /* too soon to look again */
        assert_true(own.taken == 1);
        cck_own_time_used(&own, &root, 2000000000, 2);
        assert_true(fabs(own.taken - cases[i].taken) < 0.02);
        assert_true(fabs(own.busy - cases[i].busy) < 0.02);
    }
}

static void our_time_is_that_of_the_thread(void **state)
{
    (void)state;
    cck_own_time own = {0};
    volatile uint64_t sink = 0;
    cck_own_time_used(&own, &root, 1000000000, 2);
    for (uint64_t i = 0; i < 20000000; i++)
        sink = sink + i;
    uint64_t used = cck_own_time_used(&own, &root, 1001000000, 2);
    assert_true(used > 2000000); /* an addition through memory takes more than 0.1 ns */
    usleep(100000);
    assert_true(cck_own_time_used(&own, &root, 1002000000, 2) < 50000000); /* asleep: none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_time_is_within_the_budget),
        cmocka_unit_test(what_costs_nobody_anything_is_not_charged),
        cmocka_unit_test(a_wait_is_as_long_as_it_takes),
        cmocka_unit_test(who_sleeps_is_not_interrupted),
        cmocka_unit_test_setup_teardown(an_idle_cpu_makes_our_time_free, make_tree,
                                        remove_tree),
        cmocka_unit_test_setup_teardown(our_time_is_that_of_the_thread, make_tree,
                                        remove_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
