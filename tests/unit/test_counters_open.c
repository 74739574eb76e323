/* SPDX-License-Identifier: MIT */
/* The errno ladder: a kernel that refuses, step by step, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/perf/open.h"
#include "probes/counters/calibrate.h"

/* A kernel that answers with these errors in turn (0: opens), then opens. */
static int answers[16];
static size_t answer_count, asked;
static struct perf_event_attr seen[16];
static bool files_can_be_raised;
static int files_raised;

static int scripted_open(struct perf_event_attr *attr, pid_t pid, int cpu)
{
    (void)pid;
    (void)cpu;
    assert_true(asked < 16);
    seen[asked] = *attr;
    int answer = asked < answer_count ? answers[asked] : 0;
    asked++;
    if (answer == 0)
        return dup(STDIN_FILENO);
    errno = answer;
    return -1;
}

static bool scripted_raise(void)
{
    files_raised++;
    return files_can_be_raised;
}

static const cck_perf_calls scripted = {scripted_open, scripted_raise, NULL};
static cck_root root;
static char root_path[] = "/tmp/cck-open-XXXXXX";

static void put(const char *path, const char *text)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", root_path, path);
    for (char *at = whole + sizeof root_path; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(whole, 0755);
        *at = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_root(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root_path));
    return cck_root_open(&root, root_path, NULL);
}

static int remove_root(void **state)
{
    (void)state;
    char command[64];
    cck_root_close(&root);
    snprintf(command, sizeof command, "rm -rf %s", root_path);
    return system(command);
}

static int reset(void **state)
{
    (void)state;
    answer_count = asked = 0;
    files_can_be_raised = false;
    files_raised = 0;
    put("proc/sys/kernel/perf_event_paranoid", "2\n");
    put("proc/self/status", "Name:\tx\nSeccomp:\t0\n");
    return 0;
}

