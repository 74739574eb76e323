/* SPDX-License-Identifier: MIT */
/* The watch engine in a made-up world: what it finds, and what it leaves alone. */
#include "watch_scene.h"

/* ---- verdicts ---- */

static void test_false_sharing(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 20000, false);
    run("false", 3 * SECOND / 10);
    assert_non_null(world_line(w, LINE));
    assert_true(world_line(w, LINE)->confirmed);
    run("false", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed && !line->lock);
    assert_int_equal(line->side_count, 2);
    const cck_watch_side *a = world_side(line, 0), *b = world_side(line, 1);
    assert_int_equal(a->written[0], 0xff);
    assert_int_equal(b->written[0], 0xff00);
    assert_int_equal(b->read[0], 0xff00);
    assert_true(a->atomics && b->atomics);
    assert_true(line->concurrency > 0.9);
    assert_int_equal(confirmed(), 1);
    /* 40 % of the samples of each are at it. */
    assert_true(fabs((double)a->samples / (double)a->thread_samples - 0.4) < 0.06);
    assert_true(a->elsewhere * 20 < a->thread_samples);
    assert_int_equal(line->use_count, 2);
    assert_int_equal(line->uses[0].size, 8);
    assert_true(line->uses[0].hits > 0 && line->uses[0].samples > 0);
}

static void test_true_sharing(void **state)
{
    (void)state;
    two_counters(LINE + 16, LINE + 16, 20000, false);
    run("true", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed && !line->lock);
    assert_int_equal(world_side(line, 0)->written[0], 0xff0000);
    assert_int_equal(world_side(line, 1)->written[0], 0xff0000);
}

static void test_reader_beside_writer(void **state)
{
    (void)state;
    world_thread_on(w, 0);
    world_thread_on(w, 1);
    habit *reader = world_habit(w, 0, LINE, 10000, 0.3);
    reader->writes = reader->atomic = false;
    habit *writer = world_habit(w, 1, LINE + 32, 10000, 0.3);
    writer->atomic = false;
    run("reader", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed);
    const cck_watch_side *a = world_side(line, 0), *b = world_side(line, 1);
    assert_int_equal(a->read[0], 0xff);
    assert_int_equal(a->written[0], 0);
    assert_int_equal(b->written[0], UINT64_C(0xff) << 32);
    assert_false(b->atomics);
}

/* An atomic that is done on a condition: the sample behind it may have come another way. A store
 * is waited for elsewhere. */
static void test_behind_a_join(void **state)
{
    (void)state;
    for (int atomic = 0; atomic < 2; atomic++) {
        world_end(w);
        world_begin(w, 3);
        two_counters(LINE, LINE + 8, 5000, true);
        for (int i = 0; i < w->habit_count; i++) {
            w->habits[i].joined = true;
            w->habits[i].atomic = atomic;
            w->habits[i].share = 0.5;
        }
        run("behind a join", 3 * SECOND);
        const cck_watch_line *line = world_line(w, LINE);
        assert_true(line && line->confirmed);
        for (int i = 0; i < 2; i++) {
            const cck_watch_side *side = world_side(line, i);
            double share = (double)side->samples / (double)side->thread_samples;
            if (atomic)
                assert_in_range((uintmax_t)(share * 100), 35, 55);
            else
                assert_int_equal(side->samples, 0);
        }
    }
}

static void test_ring(void **state)
{
    (void)state;
    world_thread_on(w, 0);
    world_thread_on(w, 1);
    for (int i = 0; i < 2; i++) {
        habit *mine = world_habit(w, i, LINE + 8u * (unsigned)i, 5000, 0.2);
        mine->reads = mine->atomic = false;
        habit *other = world_habit(w, i, LINE + 8u * (unsigned)!i, 5000, 0.2);
        other->writes = other->atomic = false;
    }
    run("ring", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed && !line->lock);
    const cck_watch_side *a = world_side(line, 0), *b = world_side(line, 1);
    assert_int_equal(a->written[0], 0xff);
    assert_int_equal(a->read[0], 0xff00);
    assert_int_equal(b->written[0], 0xff00);
    assert_int_equal(b->read[0], 0xff);
}

