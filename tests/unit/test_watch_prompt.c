/* SPDX-License-Identifier: MIT */
/* Who watches asks to run soon, gets no more of a CPU, and hands neither on to children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/watch/prompt.h"

static struct sched_attr attributes(void)
{
    struct sched_attr attr = {0};
    assert_int_equal(syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0), 0);
    return attr;
}

static void a_short_slice_and_the_same_share(void **state)
{
    (void)state;
    struct sched_attr before = attributes();
    cck_watch_be_prompt();
    struct sched_attr after = attributes();
    assert_int_equal(after.sched_policy, before.sched_policy);
    assert_int_equal(after.sched_nice, before.sched_nice);
    if (before.sched_policy != SCHED_NORMAL || !before.sched_runtime)
        skip(); /* before Linux 6.12 slices are not a thread's own */
    assert_int_equal(after.sched_runtime, 100000);
    pid_t child = fork();
    if (child == 0)
        _exit(attributes().sched_runtime == 100000);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_short_slice_and_the_same_share)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
