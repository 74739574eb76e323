/* SPDX-License-Identifier: MIT */
/* The latency gauge: a plausible number, or a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <sched.h>

#include <cmocka.h>

#include "core/machine/gauge.h"

static void a_transfer_takes_nanoseconds_or_is_unknown(void **state)
{
    (void)state;
    double ns = -1;
    cck_error err = {0};
    int code = cck_gauge_measure("transfer", NULL, &ns, &err);
    if (code == 0)
        assert_true(ns > 0.1);
    else
        assert_true((code == CCK_EBUSY || code == CCK_EUNSUPPORTED) && *err.message && ns == -1);
}

static void an_addition_alone_takes_less_or_is_unknown(void **state)
{
    (void)state;
    double share = -1;
    cck_error err = {0};
    int code = cck_gauge_measure("undisputed", NULL, &share, &err);
    if (code == 0)
        assert_true(share > 0 && share <= 0.5);
    else
        assert_true((code == CCK_EBUSY || code == CCK_EUNSUPPORTED) && *err.message && share == -1);
}

static void on_one_cpu_there_is_nothing_to_measure(void **state)
{
    (void)state;
    cpu_set_t before, one;
    double ns = -1;
    cck_error err = {0};
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
        if (CPU_ISSET(cpu, &before))
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(cck_gauge_measure("transfer", NULL, &ns, &err), CCK_EUNSUPPORTED);
    assert_int_equal(cck_gauge_measure("undisputed", NULL, &ns, &err), CCK_EUNSUPPORTED);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_true(ns == -1);
    assert_int_equal(cck_gauge_measure("tides", NULL, &ns, &err), CCK_EUNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_takes_nanoseconds_or_is_unknown),
        cmocka_unit_test(an_addition_alone_takes_less_or_is_unknown),
        cmocka_unit_test(on_one_cpu_there_is_nothing_to_measure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
