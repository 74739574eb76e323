/* SPDX-License-Identifier: MIT */
/* The watch engine in a made-up world: what it finds, how often, and what it leaves alone. */
#include <stdio.h>

#include "probes/watch/engine_parts.h"
#include "watch_world.h"

#define LINE UINT64_C(0x600000)

static world *w;

static int setup(void **state)
{
    (void)state;
    w = malloc(sizeof *w);
    assert_non_null(w);
    world_begin(w, 7);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_end(w);
    free(w);
    return 0;
}

/* Two threads, a counter each at these addresses, `gap` ns between two increments. */
static void two_counters(uint64_t a, uint64_t b, double gap, bool random)
{
    world_thread_on(w, 0);
    world_thread_on(w, 1);
    world_habit(w, 0, a, gap, 0.4)->random = random;
    world_habit(w, 1, b, gap, 0.4)->random = random;
}

static void see(const char *what)
{
    if (!getenv("CCK_TEST_VERBOSE"))
        return;
    printf("%s: %zu lines, %llu samples, %llu hits, %llu windows, overhead %.2f %%, least %g\n",
           what, w->summary.line_count, (unsigned long long)w->summary.samples,
           (unsigned long long)w->summary.hits, (unsigned long long)w->summary.windows,
           100 * world_overhead(w), w->summary.least_rate);
    for (size_t i = 0; i < w->summary.line_count && i < 20; i++) {
        const cck_watch_line *l = &w->summary.lines[i];
        printf("  %llx rate %.0f [%.0f, %.0f] together %.2f%s%s\n", (unsigned long long)l->key,
               l->rate, l->rate_low, l->rate_high, l->concurrency, l->confirmed ? " confirmed" : "",
               l->lock ? " lock" : "");
        for (size_t j = 0; j < l->side_count; j++) {
            const cck_watch_side *s = &l->sides[j];
            printf("    %d R %llx W %llx hits %llu (%llu) rate %.0f [%.0f, %.0f] windows %llu/%llu "
                   "samples %llu/%llu exposure %.3f\n",
                   s->tid, (unsigned long long)s->read[0], (unsigned long long)s->written[0],
                   (unsigned long long)s->hits, (unsigned long long)s->concurrent, s->rate,
                   s->rate_low, s->rate_high, (unsigned long long)s->windows_hit,
                   (unsigned long long)s->windows, (unsigned long long)s->samples,
                   (unsigned long long)s->thread_samples, s->exposure_s);
        }
    }
}

static void run(const char *name, uint64_t ns)
{
    if (!w->engine)
        world_start(w);
    world_run(w, w->now + ns);
    world_sum(w);
    see(name);
}

static uint64_t confirmed(void)
{
    uint64_t count = 0;
    for (size_t i = 0; i < w->summary.line_count; i++)
        count += w->summary.lines[i].confirmed;
    return count;
}

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

/* ---- what must not be told ---- */

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

/* ---- rates ---- */

static void check_rate(double gap, bool random, double most_off, bool may_bound)
{
    world_begin(w, (uint64_t)gap + random);
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
        assert_true(side->rate < truth * most_off);
        assert_true(side->rate > truth / most_off);
    }
    if (line->rate_high >= 0) {
        assert_true(line->rate < truth * most_off);
        assert_true(line->rate > truth / most_off);
    }
    world_end(w);
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

/* One hit an arming, as where more are not safe: the rate saturates, and says so. */
static int arm_once(void *context, int32_t tid, unsigned slot, uint64_t word, bool reads,
                    unsigned hits)
{
    int code = world_arm(context, tid, slot, word, reads, 1);
    (void)hits;
    return code;
}

static void test_rate_saturates(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 2000, true);
    cck_watch_hands hands = {arm_once,  world_disarm, world_exposure, world_cpu_time,
                             world_key, world_near,   world_trapped,  w};
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

/* ---- many ---- */

