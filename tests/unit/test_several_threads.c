/* SPDX-License-Identifier: MIT */
/* What cachecheck.h says of threads: sessions, audits and loads side by side, and one result read
 * by several at a time. ThreadSanitizer runs this, too. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cachecheck/cachecheck.h>

enum { THREADS = 4, ROUNDS = 3 };

/* hwloc loads and unloads its plugins, and ld.so maps them with calls that ThreadSanitizer does not
 * see: where one comes to lie in place of a file that another thread had mapped, it takes the two
 * for one. */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libhwloc.so";
}

#define RESULTS CCK_TESTS "/fuzz/corpus/result/"

typedef struct job {
    pthread_t thread;
    pthread_barrier_t *gate;
    unsigned number;
    int (*what)(struct job *job); /* 0, or a negative code with `err` */
    cck_result *shared;
    cck_error err;
    int code;
} job;

static void *run(void *context)
{
    job *j = context;
    pthread_barrier_wait(j->gate);
    for (int round = 0; round < ROUNDS && j->code == 0; round++)
        j->code = j->what(j);
    return NULL;
}

/* Threads that take turns at these jobs, all at once. */
static void run_side_by_side(int (*const *whats)(job *), size_t count, cck_result *shared)
{
    job jobs[THREADS] = {0};
    pthread_barrier_t gate;
    pthread_barrier_init(&gate, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (job){.gate = &gate, .number = i, .what = whats[i % count], .shared = shared};
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, run, &jobs[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(jobs[i].thread, NULL);
    pthread_barrier_destroy(&gate);
    for (unsigned i = 0; i < THREADS; i++)
        if (jobs[i].code != 0)
            fail_msg("thread %u: %d: %s; %s", i, jobs[i].code, jobs[i].err.message,
                     jobs[i].err.hint);
}

/* ---- objects of one's own ---- */

static int count_a_program(job *j)
{
    char status[32];
    snprintf(status, sizeof status, "exit %u", j->number);
    const char *const argv[] = {"sh", "-c", status, NULL};
    cck_target_options target = {.size = sizeof target, .argv = argv};
    cck_stat_options options = {.size = sizeof options, .backend = CCK_BACKEND_SOFTWARE};
    cck_stat *stat = NULL;
    cck_result *result = NULL;
    int code = cck_stat_new(&stat, &target, &options, &j->err);
    if (code == 0)
        code = cck_stat_run(stat, &result, &j->err);
    if (code == 0 && result->target.exit_code != (int)j->number)
        code = CCK_EINTERNAL; /* another one's end was taken for this one's */
    cck_result_free(result);
    cck_stat_free(stat);
    return code;
}

static int count_a_region(job *j)
{
    static const char *const events[] = {"page-faults", NULL};
    cck_stat_options options = {.size = sizeof options, .events = events};
    cck_region *region;
    cck_result *result = NULL;
    int code = cck_region_begin(&region, &options, &j->err);
    if (code == 0)
        code = cck_region_end(region, &result, &j->err);
    cck_result_free(result);
    return code == CCK_EUNSUPPORTED || code == CCK_EACCESS ? 0 : code;
}

static int audit(job *j)
{
    const char *const paths[] = {CCK_FIXTURES "/fixtures/layout/first.o", NULL};
    cck_layout_options options = {.size = sizeof options, .paths = paths, .jobs = 2};
    cck_result *result = NULL;
    int code = cck_layout_audit(&result, &options, &j->err);
    cck_result_free(result);
    return code == CCK_ENOTFOUND ? 0 : code; /* its compiler is not there */
}

static int write_in_all_ways(const cck_result *result, cck_error *err)
{
    static const cck_format formats[] = {CCK_FORMAT_TEXT,     CCK_FORMAT_JSON, CCK_FORMAT_CSV,
                                         CCK_FORMAT_MARKDOWN, CCK_FORMAT_HTML, CCK_FORMAT_OPENMETRICS};
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof formats / sizeof *formats; i++) {
        FILE *out = fopen("/dev/null", "w");
        code = out ? cck_report_write(result, formats[i], out, NULL, err) : CCK_EIO;
        if (out)
            fclose(out);
    }
    return code;
}

static int load_and_compare(job *j)
{
    cck_result *before = NULL, *after = NULL;
    cck_diff *diff = NULL;
    int code = cck_result_load(&before, RESULTS "software.json", &j->err);
    if (code == 0)
        code = cck_result_load(&after, RESULTS "software.json", &j->err);
    if (code == 0)
        code = cck_diff_make(&diff, before, after, NULL, &j->err);
    if (code == 0)
        code = write_in_all_ways(after, &j->err);
    cck_diff_free(diff);
    cck_result_free(before);
    cck_result_free(after);
    return code;
}

static int open_machines(job *j)
{
    const cck_machine_options options[] = {
        {.size = sizeof *options},
        {.size = sizeof *options, .xml = CCK_TESTS "/machines/guest-2nodes.xml"},
        {.size = sizeof *options, .synthetic = "pack:2 numa:1 l3:1 core:2 pu:2"}};
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof options / sizeof *options; i++) {
        cck_machine *machine = NULL;
        code = cck_machine_open(&machine, &options[i], &j->err);
        cck_machine_free(machine);
    }
    return code;
}

static int examine(job *j)
{
    cck_doctor *doctor = NULL;
    int code = cck_doctor_run(&doctor, &j->err);
    cck_doctor_free(doctor);
    return code;
}

static void objects_of_ones_own(void **state)
{
    (void)state;
    static int (*const alike[])(job *) = {count_a_program, audit, load_and_compare, open_machines,
                                          count_a_region, examine};
    static int (*const mixed[])(job *) = {count_a_program, audit, load_and_compare, open_machines};
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
        run_side_by_side(&alike[i], 1, NULL);
    run_side_by_side(mixed, sizeof mixed / sizeof *mixed, NULL);
}

/* ---- one result, read by all ---- */

static int read_shared(job *j)
{
    cck_result *grouped = NULL;
    int code = write_in_all_ways(j->shared, &j->err);
    if (code == 0)
        code = cck_result_group(j->shared, CCK_ROW_PROCESS, &grouped, &j->err);
    cck_result_free(grouped);
    /* Not counted: the reason is made anew for each who asks. */
    cck_error reason = {0};
    if (code == 0 && cck_result_gate(j->shared, "instructions > 1", &reason) != CCK_EUNSUPPORTED)
        code = CCK_EINTERNAL;
    return code;
}

static void one_result_is_read_by_several(void **state)
{
    (void)state;
    static int (*const whats[])(job *) = {read_shared};
    cck_error err = {0};
    cck_result *result = NULL;
    if (cck_result_load(&result, RESULTS "nothing.json", &err) < 0)
        fail_msg("%s", err.message);
    run_side_by_side(whats, 1, result);
    cck_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_of_ones_own),
        cmocka_unit_test(one_result_is_read_by_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