static int attempt(struct perf_event_attr *attr, cck_error *err)
{
    int fd = cck_perf_open(&scripted, &root, attr, 0, -1, err);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

#define ANSWER(...)                                                                                \
    do {                                                                                           \
        const int list[] = {__VA_ARGS__};                                                          \
        answer_count = sizeof list / sizeof *list;                                                 \
        memcpy(answers, list, sizeof list);                                                        \
    } while (0)

static void test_eacces_leaves_the_kernel_out(void **state)
{
    (void)state;
    struct perf_event_attr attr = {0};
    cck_error err = {0};
    ANSWER(EACCES);
    assert_int_equal(attempt(&attr, &err), 0);
    assert_int_equal(asked, 2);
    assert_false(seen[0].exclude_kernel);
    assert_true(seen[1].exclude_kernel && seen[1].exclude_hv);
    assert_true(attr.exclude_kernel);
}

static void test_eacces_for_good_names_the_level(void **state)
{
    (void)state;
    struct perf_event_attr attr = {0};
    cck_error err = {0};
    put("proc/sys/kernel/perf_event_paranoid", "3\n");
    ANSWER(EACCES, EACCES, EACCES);
    assert_int_equal(attempt(&attr, &err), CCK_EACCESS);
    assert_int_equal(asked, 2);
    assert_non_null(strstr(err.message, "perf_event_paranoid is 3"));
    assert_non_null(strstr(err.hint, "sysctl kernel.perf_event_paranoid=2"));
    assert_non_null(strstr(err.hint, "CAP_PERFMON"));
    assert_false(attr.exclude_kernel); /* on failure it is left alone */
}

static void test_eperm_under_seccomp(void **state)
{
    (void)state;
    struct perf_event_attr attr = {0};
    cck_error err = {0};
    put("proc/self/status", "Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n");
    ANSWER(EPERM, EPERM);
    assert_int_equal(attempt(&attr, &err), CCK_EACCESS);
    assert_non_null(strstr(err.message, "seccomp"));
    assert_non_null(strstr(err.hint, "--cap-add=PERFMON"));
    asked = 0;
    ANSWER(ENOSYS);
    assert_int_equal(attempt(&attr, &err), CCK_EACCESS);
    assert_non_null(strstr(err.message, "seccomp"));
}

static void test_enosys_without_seccomp_is_the_kernel(void **state)
{
    (void)state;
    struct perf_event_attr attr = {0};
    cck_error err = {0};
    ANSWER(ENOSYS);
    assert_int_equal(attempt(&attr, &err), CCK_EUNSUPPORTED);
    assert_non_null(strstr(err.hint, "CONFIG_PERF_EVENTS"));
}

static void test_einval_drops_features_one_by_one(void **state)
{
    (void)state;
    struct perf_event_attr attr = {
        .context_switch = 1, .use_clockid = 1, .clockid = 1, .comm_exec = 1};
    cck_error err = {0};
    ANSWER(EINVAL, EINVAL);
    assert_int_equal(attempt(&attr, &err), 0);
    assert_int_equal(asked, 3);
    assert_true(!seen[1].context_switch && seen[1].use_clockid && seen[1].comm_exec);
    assert_true(!seen[2].use_clockid && seen[2].clockid == 0 && seen[2].comm_exec);
    assert_true(!attr.context_switch && !attr.use_clockid && attr.comm_exec);
}

static void test_einval_to_the_bottom(void **state)
{
    (void)state;
    struct perf_event_attr attr = {.comm_exec = 1};
    cck_error err = {0};
    ANSWER(EINVAL, EINVAL, EINVAL);
    assert_int_equal(attempt(&attr, &err), CCK_EINVALID);
    assert_int_equal(asked, 2);
    assert_true(attr.comm_exec);
    assert_int_equal(err.os_error, EINVAL);
}

static void test_eopnotsupp_lowers_precision_then_guests(void **state)
{
    (void)state;
    struct perf_event_attr attr = {.precise_ip = 2};
    cck_error err = {0};
    ANSWER(EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP);
    assert_int_equal(attempt(&attr, &err), 0);
    assert_int_equal(seen[1].precise_ip, 1);
    assert_int_equal(seen[2].precise_ip, 0);
    assert_true(!seen[2].exclude_guest && seen[3].exclude_guest);
}

static void test_emfile_raises_the_limit_once(void **state)
{
    (void)state;
    struct perf_event_attr attr = {0};
    cck_error err = {0};
    files_can_be_raised = true;
    ANSWER(EMFILE);
    assert_int_equal(attempt(&attr, &err), 0);
    assert_int_equal(files_raised, 1);
    asked = 0;
    ANSWER(EMFILE, EMFILE, EMFILE);
    assert_int_equal(attempt(&attr, &err), CCK_ELIMIT);
    assert_int_equal(asked, 2);
    assert_non_null(strstr(err.hint, "ulimit -Hn"));
}

static void test_what_the_rest_means(void **state)
{
    (void)state;
    static const struct {
        int os_error, code;
        const char *word;
    } cases[] = {
        {ENOENT, CCK_ENOTFOUND, "not supported on this machine"},
        {EBUSY, CCK_EBUSY, "taken"},
        {ENOSPC, CCK_ELIMIT, "breakpoints"},
        {ESRCH, CCK_EGONE, "ended"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct perf_event_attr attr = {0};
        cck_error err = {0};
        asked = 0;
        ANSWER(cases[i].os_error);
        assert_int_equal(attempt(&attr, &err), cases[i].code);
        assert_non_null(strstr(err.message, cases[i].word));
    }
}

static void test_eintr_is_tried_again(void **state)
{
    (void)state;
    struct perf_event_attr attr = {0};
    ANSWER(EINTR, EINTR);
    assert_int_equal(attempt(&attr, NULL), 0);
    assert_int_equal(asked, 3);
}

/* ---- calibration over a made-up PMU --------------------------------------- */

static uint64_t reads_as[3];

static void no_work(uint64_t rounds)
{
    (void)rounds;
}

static int scripted_read(int fd, uint64_t values[3])
{
    (void)fd;
    memcpy(values, reads_as, sizeof reads_as);
    return 0;
}

static const cck_calibration made_up = {&scripted, no_work, scripted_read};

static int calibrate(uint64_t value, uint64_t enabled, uint64_t running, cck_pmu_tier *tier,
                     cck_error *err)
{
    const uint64_t values[3] = {value, enabled, running};
    memcpy(reads_as, values, sizeof reads_as);
    asked = 0;
    return cck_calibrate(&made_up, &root, 1, tier, err);
}

static void test_calibration_tiers(void **state)
{
    (void)state;
    cck_pmu_tier tier;
    cck_error err = {0};
    assert_int_equal(calibrate(200100, 1000, 1000, &tier, &err), 0);
    assert_int_equal(tier, CCK_PMU_FULL);
    ANSWER(0, EOPNOTSUPP);
    assert_int_equal(calibrate(200100, 1000, 1000, &tier, &err), 0);
    assert_int_equal(tier, CCK_PMU_COUNTS);
    ANSWER(0);
    assert_int_equal(calibrate(0, 1000, 1000, &tier, &err), CCK_EUNSUPPORTED);
    assert_int_equal(tier, CCK_PMU_FROZEN);
    assert_non_null(strstr(err.message, "reads 0"));
    assert_int_equal(calibrate(17, 1000, 1000, &tier, &err), CCK_EUNSUPPORTED);
    assert_non_null(strstr(err.message, "17 instructions"));
    assert_int_equal(calibrate(0, 1000, 0, &tier, &err), CCK_EBUSY);
    ANSWER(ENOENT);
    assert_int_equal(calibrate(0, 0, 0, &tier, &err), CCK_EUNSUPPORTED);
    assert_int_equal(tier, CCK_PMU_NONE);
    assert_non_null(strstr(err.message, "no PMU on this machine"));
    ANSWER(EACCES, EACCES);
    assert_int_equal(calibrate(0, 0, 0, &tier, &err), CCK_EACCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_eacces_leaves_the_kernel_out, reset),
        cmocka_unit_test_setup(test_eacces_for_good_names_the_level, reset),
        cmocka_unit_test_setup(test_eperm_under_seccomp, reset),
        cmocka_unit_test_setup(test_enosys_without_seccomp_is_the_kernel, reset),
        cmocka_unit_test_setup(test_einval_drops_features_one_by_one, reset),
        cmocka_unit_test_setup(test_einval_to_the_bottom, reset),
        cmocka_unit_test_setup(test_eopnotsupp_lowers_precision_then_guests, reset),
        cmocka_unit_test_setup(test_emfile_raises_the_limit_once, reset),
        cmocka_unit_test_setup(test_what_the_rest_means, reset),
        cmocka_unit_test_setup(test_eintr_is_tried_again, reset),
        cmocka_unit_test_setup(test_calibration_tiers, reset),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
