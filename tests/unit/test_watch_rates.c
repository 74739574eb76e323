/* SPDX-License-Identifier: MIT */
/* Rates that the watch engine tells, against those that the made-up threads have. */
#include "probes/watch/pace.h"
#include "watch_scene.h"

/* ---- rates ---- */

/* Ratios of what is told to what is so, in one world. */
typedef struct told {
    double sum, least, most;
    int count;
} told;

static void look_at_rates(told *out, double gap, bool random, uint64_t seed, bool may_bound)
{
    world_begin(w, seed);
    two_counters(LINE, LINE + 8, gap, random);
    char name[64];
    snprintf(name, sizeof name, "gap %.0f%s", gap, random ? " at random" : "");
    run(name, 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_non_null(line);
    double truth = 1e9 / gap;
    for (size_t i = 0; i < line->side_count; i++) {
        const cck_watch_side *side = &line->sides[i];
        assert_true(side->rate_low <= side->rate);
        if (side->rate_high < 0) {
            assert_true(may_bound);
            assert_true(side->rate_low < truth);
            continue;
        }
        assert_true(side->rate_high >= side->rate);
        double ratio = side->rate / truth;
        out->sum += ratio;
        out->least = out->count && out->least < ratio ? out->least : ratio;
        out->most = out->count && out->most > ratio ? out->most : ratio;
        out->count++;
    }
    world_end(w);
}

/* Accesses at random are known as well as chance allows: the mean of several worlds is within
 * `most_off`, each within its square. */
static void check_rate(double gap, bool random, double most_off, bool may_bound)
{
    told all = {0};
    double each = random ? most_off * most_off : most_off;
    for (uint64_t i = 0; i < 4; i++)
        look_at_rates(&all, gap, random, (uint64_t)gap + random + 1000 * i, may_bound);
    if (!all.count)
        return; /* bounds only */
    assert_true(all.least > 1 / each && all.most < each);
    double mean = all.sum / all.count;
    assert_true(mean > 1 / most_off && mean < most_off);
}

static void test_rates(void **state)
{
    (void)state;
    for (int random = 0; random < 2; random++) {
        check_rate(250000, random, 1.3, false); /* 4 k/s */
        check_rate(50000, random, 1.3, false);
        check_rate(20000, random, 1.3, false);
        check_rate(6000, random, 1.3, false);
        check_rate(2000, random, 2, true); /* 500 k/s */
        check_rate(1000, random, 2, true);
        check_rate(200, random, 2, true);
    }
}

/* Traps that take longer than was measured at the start, for half of the time: those of just
 * before are taken off, not those of then. */
static void test_rates_with_slow_traps(void **state)
{
    (void)state;
    static const double gaps[] = {50000, 20000, 6000, 2000};
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        world_begin(w, i + 7);
        w->slow_traps = 1.6;
        two_counters(LINE, LINE + 8, gaps[i], i % 2);
        run("slow traps", 3 * SECOND);
        const cck_watch_line *line = world_line(w, LINE);
        assert_true(line && line->rate_high >= 0);
        assert_true(line->rate < 1.3 * 1e9 / gaps[i] && line->rate > 1e9 / gaps[i] / 1.3);
        assert_true(gaps[i] > 4 * w->costs.hit_ns || w->echoes > 20);
        world_end(w);
    }
}

/* Where the trap at the instruction behind comes together with the hit, that behind it tells. */
static void test_rates_with_echoes_apart(void **state)
{
    (void)state;
    world_begin(w, 9);
    w->costs.echoes_apart = true;
    w->slow_traps = 1.6;
    two_counters(LINE, LINE + 8, 6000, false);
    run("echoes apart", 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->rate_high >= 0 && w->echoes > 20);
    assert_true(line->rate < 1.3 * 1e9 / 6000 && line->rate > 1e9 / 6000 / 1.3);
}

/* Where there are no echoes, what cannot be told from a slow trap is a bound, and a true one. */
static void test_rates_without_echoes(void **state)
{
    (void)state;
    world_begin(w, 3);
    w->costs.echoes = false;
    w->slow_traps = 1.6;
    two_counters(LINE, LINE + 8, 1000, false);
    run("no echoes", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed && line->rate > 4000 && line->rate < 1e6);
    assert_true(line->rate_high < 0 || line->rate_high > 1e6);
    assert_int_equal(w->echoes, 0);
}

/* An update by a load and a store is one visit, not two. */
static void test_rate_of_updates(void **state)
{
    (void)state;
    int a = world_thread_on(w, 0), b = world_thread_on(w, 1);
    for (int i = 0; i < 2; i++) {
        int thread = i ? b : a;
        habit *load = world_habit(w, thread, LINE + 8u * (unsigned)i, 20000, 0.02);
        load->writes = load->atomic = false;
        habit *store = world_habit(w, thread, LINE + 8u * (unsigned)i, 20000, 0.02);
        store->reads = store->atomic = false;
    }
    run("updates", 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed);
    assert_true(line->rate > 50000 / 1.3 && line->rate < 50000 * 1.3);
}