static void test_lock_word(void **state)
{
    (void)state;
    world_thread_on(w, 0);
    world_thread_on(w, 1);
    for (int i = 0; i < 2; i++) {
        world_habit(w, i, LINE, 20000, 0.3); /* taken */
        habit *data = world_habit(w, i, LINE + 128, 20000, 0.1);
        data->atomic = false;
        habit *release = world_habit(w, i, LINE, 20000, 0.1);
        release->reads = release->atomic = false;
        release->before = (int)(data - w->habits) + 1;
    }
    run("lock", 2 * SECOND);
    assert_true(world_line(w, LINE) && world_line(w, LINE)->lock);
    assert_true(world_line(w, LINE + 128) && !world_line(w, LINE + 128)->lock);
}

/* On CPUs that they share with others the two run at the same time now and then. */
static void test_busy_machine(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 5000, true);
    w->threads[0].runs = (shift){0, 3 * MS, 6 * MS};
    w->threads[1].runs = (shift){MS, 3 * MS, 7 * MS};
    run("busy machine", 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed);
    assert_true(line->concurrency > 0.3 && line->concurrency < 1);
}

/* At it in 3 % of the samples, among much else: found all the same, a bit later. */
static void test_seldom_sampled(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        world_begin(w, seed);
        two_counters(LINE, LINE + 8, 20000, true);
        for (int i = 0; i < 2; i++) {
            w->habits[i].share = 0.03;
            for (unsigned j = 0; j < 20; j++)
                world_habit(w, i, 0x800000 + 0x10000u * (unsigned)i + 64 * j, 1000, 0.04);
        }
        run("seldom", 3 * SECOND);
        assert_true(world_line(w, LINE) && world_line(w, LINE)->confirmed);
        assert_int_equal(w->summary.line_count, 1);
        world_end(w);
    }
}

/* Code that is not optimised is at the line in 1 % of its samples, and writes to its frame in the
 * others: once the line is known to be shared, it is watched without waiting for these. */
static void test_watched_on(void **state)
{
    (void)state;
    world_thread_on(w, 0);
    world_thread_on(w, 1);
    for (int i = 0; i < 2; i++) {
        world_habit(w, i, LINE + 8u * (unsigned)i, 2000, 0.01)->atomic = false;
        for (unsigned j = 0; j < 20; j++) {
            habit *frame =
                world_habit(w, i, 0x800000 + 0x10000u * (unsigned)i + 64 * j, 500, 0.045);
            frame->stack = true;
            frame->atomic = false;
        }
    }
    run("watched on", 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed);
    for (int i = 0; i < 2; i++) {
        const cck_watch_side *side = world_side(line, i);
        assert_true(side && side->windows_hit >= 20);
        assert_true(side->elsewhere * 10 > side->thread_samples * 8);
        assert_int_equal(side->watched[0] & 0xffff, 0xffff);
        assert_int_equal(side->steady[0], UINT64_C(0xff) << 8 * i);
    }
    assert_true(world_overhead(w) < 0.022);
}

/* ---- what must not be told ---- */

/* It writes as fast as any while it runs: 50 us of every 10 ms, in which it is never sampled. */
static void test_hardly_ever_runs(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        world_thread_on(w, (uint32_t)i);
        habit *reads = world_habit(w, i, LINE + 16u * (unsigned)i, 3000, 0.3);
        reads->writes = reads->atomic = false;
    }
    world_thread_on(w, 2);
    world_habit(w, 2, LINE + 48, 5000, 0);
    w->threads[2].runs = (shift){0, MS / 20, 10 * MS};
    run("hardly ever runs", 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(!line || line->rate < 4000);
    cck_watch_engine_thread(w->engine, WORLD_PID, WORLD_TID + 2, false);
    w->threads[2].alive = false;
    world_sum(w);
    line = world_line(w, LINE);
    assert_true(!line || line->rate < 4000);
}

