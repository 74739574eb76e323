/* SPDX-License-Identifier: MIT */
/* The watch engine with many threads and many lines: budget, bounds, those that end. */
#include "probes/watch/engine_parts.h"
#include "watch_scene.h"

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

/* Sixteen that take turns on two CPUs: there are two at any time, and so many transfers. */
static void test_turns_of_many(void **state)
{
    (void)state;
    enum { THREADS = 16, CPUS = 2, GAP_NS = 20000 };
    for (unsigned i = 0; i < THREADS; i++) {
        int thread = world_thread_on(w, i % CPUS);
        w->threads[thread].runs = (shift){i / CPUS * 4 * MS, 4 * MS, THREADS / CPUS * 4 * MS};
        world_habit(w, thread, LINE + 4u * i, GAP_NS, 0.5)->size = 4;
    }
    run("16 on 2 CPUs", 4 * SECOND);
    const cck_watch_line *line = world_line(w, LINE);
    assert_true(line && line->confirmed && line->side_count == THREADS);
    double rate = line->rate / line->concurrency, all = 1e9 / GAP_NS;
    assert_true(rate > all / 2 && rate < all * 1.3);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sixty_four_threads),  TEST(test_crowd_within_budget),
        TEST(test_turns_of_many),       TEST(test_period),
        TEST(test_threads_that_end),    TEST(test_two_processes),
        TEST(test_a_million_lines),     TEST(test_many_sides),
        TEST(test_short_lived_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
