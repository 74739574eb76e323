/* SPDX-License-Identifier: MIT */
/*
 * Sampling and watching threads of another process, on the kernel at hand. Skipped with a
 * word where it allows no perf events or has no debug registers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "probes/watch/sampler_queue.h"
#include "probes/watch/sampler_thread.h"
#include "watch_harness.h"

/* ---- in order ------------------------------------------------------------------ */

static void note_time(void *context, const cck_sampler_news *news)
{
    char *text = context;
    sprintf(text + strlen(text), "%d/%d ", (int)news->time, (int)news->thread.tid);
}

static void add(cck_sampler_queue *queue, uint64_t time, int tid)
{
    cck_sampler_news *news = cck_sampler_queue_add(queue, CCK_NEWS_FOUND, time);
    assert_non_null(news);
    news->thread.tid = tid;
}

static void news_come_by_time_up_to_a_horizon(void **state)
{
    (void)state;
    cck_sampler_queue queue = {0};
    char text[256] = "";
    add(&queue, 30, 1);
    add(&queue, 10, 2);
    add(&queue, 50, 3);
    add(&queue, 10, 4);
    add(&queue, 40, 5);
    cck_sampler_queue_hand_over(&queue, 40, note_time, text);
    assert_string_equal(text, "10/2 10/4 30/1 40/5 ");
    add(&queue, 45, 6);
    text[0] = '\0';
    cck_sampler_queue_hand_over(&queue, UINT64_MAX, note_time, text);
    assert_string_equal(text, "45/6 50/3 ");
    assert_int_equal(queue.count, 0);
    cck_sampler_queue_clear(&queue);
}

/* ---- as fast as is allowed -------------------------------------------------------- */

static void check_least_period(const char *rate, uint64_t period)
{
    static const char *const parts[] = {"proc", "proc/sys", "proc/sys/kernel"};
    char folder[] = "/tmp/cck-watch-XXXXXX", path[128];
    cck_root root;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(path, sizeof path, "%s/proc/sys/kernel/perf_event_max_sample_rate", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(rate, file) >= 0 && fclose(file) == 0);
    assert_int_equal(cck_root_open(&root, folder, NULL), 0);
    assert_int_equal(cck_sampler_least_period(&root), period);
    cck_root_close(&root);
    unlink(path);
    for (size_t i = 3; i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        rmdir(path);
    }
    rmdir(folder);
}

static void the_clock_stays_below_the_throttle(void **state)
{
    (void)state;
    check_least_period("100000\n", 20000);
    check_least_period("500\n", 4000000);
    check_least_period("0\n", 2000000);
}

/* ---- samples --------------------------------------------------------------------- */

static bool both_are_sampled(const watch *w)
{
    return w->seen.per_thread[0] >= 40 && w->seen.per_thread[1] >= 40 &&
           (w->seen.right_base >= 10 || !TELLS_BASE);
}

static void samples_show_where_threads_are(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "2");
    assert_true(watch_until(&w, both_are_sampled));
    const seen *s = &w.seen;
    uint64_t samples = s->per_thread[0] + s->per_thread[1];
    assert_int_equal(s->right_stack, samples);
    assert_true(s->in_loop * 10 >= samples * 9);
    assert_int_equal(s->disorder, 0);
    assert_int_equal(s->late, 0);
    assert_int_equal(s->found, 3);
    assert_int_equal(cck_sampler_numbers_of(w.sampler).threads_now, 3);
    assert_int_equal(cck_sampler_numbers_of(w.sampler).threads_unwatched, 0);
    assert_int_equal(cck_sampler_numbers_of(w.sampler).narrow, 0);
    /* 80 samples at 2 ms and more of CPU time each, less what the last ones took */
    uint64_t time = cck_sampler_cpu_time(w.sampler, w.target.threads[0].tid) +
                    cck_sampler_cpu_time(w.sampler, w.target.threads[1].tid);
    assert_in_range(time, samples * 1900000, samples * 110000000);
    watch_end(&w);
}

static bool samples_were_lost(const watch *w)
{
    return cck_sampler_numbers_of(w->sampler).lost > 0;
}

static void what_a_full_ring_loses_is_counted(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    int tid = w.target.threads[0].tid;
    for (double end = watch_seconds() + PATIENCE_S;
         cck_sampler_cpu_time(w.sampler, tid) < 500000000;) {
        usleep(20000);
        assert_true(watch_seconds() < end);
    }
    assert_true(watch_until(&w, samples_were_lost));
    assert_int_equal(w.seen.disorder, 0);
    watch_end(&w);
}