static void test_sixty_four_threads(void **state)
{
    (void)state;
    enum { THREADS = 64, LINES = 8 };
    for (int i = 0; i < THREADS; i++) {
        world_thread_on(w, (uint32_t)i);
        world_habit(w, i, LINE + 64u * (unsigned)(i % LINES) + 8u * (unsigned)(i / LINES), 10000,
                    0.3);
        world_habit(w, i, 0x800000 + 64u * (unsigned)i, 1000, 0.4); /* its own */
    }
    run("64 threads", 3 * SECOND);
    for (unsigned i = 0; i < LINES; i++) {
        assert_non_null(world_line(w, LINE + 64u * i));
        assert_true(world_line(w, LINE + 64u * i)->confirmed);
    }
    assert_int_equal(confirmed(), LINES);
    assert_true(w->summary.windows < 400);
    assert_true(world_overhead(w) < 0.021);
}

static void test_crowd_within_budget(void **state)
{
    (void)state;
    enum { THREADS = 256, CPUS = 8 };
    for (unsigned i = 0; i < THREADS; i++) {
        int thread = world_thread_on(w, i % CPUS);
        w->threads[thread].runs = (shift){i / CPUS * 4 * MS, 4 * MS, THREADS / CPUS * 4 * MS};
        world_habit(w, thread, LINE + 64u * (i / 8) + 8u * (i % 8), 2000, 0.5);
    }
    run("256 threads", 4 * SECOND);
    assert_true(world_overhead(w) < 0.021);
    assert_true(w->summary.line_count > 0);
    /* Our own time, too, for arming: 10 % of a CPU at most. */
    assert_true((double)w->arms * w->costs.arm_own_ns < 0.1 * (double)w->now);
}

static void test_period(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 64, 20000, false);
    world_start(w);
    uint64_t alone = cck_watch_engine_period(w->engine);
    assert_true(w->costs.sample_ns / (double)alone <= w->plan.budget);
    world_end(w);
    world_begin(w, 3);
    for (unsigned i = 0; i < 64; i++)
        world_habit(w, world_thread_on(w, i), LINE + 64 * i, 2000, 0.5);
    run("64 at once", 2 * SECOND);
    assert_true(cck_watch_engine_period(w->engine) > alone);
    /* A tight budget asks for fewer samples. */
    world_end(w);
    world_begin(w, 3);
    w->plan.budget = 0.002;
    two_counters(LINE, LINE + 8, 20000, false);
    run("tight", 5 * SECOND);
    assert_true(cck_watch_engine_period(w->engine) > 5 * alone);
    assert_true(world_overhead(w) < 0.0025);
}

static void test_threads_that_end(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        int thread = world_thread_on(w, (uint32_t)i);
        world_habit(w, thread, LINE + 8u * (unsigned)i, 10000, 0.4);
        w->threads[thread].ends = i < 4 ? (uint64_t)(300 + 100 * i) * MS : 0;
    }
    run("ends", SECOND);
    assert_true(world_line(w, LINE) && world_line(w, LINE)->confirmed);
    run("ends", SECOND);
    assert_false(w->dead_armed);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line->confirmed);
    for (size_t i = 0; i < line->side_count; i++) /* what ended ones did is still known */
        assert_true(line->sides[i].thread_samples >= line->sides[i].samples);
    for (int i = 4; i < 8; i++) {
        w->threads[i].ends = w->now + 10 * MS;
    }
    run("ends", SECOND); /* and nobody is left */
    assert_false(w->dead_armed);
}

static void test_two_processes(void **state)
{
    (void)state;
    two_counters(0x70000000, 0x70000008, 10000, false);
    w->threads[1].pid = WORLD_PID + 1;
    world_habit(w, 0, LINE, 10000, 0.2); /* each its own memory at one address */
    world_habit(w, 1, LINE + 8, 10000, 0.2);
    run("two processes", 2 * SECOND);
    assert_true(world_line(w, 0x70000000) && world_line(w, 0x70000000)->confirmed);
    assert_null(world_line(w, LINE));
}

/* ---- bounds ---- */