static void test_padded(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 64, 20000, false);
    habit *frame = world_habit(w, 0, UINT64_C(0x7ff00000), 1000, 0.3);
    frame->stack = true;
    run("padded", 3 * SECOND);
    assert_int_equal(w->summary.line_count, 0);
    assert_int_equal(w->summary.suspects, 0);
    assert_true(w->summary.windows > 10);
    assert_true(world_overhead(w) < 0.02);
}

static void test_readers_only(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 5000, false);
    w->habits[0].writes = w->habits[0].atomic = false;
    w->habits[1].writes = w->habits[1].atomic = false;
    run("readers", 2 * SECOND);
    assert_int_equal(confirmed(), 0);
    assert_int_equal(w->summary.hits, 0); /* only writes are watched for */
}

/* In turns of `turn` ns: they sleep meanwhile, or are busy elsewhere. */
static void turns(bool asleep, uint64_t ns)
{
    for (int i = 0; i < 2; i++) {
        int thread = world_thread_on(w, (uint32_t)i);
        shift turn = {.start = (uint64_t)i * ns, .on = ns, .cycle = 2 * ns};
        habit *h = world_habit(w, thread, LINE + 8u * (unsigned)i, 1000, 0.5);
        if (asleep)
            w->threads[thread].runs = turn;
        else
            h->when = turn;
    }
    run(asleep ? "turns, asleep" : "turns, busy", 3 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->sides[0].hits > 20);
    assert_false(line->confirmed);
    assert_true(line->concurrency < 0.05);
    assert_true(line->rate < 4000);
}

static void test_turns_asleep(void **state)
{
    (void)state;
    turns(true, 20 * MS);
}

static void test_turns_busy(void **state)
{
    (void)state;
    turns(false, 20 * MS);
}

/* On one CPU nothing is transferred, whatever the threads do. */
static void test_one_cpu(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 5000, false);
    for (int i = 0; i < 2; i++) {
        w->threads[i].cpu = 0;
        w->threads[i].runs = (shift){(uint64_t)i * 3 * MS, 3 * MS, 6 * MS};
    }
    run("one CPU", 2 * SECOND);
    assert_int_equal(confirmed(), 0);
    assert_true(!world_line(w, LINE) || world_line(w, LINE)->rate < 1);
}

static void test_unverified(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 5000, false);
    w->habits[0].opaque = w->habits[1].opaque = true;
    run("opaque", 2 * SECOND);
    assert_true(w->summary.hits > 50);
    assert_int_equal(w->summary.verified, 0);
    assert_int_equal(w->summary.line_count, 0);
}

/* One side that cannot be verified is no side. */
static void test_half_verified(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 5000, false);
    w->habits[1].opaque = true;
    run("half", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_non_null(line);
    assert_false(line->confirmed);
    assert_true(!world_side(line, 1) || !world_side(line, 1)->hits);
    assert_true(line->rate == 0 && line->rate_high < 0); /* not known is not none */
}

/* `mov 4(%rax),%eax`: the bytes are those of an int in the word that the thread is seen to use. */
static void test_unplaced(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 12, 5000, false);
    for (int i = 0; i < 2; i++) {
        w->habits[i].size = 4;
        w->habits[i].unplaced = true;
    }
    run("unplaced", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed);
    assert_int_equal(world_side(line, 0)->written[0], 0xf);
    assert_int_equal(world_side(line, 1)->written[0], 0xf000);
    assert_true(w->summary.verified > w->summary.hits / 2);
}

/* Nobody is known to use it, or several words of that size are. */
static void test_not_to_be_placed(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 5000, false);
    world_habit(w, 0, LINE + 4, 5000, 0.4);
    for (int i = 0; i < 3; i++) {
        w->habits[i].size = 4;
        w->habits[i].unplaced = true;
    }
    run("not placed", 2 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(!line || !world_side(line, 0) || !world_side(line, 0)->written[0]);
}