static void a_longer_period_brings_fewer_samples(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    int tid = w.target.threads[0].tid;
    cck_sampler_period(w.sampler, 20000000);
    watch_for(&w, 50);
    uint64_t before = w.seen.samples, from = cck_sampler_cpu_time(w.sampler, tid), time = 0;
    for (double end = watch_seconds() + PATIENCE_S; time < 300000000;) {
        watch_tick(&w);
        time = cck_sampler_cpu_time(w.sampler, tid) - from;
        assert_true(watch_seconds() < end);
    }
    assert_in_range(w.seen.samples - before, 1, time / 20000000 + 2);
    watch_end(&w);
}

/* ---- watchpoints ------------------------------------------------------------------ */

static void a_watchpoint_fires_as_often_as_asked(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    must(&w, arm(&w, 0, t->word, false, 5));
    expect_hits(&w, 0, t->word, 5);
    must(&w, arm(&w, 0, t->word, false, 1)); /* its limit was reached: again */
    expect_hits(&w, 0, t->word, 1);
    must(&w, arm(&w, 0, t->word + 64, false, 3)); /* another word */
    expect_hits(&w, 0, t->word + 64, 3);
    must(&w, arm(&w, 0, t->read, true, 2)); /* another kind */
    expect_hits(&w, 0, t->read, 2);
    must(&w, arm(&w, 3, t->word, false, 2)); /* another slot */
    expect_hits(&w, 3, t->word, 2);
    assert_int_equal(w.seen.disorder, 0);
    watch_end(&w);
}

static void what_nobody_writes_is_silent(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    must(&w, arm(&w, 0, t->unused, true, 5));
    must(&w, arm(&w, 1, t->read, false, 5)); /* read, not written */
    uint64_t exposure = 0;
    for (double end = watch_seconds() + PATIENCE_S; exposure < 10000000;) {
        watch_tick(&w);
        exposure = cck_sampler_exposure(w.sampler, t->tid, 0);
        assert_true(watch_seconds() < end);
    }
    assert_int_equal(w.seen.hits, 0);
    cck_sampler_disarm(w.sampler, t->tid);
    exposure = cck_sampler_exposure(w.sampler, t->tid, 0);
    watch_for(&w, 40);
    assert_int_equal(cck_sampler_exposure(w.sampler, t->tid, 0), exposure);
    /* Armed for five and never hit, then for one: one. */
    must(&w, arm(&w, 0, t->word, false, 1));
    expect_hits(&w, 0, t->word, 1);
    /* Armed for one, replaced, then for four. */
    must(&w, arm(&w, 1, t->unused, false, 1));
    must(&w, arm(&w, 1, t->word, false, 4));
    expect_hits(&w, 1, t->word, 4);
    watch_end(&w);
}

static void what_cannot_be_watched_is_told(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "1");
    const watched_thread *t = &w.target.threads[0];
    assert_int_equal(arm(&w, 4, t->word, false, 1), CCK_EINVALID);
    assert_int_equal(arm(&w, 0, t->word + 4, false, 1), CCK_EINVALID);
    assert_int_equal(arm(&w, 0, t->word, false, 0), CCK_EINVALID);
    assert_int_equal(arm(&w, 0, 0xffffffff81000000, false, 1), CCK_EINVALID);
    assert_int_equal(cck_sampler_arm(w.sampler, 1, 0, t->word, false, 1, &w.error), CCK_EGONE);
    must(&w, arm(&w, 0, t->word, false, 1));
    watch_end(&w);
}

/* ---- coming and going ---------------------------------------------------------------- */

static bool many_came_and_went(const watch *w)
{
    return w->seen.found >= 12 && w->seen.gone >= 8 && w->seen.samples >= 20;
}

static void threads_come_and_go(void **state)
{
    (void)state;
    watch w;
    begin(&w, "come", "0");
    assert_true(watch_until(&w, many_came_and_went));
    cck_sampler_numbers numbers = cck_sampler_numbers_of(w.sampler);
    assert_int_equal(w.seen.late, 0);
    assert_int_equal(w.seen.disorder, 0);
    assert_true(numbers.threads_now <= 6);
    assert_true(numbers.threads_seen >= w.seen.found);
    watch_end(&w);
}

static bool all_are_gone(const watch *w)
{
    return w->seen.gone == w->seen.found && cck_sampler_numbers_of(w->sampler).threads_now == 0;
}

