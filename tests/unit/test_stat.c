/* SPDX-License-Identifier: MIT */
/* cck_stat as a library: options, results, interrupts from another thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cachecheck/cachecheck.h>

static cck_stat *start(const char *const *argv, cck_stat_options options)
{
    cck_target_options target = {.size = sizeof target, .argv = argv};
    cck_error err = {0};
    cck_stat *stat = NULL;
    options.size = sizeof options;
    options.backend = CCK_BACKEND_SOFTWARE;
    int code = cck_stat_new(&stat, &target, &options, &err);
    if (code < 0)
        fail_msg("%s", err.message);
    return stat;
}

static void a_program_is_counted_and_its_end_told(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "exit 3", NULL};
    cck_stat *stat = start(argv, (cck_stat_options){0});
    cck_result *result = NULL;
    assert_int_equal(cck_stat_run(stat, &result, NULL), 0);
    assert_string_equal(result->source.backend, "software");
    assert_int_equal(result->source.evidence, CCK_MEASURED);
    assert_int_equal(result->target.exit_code, 3);
    assert_false(result->target.interrupted);
    assert_int_equal(result->target.argc, 3);
    assert_true(result->row_count >= 1);
    for (size_t i = 0; i < result->event_count; i++) {
        uint64_t sum = 0;
        for (size_t j = 0; j < result->row_count; j++)
            sum += result->rows[j].values[i].not_counted ? 0 : result->rows[j].values[i].value;
        if (!result->total.values[i].not_counted)
            assert_int_equal(sum, result->total.values[i].value);
    }
    cck_result_free(result);
    cck_stat_free(stat);
}

typedef struct seen {
    int starts, intervals;
    double last;
} seen;

static void count_start(void *context, const cck_source *source, int32_t pid)
{
    assert_true(pid > 0);
    assert_non_null(source->backend);
    ((seen *)context)->starts++;
    ((seen *)context)->last = -1; /* the clock of the intervals starts anew with each run */
}

static void count_interval(void *context, const cck_interval *interval)
{
    seen *seen_so_far = context;
    assert_true(interval->time_s > seen_so_far->last);
    assert_true(interval->event_count > 0);
    seen_so_far->last = interval->time_s;
    seen_so_far->intervals++;
}

static void callbacks_come_once_a_run_and_once_an_interval(void **state)
{
    (void)state;
    const char *const argv[] = {"sleep", "0.3", NULL};
    seen seen_so_far = {0};
    cck_stat *stat = start(argv, (cck_stat_options){.repeat = 2,
                                                    .interval_ms = 50,
                                                    .on_start = count_start,
                                                    .on_interval = count_interval,
                                                    .context = &seen_so_far});
    cck_result *result = NULL;
    assert_int_equal(cck_stat_run(stat, &result, NULL), 0);
    assert_int_equal(seen_so_far.starts, 2);
    assert_true(seen_so_far.intervals >= 4);
    assert_int_equal(result->elapsed_spread.runs, 2);
    cck_result_free(result);
    cck_stat_free(stat);
}

static void *interrupt_soon(void *context)
{
    usleep(100000);
    cck_stat_interrupt(context, SIGTERM);
    return NULL;
}

static void another_thread_may_interrupt(void **state)
{
    (void)state;
    const char *const argv[] = {"sleep", "1000", NULL};
    cck_stat *stat = start(argv, (cck_stat_options){0});
    cck_result *result = NULL;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, stat), 0);
    assert_int_equal(cck_stat_run(stat, &result, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(result->target.interrupted);
    assert_int_equal(result->target.signal, SIGTERM);
    cck_result_free(result);
    cck_stat_free(stat);
}

static void an_older_callers_options_are_completed(void **state)
{
    (void)state;
    const char *const argv[] = {"true", NULL};
    /* What lies behind `size` is not the caller's and must not be read. */
    cck_target_options target = {.size = offsetof(cck_target_options, pid), .argv = argv};
    memset((char *)&target + target.size, 0xff, sizeof target - target.size);
    cck_stat_options options = {.size = offsetof(cck_stat_options, events),
                                .backend = CCK_BACKEND_SOFTWARE};
    memset((char *)&options + options.size, 0xff, sizeof options - options.size);
    cck_stat *stat = NULL;
    cck_result *result = NULL;
    cck_error err = {0};
    if (cck_stat_new(&stat, &target, &options, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(cck_stat_run(stat, &result, &err), 0);
    cck_result_free(result);
    cck_stat_free(stat);
}

static void nothing_to_run_is_refused(void **state)
{
    (void)state;
    cck_target_options target = {.size = sizeof target};
    cck_stat *stat = NULL;
    cck_error err = {0};
    assert_int_equal(cck_stat_new(&stat, &target, NULL, &err), CCK_EINVALID);
    assert_true(err.hint[0] != '\0');
    assert_null(stat);
    cck_stat_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_counted_and_its_end_told),
        cmocka_unit_test(callbacks_come_once_a_run_and_once_an_interval),
        cmocka_unit_test(another_thread_may_interrupt),
        cmocka_unit_test(an_older_callers_options_are_completed),
        cmocka_unit_test(nothing_to_run_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