/* Written once, then read by all: no writer is ever caught. */
static void test_initialised_then_read(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        world_thread_on(w, (uint32_t)i);
    world_habit(w, 0, LINE, 1000, 0.9)->when = (shift){0, 30 * MS, 1000 * SECOND};
    for (int i = 1; i < 3; i++) {
        habit *h = world_habit(w, i, LINE, 3000, 0.4);
        h->writes = h->atomic = false;
        h->when = (shift){40 * MS, 900 * SECOND, 1000 * SECOND};
    }
    run("initialised", 3 * SECOND);
    assert_int_equal(confirmed(), 0);
}

static void test_seed(void **state)
{
    (void)state;
    double rates[2];
    uint64_t arms[2];
    for (int i = 0; i < 2; i++) {
        world_begin(w, 42);
        two_counters(LINE, LINE + 8, 20000, true);
        run("seed", SECOND);
        rates[i] = world_line(w, LINE)->rate;
        arms[i] = w->arms;
        if (i == 0)
            world_end(w);
    }
    assert_true(rates[0] == rates[1]);
    assert_int_equal(arms[0], arms[1]);
}

/* Not luck: every seed finds what there is in time, and nothing else. */
static void test_any_seed(void **state)
{
    (void)state;
    double worst = 1;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        world_begin(w, seed);
        two_counters(LINE, LINE + 8, seed % 2 ? 20000 : 5000, seed % 3 == 0);
        run("any seed", 3 * SECOND / 10);
        assert_true(world_line(w, LINE) && world_line(w, LINE)->confirmed);
        run("any seed", 2 * SECOND);
        double truth = seed % 2 ? 50000 : 200000, rate = world_line(w, LINE)->rate;
        worst = fmax(worst, fmax(rate / truth, truth / rate));
        world_end(w);
    }
    assert_true(worst < 1.3);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        world_begin(w, seed);
        turns(seed % 2, (seed % 4 + 2) * 10 * MS);
        world_end(w);
    }
}

static void test_nothing_seen(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 64, 20000, false);
    run("nothing", SECOND);
    double first = w->summary.least_rate;
    /* 2 ln 40 / (100 ns * 500 a second * 1 s), were all samples decoded; 40 % are. */
    assert_true(first > 147000 && first < 147000 / 0.3);
    run("nothing", 3 * SECOND);
    assert_true(w->summary.least_rate < first / 3);
    world_end(w);
    world_begin(w, 1);
    w->plan.transfer_ns = 0;
    two_counters(LINE, LINE + 64, 20000, false);
    run("nothing", SECOND);
    assert_true(w->summary.least_rate < 0);
}

static void test_no_registers_free(void **state)
{
    (void)state;
    w->costs.slots = 0;
    two_counters(LINE, LINE + 8, 20000, false);
    run("no slots", SECOND);
    assert_int_equal(w->arms, 0);
    assert_int_equal(w->summary.suspects, 1);
    assert_true(w->summary.least_rate < 0);
}

static void test_bad_plans(void **state)
{
    (void)state;
    cck_watch_hands hands = {0};
    w->plan.line_size = 48;
    assert_int_equal(cck_watch_engine_new(&w->engine, &w->plan, &w->costs, &hands, NULL),
                     CCK_EINVALID);
    w->plan.line_size = 64;
    w->plan.budget = 0;
    assert_int_equal(cck_watch_engine_new(&w->engine, &w->plan, &w->costs, &hands, NULL),
                     CCK_EINVALID);
    assert_null(w->engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_false_sharing),
        TEST(test_true_sharing),
        TEST(test_reader_beside_writer),
        TEST(test_ring),
        TEST(test_behind_a_join),
        TEST(test_lock_word),
        TEST(test_busy_machine),
        TEST(test_seldom_sampled),
        TEST(test_watched_on),
        TEST(test_hardly_ever_runs),
        TEST(test_padded),
        TEST(test_readers_only),
        TEST(test_turns_asleep),
        TEST(test_turns_busy),
        TEST(test_one_cpu),
        TEST(test_unverified),
        TEST(test_half_verified),
        TEST(test_unplaced),
        TEST(test_not_to_be_placed),
        TEST(test_initialised_then_read),
        TEST(test_seed),
        TEST(test_any_seed),
        TEST(test_nothing_seen),
        TEST(test_no_registers_free),
        TEST(test_bad_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
