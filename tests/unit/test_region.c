/* SPDX-License-Identifier: MIT */
/* Regions of this very program, counted by thread; and the node of its pages. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <cachecheck/cachecheck.h>

enum { PAGE = 4096 };
#if defined(__SANITIZE_THREAD__)
enum { SANITIZER_THREADS = 1 };
#else
enum { SANITIZER_THREADS = 0 };
#endif

static const char *const events[] = {"page-faults", NULL};

/* Threads that are there before the region begins, and touch new pages in it. */
typedef struct worker {
    pthread_t thread;
    pthread_barrier_t *gate;
    size_t pages;
    _Atomic pid_t tid;
} worker;

/* Not by sanitizers' ways, who touch pages of their own for each of ours. */
__attribute__((no_sanitize_address, no_sanitize_thread)) static void touch(size_t pages)
{
    volatile char *block = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED)
        abort();
    madvise((void *)block, pages * PAGE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < pages; i++)
        block[i * PAGE] = 1;
    munmap((void *)block, pages * PAGE);
}

static void *work(void *context)
{
    worker *w = context;
    w->tid = gettid();
    touch(1); /* its stack and what the library wants of its own are there */
    pthread_barrier_wait(w->gate);
    pthread_barrier_wait(w->gate);
    touch(w->pages);
    pthread_barrier_wait(w->gate);
    return NULL;
}

/* Skips where nothing can count here: all that is known is that it says so. */
static cck_region *begin(const cck_stat_options *options)
{
    cck_error err = {0};
    cck_region *region = NULL;
    int code = cck_region_begin(&region, options, &err);
    if (code == CCK_EUNSUPPORTED || code == CCK_EACCESS) {
        assert_true(*err.message);
        skip();
    }
    if (code < 0)
        fail_msg("%s; %s", err.message, err.hint);
    return region;
}

static cck_result *end(cck_region *region)
{
    cck_error err = {0};
    cck_result *result = NULL;
    if (cck_region_end(region, &result, &err) < 0)
        fail_msg("%s; %s", err.message, err.hint);
    return result;
}

static uint64_t count_of(const cck_result *result, pid_t tid)
{
    for (size_t i = 0; i < result->row_count; i++)
        if (result->rows[i].tid == tid && !result->rows[i].values[0].not_counted)
            return result->rows[i].values[0].value;
    return UINT64_MAX;
}

static void each_thread_has_its_own_count(void **state)
{
    (void)state;
    pthread_barrier_t gate;
    worker workers[] = {{.gate = &gate, .pages = 1000}, {.gate = &gate, .pages = 3000}};
    cck_stat_options options = {.size = sizeof options, .events = events};
    pthread_barrier_init(&gate, NULL, 3);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    pthread_barrier_wait(&gate);
    cck_region *region = begin(&options);
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    for (size_t i = 0; i < 2; i++)
        pthread_join(workers[i].thread, NULL);
    cck_result *result = end(region);
    for (size_t i = 0; i < 2; i++) {
        uint64_t count = count_of(result, workers[i].tid);
        assert_in_range(count, workers[i].pages, workers[i].pages + 100);
    }
    assert_in_range(count_of(result, gettid()), 0, 500); /* this thread did next to nothing */
    /* The library's own thread is not there; ThreadSanitizer has one, too. */
    assert_in_range(result->row_count, 3, 3 + SANITIZER_THREADS);
    assert_int_equal(result->target.pid, getpid());
    assert_true(result->target.attached);
    assert_false(result->target.interrupted);
    uint64_t sum = 0;
    for (size_t i = 0; i < result->row_count; i++)
        sum += result->rows[i].values[0].value;
    assert_int_equal(sum, result->total.values[0].value);
    cck_result_free(result);
    pthread_barrier_destroy(&gate);
}

static void what_is_outside_is_not_counted(void **state)
{
    (void)state;
    cck_stat_options options = {.size = sizeof options, .events = events};
    touch(20000);
    cck_region *outer = begin(&options);
    touch(1000);
    cck_region *inner = begin(&options);
    touch(100);
    cck_result *little = end(inner);
    cck_result *more = end(outer);
    touch(20000);
    assert_in_range(count_of(little, gettid()), 100, 900);
    assert_in_range(count_of(more, gettid()), 1100, 10000); /* beginning the other is in it */
    cck_result_free(little);
    cck_result_free(more);
}

typedef struct seen {
    _Atomic int starts, intervals;
    _Atomic pid_t pid;
} seen;

static void on_start(void *context, const cck_source *source, int32_t pid)
{
    seen *s = context;
    s->starts += source->evidence == CCK_MEASURED;
    s->pid = pid;
}

static void on_interval(void *context, const cck_interval *interval)
{
    seen *s = context;
    s->intervals += interval->event_count == 1;
}

static void callbacks_come_with_their_context(void **state)
{
    (void)state;
    seen s = {0};
    cck_stat_options options = {.size = sizeof options,
                                .events = events,
                                .interval_ms = 20,
                                .duration_s = 0.001, /* a region ends where it is ended */
                                .on_start = on_start,
                                .on_interval = on_interval,
                                .context = &s};
    cck_region *region = begin(&options);
    assert_int_equal(s.starts, 1);
    assert_int_equal(s.pid, getpid());
    while (s.intervals < 3)
        usleep(1000);
    cck_result_free(end(region));
}

static void what_cannot_be_is_said(void **state)
{
    (void)state;
    cck_error err = {0};
    cck_region *region = NULL;
    cck_result *result = NULL;
    static const char *const unknown[] = {"page-fautls", NULL};
    cck_stat_options simulate = {.size = sizeof simulate, .backend = CCK_BACKEND_SIMULATE};
    cck_stat_options typo = {.size = sizeof typo, .events = unknown};
    assert_int_equal(cck_region_begin(&region, &simulate, &err), CCK_EUNSUPPORTED);
    assert_true(*err.message);
    assert_true(cck_region_begin(&region, &typo, &err) < 0);
    assert_null(region);
    assert_int_equal(cck_region_end(NULL, &result, &err), CCK_EINVALID);
    assert_null(result);
}

static void pages_have_nodes_once_they_are_touched(void **state)
{
    (void)state;
    enum { PAGES = 1200 }; /* more than one call asks for */
    cck_error err = {0};
    static const void *addresses[PAGES];
    static int32_t nodes[PAGES];
    char *block = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    madvise(block, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < PAGES; i++) {
        addresses[i] = block + i * PAGE + 8;
        if (i % 3 == 0)
            block[i * PAGE] = 1;
    }
    int code = cck_page_nodes(0, addresses, PAGES, nodes, &err);
    if (code == CCK_EUNSUPPORTED || code == CCK_EACCESS)
        skip();
    assert_int_equal(code, 0);
    for (size_t i = 0; i < PAGES; i++)
        if (i % 3 == 0)
            assert_in_range(nodes[i], 0, 1023);
        else
            assert_int_equal(nodes[i], CCK_PAGE_ABSENT);
    munmap(block, (size_t)PAGES * PAGE);
    assert_int_equal(cck_page_nodes(getpid(), addresses, 1, nodes, &err), 0);
    assert_int_equal(nodes[0], CCK_PAGE_UNMAPPED);
    assert_int_equal(cck_page_nodes(INT32_MAX, addresses, 1, nodes, &err), CCK_EGONE);
    assert_int_equal(cck_page_nodes(0, NULL, 0, NULL, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_its_own_count),
        cmocka_unit_test(what_is_outside_is_not_counted),
        cmocka_unit_test(callbacks_come_with_their_context),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(pages_have_nodes_once_they_are_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