static void test_a_million_lines(void **state)
{
    (void)state;
    two_counters(LINE, LINE + 8, 20000, false);
    habit *stream = world_habit(w, 0, UINT64_C(0x10000000), 0, 0);
    stream->stride = 64;
    world_start(w);
    world_run(w, SECOND);
    size_t most_lines = 0, most_sides = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        cck_sample sample = {.time = w->now + i, .pid = WORLD_PID, .tid = WORLD_TID};
        sample.registers.ip = WORLD_CODE + 16 * 2;
        sample.registers.value[1] = i;
        cck_watch_engine_sample(w->engine, &sample);
        if (w->engine->lines.by_key.count > most_lines)
            most_lines = w->engine->lines.by_key.count;
        if (w->engine->lines.sides > most_sides)
            most_sides = w->engine->lines.sides;
    }
    assert_true(most_lines > 1000 && most_lines <= CCK_LINES_MOST);
    assert_true(most_sides <= CCK_SIDES_MOST + CCK_LINE_SIDES);
    world_sum(w);
    /* What was hit is not forgotten for what streams by. */
    assert_true(world_line(w, LINE) && world_line(w, LINE)->confirmed);
}

/* Every thread at every line: sides are bounded, too. */
static void test_many_sides(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++)
        world_habit(w, world_thread_on(w, i), UINT64_C(0x10000000), 0, 0)->stride = 64;
    world_start(w);
    for (uint64_t i = 0; i < 200000; i++) {
        cck_sample sample = {.time = i * 1000, .pid = WORLD_PID};
        sample.tid = WORLD_TID + (int32_t)(i % 200);
        sample.registers.ip = WORLD_CODE + 16 * (i % 200);
        sample.registers.value[1] = i / 200;
        cck_watch_engine_sample(w->engine, &sample);
        if (i % 1000 == 0)
            cck_watch_engine_step(w->engine, i * 1000);
        assert_true(w->engine->lines.sides <= CCK_SIDES_MOST + CCK_LINE_SIDES);
        assert_true(w->engine->lines.paces <= CCK_PACES_MOST + 8 * CCK_WINDOW_THREADS);
    }
    world_sum(w);
}

/* 2,000 threads a second that live for 5 ms: nothing is kept of them but what they did. */
static void test_short_lived_threads(void **state)
{
    (void)state;
    world_habit(w, world_thread_on(w, 0), LINE, 10000, 0.5);
    world_start(w);
    for (int i = 0; i < 20000; i++) {
        uint64_t time = (uint64_t)i * MS / 2;
        cck_watch_engine_thread(w->engine, WORLD_PID, 5000 + i, true);
        cck_sample sample = {.time = time, .pid = WORLD_PID, .tid = 5000 + i, .cpu = 1};
        sample.registers.ip = WORLD_CODE;
        cck_watch_engine_sample(w->engine, &sample);
        if (i >= 10)
            cck_watch_engine_thread(w->engine, WORLD_PID, 5000 + i - 10, false);
        assert_true(w->engine->threads.count < 600);
        assert_true(w->engine->threads.alive <= 12);
        cck_thread_sweep(&w->engine->threads, time);
    }
    const cck_known_line *line = cck_line_get(&w->engine->lines, LINE ^ (uint64_t)WORLD_PID << 40);
    assert_true(line && line->side_count <= CCK_LINE_SIDES);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_false_sharing),
        TEST(test_true_sharing),
        TEST(test_reader_beside_writer),
        TEST(test_ring),
        TEST(test_lock_word),
        TEST(test_seldom_sampled),
        TEST(test_padded),
        TEST(test_readers_only),
        TEST(test_turns_asleep),
        TEST(test_turns_busy),
        TEST(test_one_cpu),
        TEST(test_unverified),
        TEST(test_half_verified),
        TEST(test_initialised_then_read),
        TEST(test_rates),
        TEST(test_rate_saturates),
        TEST(test_rate_of_part_time),
        TEST(test_sixty_four_threads),
        TEST(test_crowd_within_budget),
        TEST(test_period),
        TEST(test_threads_that_end),
        TEST(test_two_processes),
        TEST(test_a_million_lines),
        TEST(test_many_sides),
        TEST(test_short_lived_threads),
        TEST(test_any_seed),
        TEST(test_seed),
        TEST(test_nothing_seen),
        TEST(test_no_registers_free),
        TEST(test_bad_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
