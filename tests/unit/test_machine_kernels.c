/* SPDX-License-Identifier: MIT */
/* What the meters are made of: cycles, places, crews. Numbers are looked at for shape only. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/machine/bandwidth.h"
#include "probes/machine/chase.h"
#include "probes/machine/crew.h"
#include "probes/machine/place.h"
#include "probes/machine/rivals.h"

/* One cycle over all lines, whatever the count and the line: else only a part would be visited,
 * and a small cache would seem large. */
static void a_chase_visits_every_line_once(void **state)
{
    static const struct {
        size_t lines;
        unsigned line;
    } cases[] = {{1, 64}, {2, 64}, {3, 128}, {64, 64}, {1000, 64}, {4096, 256}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t bytes = cases[i].lines * cases[i].line, count = 0;
        char *base = aligned_alloc(256, (bytes + 255) / 256 * 256);
        char *seen = calloc(cases[i].lines, 1);
        assert_true(base && seen);
        cck_chase_link(base, bytes, cases[i].line, 42 + i);
        void *at = base;
        do {
            size_t index = (size_t)((char *)at - base) / cases[i].line;
            assert_true(index < cases[i].lines && !seen[index]);
            seen[index] = 1;
            count++;
            at = *(void **)at;
        } while (at != base);
        assert_int_equal(count, cases[i].lines);
        free(base);
        free(seen);
    }
}

static void seeds_make_different_orders(void **state)
{
    void *one[512], *other[512];
    (void)state;
    cck_chase_link(one, sizeof one, 64, 1);
    cck_chase_link(other, sizeof other, 64, 2);
    size_t same = 0;
    for (size_t i = 0; i < 512; i += 8)
        same += (char *)one[i] - (char *)one == (char *)other[i] - (char *)other;
    assert_true(same < 16);
}

static void places_are_fresh_and_aligned(void **state)
{
    cck_place place;
    (void)state;
    assert_int_equal(cck_place_make(&place, 3 << 20, -1, true, NULL), 0);
    assert_int_equal((uintptr_t)place.base % (2 << 20), 0);
    for (size_t i = 0; i < 3 << 20; i += 4096)
        assert_int_equal(((char *)place.base)[i], 0);
    assert_null(place.proof); /* nobody asked */
    cck_place_clear(&place);
    assert_null(place.base);
    cck_place_clear(&place);
}

/* Node 0 is on every machine; where binding is denied that is said. */
static void a_bound_place_is_proved_or_refused(void **state)
{
    cck_place place;
    cck_error err = {0};
    int code = cck_place_make(&place, 65536, 0, false, &err);
    (void)state;
    if (code < 0) {
        assert_true(*err.message);
        skip();
    }
    assert_non_null(place.proof);
    cck_place_clear(&place);
    assert_true(cck_place_make(&place, 4096, 1023, false, &err) < 0);
    assert_true(cck_place_make(&place, 4096, 100000, false, &err) < 0);
}

static int first_cpu(void)
{
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    return cpu;
}

static void note_cpu(const cck_crew_member *self)
{
    *(int *)self->context = sched_getcpu();
}

static void a_crew_works_where_it_is_told(void **state)
{
    int cpu = first_cpu(), ran_on = -1, nowhere = 60000, before = sched_getcpu();
    cpu_set_t allowed, after;
    (void)state;
    (void)before;
    sched_getaffinity(0, sizeof allowed, &allowed);
    assert_int_equal(cck_crew_run(&cpu, 1, note_cpu, &ran_on, NULL), 0);
    assert_int_equal(ran_on, cpu);
    ran_on = -1;
    assert_int_equal(cck_crew_run(&nowhere, 1, note_cpu, &ran_on, NULL), CCK_ELIMIT);
    assert_int_equal(ran_on, -1);
    const int both[] = {cpu, nowhere};
    assert_int_equal(cck_crew_run(both, 2, note_cpu, &ran_on, NULL), CCK_ELIMIT);
    assert_int_equal(ran_on, -1); /* who began alone did not work */
    assert_int_equal(cck_crew_run(&cpu, 0, note_cpu, &ran_on, NULL), CCK_EINVALID);
    sched_getaffinity(0, sizeof after, &after);
    assert_true(CPU_EQUAL(&allowed, &after)); /* the caller stays where it is */
}

/* A number that is one, or too busy. */
static void expect_numbers(int code, cck_samples *samples, const cck_error *err)
{
    if (code == CCK_EBUSY)
        assert_true(*err->message);
    else
        assert_true(code == 0 && samples->count >= 3);
    for (size_t i = 0; i < samples->count; i++)
        assert_true(samples->values[i] > 0 && samples->values[i] < 1e9);
    cck_samples_clear(samples);
}

static void kernels_give_numbers_or_say_busy(void **state)
{
    int cpu = first_cpu();
    cck_place place;
    cck_error err = {0};
    cck_samples samples = {0};
    (void)state;
    assert_int_equal(cck_place_make(&place, 1 << 20, -1, false, NULL), 0);
    for (int kind = 0; kind < CCK_OP_ALL; kind++) {
        const cck_rival alone = {cpu, (cck_operation_kind)kind, place.base};
        expect_numbers(cck_rivals_run(&alone, 1, 2, &samples, &err), &samples, &err);
    }
    cck_chase_link(place.base, 1 << 20, 64, 7);
    expect_numbers(cck_chase_run(cpu, place.base, 1 << 20, 64, 2, &samples, &err), &samples, &err);
    expect_numbers(cck_bandwidth_run(&cpu, 1, place.base, 1 << 20, 2, &samples, &err), &samples,
                   &err);
    cck_place_clear(&place);
}

/* On one CPU two threads never run together: no sample may say that they did. */
static void rivals_on_one_cpu_are_never_together(void **state)
{
    int cpu = first_cpu();
    cck_place place;
    cck_error err = {0};
    cck_samples samples = {0};
    (void)state;
    assert_int_equal(cck_place_make(&place, 4096, -1, false, NULL), 0);
    const cck_rival two[] = {{cpu, CCK_OP_ADD, place.base}, {cpu, CCK_OP_ADD, place.base}};
    assert_int_equal(cck_rivals_run(two, 2, 5, &samples, &err), CCK_EBUSY);
    assert_int_equal(samples.count, 0);
    assert_true(samples.dropped > 0);
    cck_samples_clear(&samples);
    cck_place_clear(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chase_visits_every_line_once),
        cmocka_unit_test(seeds_make_different_orders),
        cmocka_unit_test(places_are_fresh_and_aligned),
        cmocka_unit_test(a_bound_place_is_proved_or_refused),
        cmocka_unit_test(a_crew_works_where_it_is_told),
        cmocka_unit_test(kernels_give_numbers_or_say_busy),
        cmocka_unit_test(rivals_on_one_cpu_are_never_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