static void a_process_may_vanish(void **state)
{
    (void)state;
    watch w;
    begin(&w, "spin", "2");
    const watched_thread *t = &w.target.threads[0];
    for (unsigned slot = 0; slot < cck_sampler_costs_of(w.sampler)->slots; slot++)
        must(&w, arm(&w, slot, t->unused, false, 1));
    kill(w.target.pid, SIGKILL);
    waitpid(w.target.pid, NULL, 0);
    int code = arm(&w, 0, t->word, false, 1);
    assert_true(code == 0 || code == CCK_EGONE);
    cck_sampler_disarm(w.sampler, t->tid);
    assert_true(watch_until(&w, all_are_gone));
    assert_int_equal(w.seen.found, 3);
    assert_int_equal(w.seen.late, 0);
    assert_int_equal(arm(&w, 0, t->word, false, 1), CCK_EGONE);
    assert_int_equal(cck_sampler_exposure(w.sampler, t->tid, 0), 0);
    assert_int_equal(cck_sampler_follow(w.sampler, w.target.pid, false, &w.error), CCK_EGONE);
    watch_end(&w);
}

static bool child_is_sampled(const watch *w)
{
    return w->target.count == 1 && w->seen.per_thread[0] >= 10;
}

static bool knows(const seen *s, int pid, int tid)
{
    for (uint64_t i = 0; i < s->found && i < 64; i++)
        if (s->found_pids[i] == pid && s->found_tids[i] == tid)
            return true;
    return false;
}

static void children_are_followed(void **state)
{
    (void)state;
    watch w;
    begin(&w, "fork", "0");
    assert_int_equal(write(w.target.in, "x", 1), 1);
    assert_true(watched_listen(&w.target)); /* to the child */
    assert_true(watch_until(&w, child_is_sampled));
    assert_false(knows(&w.seen, w.target.pid, w.target.threads[0].tid));
    assert_int_equal(w.seen.late, 0);
    watch_end(&w);
}

static void an_exec_is_another_thread(void **state)
{
    (void)state;
    watch w;
    begin(&w, "exec", "0");
    watch_for(&w, 40);
    assert_int_equal(w.seen.found, 1);
    assert_int_equal(write(w.target.in, "x", 1), 1);
    assert_true(watched_listen(&w.target));
    assert_true(watch_until(&w, child_is_sampled));
    assert_true(w.seen.gone >= 1);
    assert_true(knows(&w.seen, w.target.pid, w.target.pid));
    assert_int_equal(w.seen.found - w.seen.gone, 2);
    must(&w, arm(&w, 0, w.target.threads[0].word, false, 2));
    expect_hits(&w, 0, w.target.threads[0].word, 2);
    watch_end(&w);
}

/* ---- costs ------------------------------------------------------------------------------ */

static void costs_are_measured(void **state)
{
    (void)state;
    watch w = {0};
    need_watching();
    int before = open_files();
    must(&w, watch_new(&w));
    const cck_sampler_costs *costs = cck_sampler_costs_of(w.sampler);
    print_message("sample %.1f us, hit %.1f us, arm %.1f us of the target's time; arm %.1f us of "
                  "ours; REFRESH %s; %u debug registers\n",
                  costs->sample_ns / 1e3, costs->hit_ns / 1e3, costs->arm_ns / 1e3,
                  costs->arm_own_ns / 1e3, costs->rearms ? "arms again" : "does not arm again",
                  costs->slots);
    assert_true(costs->sample_ns > 0 && costs->sample_ns < 1e7);
    assert_true(costs->hit_ns > 0 && costs->hit_ns < 1e7);
    assert_true(costs->arm_ns > 0 && costs->arm_own_ns > 0);
    assert_in_range(costs->slots, 1, CCK_WATCH_SLOTS);
    watch_end(&w);
    assert_int_equal(open_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_come_by_time_up_to_a_horizon),
        cmocka_unit_test(the_clock_stays_below_the_throttle),
        cmocka_unit_test(costs_are_measured),
        cmocka_unit_test(samples_show_where_threads_are),
        cmocka_unit_test(what_a_full_ring_loses_is_counted),
        cmocka_unit_test(a_longer_period_brings_fewer_samples),
        cmocka_unit_test(a_watchpoint_fires_as_often_as_asked),
        cmocka_unit_test(what_nobody_writes_is_silent),
        cmocka_unit_test(what_cannot_be_watched_is_told),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(a_process_may_vanish),
        cmocka_unit_test(children_are_followed),
        cmocka_unit_test(an_exec_is_another_thread),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, find_out, NULL);
}