/* One hit an arming, as where more are not safe: the rate saturates, and says so. */
static int arm_once(void *context, int32_t tid, unsigned slot, uint64_t word, cck_watch_kind kind,
                    unsigned hits)
{
    int code = world_arm(context, tid, slot, word, kind, 1);
    (void)hits;
    return code;
}

static void test_rate_saturates(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 2000, true);
    cck_watch_hands hands = {arm_once,  world_disarm, world_exposure, world_cpu_time, world_clock,
                             world_key, world_near,   world_trapped,  world_next,     w};
    world_start(w);
    cck_watch_engine_free(w->engine);
    assert_int_equal(cck_watch_engine_new(&w->engine, &w->plan, &w->costs, &hands, NULL), 0);
    run("one hit an arming", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed);
    assert_true(line->rate_high < 0);
    assert_true(line->rate > 4000 && line->rate < 500000);
}

/* A thread that runs half of the time makes half of the transfers. */
static void test_rate_of_part_time(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 20000, true);
    w->threads[1].runs = (shift){0, 3 * MS, 6 * MS};
    run("part time", 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    const cck_watch_side *b = world_side(line, 1);
    assert_true(b && b->rate > 25000 / 1.3 && b->rate < 25000 * 1.3);
}

/* ---- one word's pace ---- */

static void test_pace_of_nothing(void **state)
{
    (void)state;
    cck_pace pace = {0};
    assert_true(cck_pace_estimate(&pace, 11000).rate == 0);
    cck_pace_silent(&pace, SECOND, false);
    cck_pace_rate rate = cck_pace_estimate(&pace, 11000);
    assert_true(rate.rate == 0 && rate.low == 0);
    assert_true(rate.high > 3.5 && rate.high < 3.9); /* 3.69 in a second: 97.5 % of none */
    cck_pace_clear(&pace);
}

/* A few gaps in which another guest had the CPU do not spoil the mean. */
static void test_pace_with_outliers(void **state)
{
    (void)state;
    cck_pace pace = {0};
    for (int i = 0; i < 100; i++)
        assert_true(cck_pace_next(&pace, i % 20 == 7 ? 4000000 : 31000, 11000, false));
    cck_pace_rate rate = cck_pace_estimate(&pace, 11000);
    assert_true(fabs(rate.rate - 50000) < 1);
    cck_pace_clear(&pace);
}

/* Five traps of other words between two hits of one are off all together: what they may have taken
 * is no gap. An interval that does not say so makes a line that moves all the time one that does
 * not matter. Alone, the word tells more. */
static void test_pace_among_others(void **state)
{
    (void)state;
    const double hit = 11000;
    cck_pace pace = {0};
    for (int i = 0; i < 40; i++)
        assert_true(cck_pace_next(&pace, 91000, 6 * hit, false));
    cck_pace_rate rate = cck_pace_estimate(&pace, hit);
    assert_true(rate.high < 0 && rate.rate < 25000);
    assert_true(cck_pace_wants_alone(&pace, hit));
    for (int i = 0; i < CCK_PACE_GAPS_LEAST; i++)
        assert_true(cck_pace_next(&pace, 13000, hit, true));
    rate = cck_pace_estimate(&pace, hit);
    assert_true(rate.high < 0 && rate.rate > 100000 && rate.rate < 500000);
    cck_pace_clear(&pace);
    for (int i = 0; i < 40; i++)
        assert_true(cck_pace_next(&pace, 91000, hit, false));
    assert_false(cck_pace_wants_alone(&pace, hit));
    cck_pace_clear(&pace);
}

static void test_pace_of_bursts(void **state)
{
    (void)state;
    cck_pace pace = {0};
    /* At it for a tenth of the time, then every 20 us. */
    for (int i = 0; i < 40; i++) {
        if (i % 10) {
            cck_pace_silent(&pace, MS, false);
            continue;
        }
        cck_pace_first(&pace, 70000);
        for (int j = 0; j < 4; j++)
            assert_true(cck_pace_next(&pace, 31000, 11000, false));
    }
    cck_pace_rate rate = cck_pace_estimate(&pace, 11000);
    assert_true(fabs(rate.rate - 5000) < 1);
    cck_pace_clear(&pace);
}

static void test_poisson(void **state)
{
    (void)state;
    /* The exact interval of 10 is 4.80 .. 18.39, of 100 it is 81.4 .. 121.6. */
    assert_true(fabs(cck_poisson_low(10) - 4.80) < 0.05);
    assert_true(fabs(cck_poisson_high(10) - 18.39) < 0.05);
    assert_true(fabs(cck_poisson_low(100) - 81.4) < 0.1);
    assert_true(fabs(cck_poisson_high(100) - 121.6) < 0.1);
    assert_true(cck_poisson_low(0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rates),
        TEST(test_rates_with_slow_traps),
        TEST(test_rates_with_echoes_apart),
        TEST(test_rates_without_echoes),
        TEST(test_pace_among_others),
        TEST(test_rate_of_updates),
        TEST(test_rate_saturates),
        TEST(test_rate_of_part_time),
        TEST(test_pace_of_nothing),
        TEST(test_pace_with_outliers),
        TEST(test_pace_of_bursts),
        TEST(test_poisson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
