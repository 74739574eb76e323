/* SPDX-License-Identifier: MIT */
#ifndef CCK_TESTS_WATCH_SCENE_H
#define CCK_TESTS_WATCH_SCENE_H

/* What the tests of the watch engine have in common: one world, and how it is looked at. */
#include <stdio.h>

#include "watch_world.h"

#define LINE UINT64_C(0x600000)

static world *w;

static inline int setup(void **state)
{
    (void)state;
    w = malloc(sizeof *w);
    assert_non_null(w);
    world_begin(w, 7);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    world_end(w);
    free(w);
    return 0;
}

/* Two threads, a counter each at these addresses, `gap` ns between two increments. */
static inline void two_counters(uint64_t a, uint64_t b, double gap, bool random)
{
    world_thread_on(w, 0);
    world_thread_on(w, 1);
    world_habit(w, 0, a, gap, 0.4)->random = random;
    world_habit(w, 1, b, gap, 0.4)->random = random;
}

static inline void see(const char *what)
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

static inline void run(const char *name, uint64_t ns)
{
    if (!w->engine)
        world_start(w);
    world_run(w, w->now + ns);
    world_sum(w);
    see(name);
}

static inline uint64_t confirmed(void)
{
    uint64_t count = 0;
    for (size_t i = 0; i < w->summary.line_count; i++)
        count += w->summary.lines[i].confirmed;
    return count;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
