/* SPDX-License-Identifier: MIT */
/* What --cache says, and what is taken from the machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/simulate/geometry.h"

static cck_machine *synthetic(const char *description)
{
    cck_machine_options options = {.size = sizeof options, .synthetic = description};
    cck_machine *machine = NULL;
    cck_error err = {0};
    if (cck_machine_open(&machine, &options, &err) < 0)
        fail_msg("%s", err.message);
    return machine;
}

static void chosen_is(const char *text, const char *machine_text, const char *expected)
{
    cck_arena arena = {0};
    cck_geometry_choice choice, again;
    cck_error err = {0};
    cck_machine *machine = machine_text ? synthetic(machine_text) : NULL;
    if (cck_geometry_choose(&choice, text, machine, &arena, &err) < 0)
        fail_msg("'%s': %s", text, err.message);
    assert_string_equal(choice.text, expected);
    /* What is printed can be given again, and then needs no machine. */
    assert_int_equal(cck_geometry_choose(&again, choice.text, NULL, &arena, &err), 0);
    assert_string_equal(again.text, expected);
    assert_string_equal(again.note, "");
    cck_machine_free(machine);
    cck_arena_clear(&arena);
}

static const char four_cores[] = "package:1 l3:1(size=6291456) l2:4(size=262144) l1d:1(size=32768) "
                                 "l1i:1(size=32768) core:1 pu:2";

static void entries_are_taken_in_any_form(void **state)
{
    (void)state;
    const char *full = "I1=32768,8,64 D1=32768,8,64 LL=8388608,16,64 cores=1";
    chosen_is("I1=32768,8,64 D1=32768,8,64 LL=8388608,16,64", NULL, full);
    chosen_is("I1=32K,8,64;D1=32k,8,64;LL=8M,16,64", NULL, full);
    chosen_is("  llc=8m,16,64;; \tl1I=32768,8,64  L1d=32K,8,64 ; cores=1", NULL, full);
    chosen_is("L3=8M,16,64", NULL, full);
    chosen_is("", NULL, full);
    chosen_is(NULL, NULL, full);
    chosen_is("L2=1M,16,64 Cores=3 LL=40M,20,128", NULL,
              "I1=32768,8,64 D1=32768,8,64 L2=1048576,16,64 LL=41943040,20,128 cores=3");
}

static void what_is_missing_comes_from_the_machine(void **state)
{
    (void)state;
    chosen_is("LL=8M,16,64", four_cores, "I1=32768,8,64 D1=32768,8,64 LL=8388608,16,64 cores=4");
    chosen_is("L2=512K,8,64 LL=8M,16,64 cores=2", four_cores,
              "I1=32768,8,64 D1=32768,8,64 L2=524288,8,64 LL=8388608,16,64 cores=2");
    chosen_is(NULL, four_cores,
              "I1=32768,8,64 D1=32768,8,64 L2=262144,8,64 LL=6291456,16,64 cores=4");
    chosen_is("D1=48K,12,64", four_cores,
              "I1=32768,8,64 D1=49152,12,64 L2=262144,8,64 LL=6291456,16,64 cores=4");
    /* Only two levels: the second is the last. */
    chosen_is(NULL, "package:1 l2:1(size=1048576) l1d:2(size=49152) core:1 pu:1",
              "I1=32768,8,64 D1=49152,8,64 LL=1048576,16,64 cores=2");
    /* 45 MiB are not 16 ways of a round number of lines, but of lines. */
    chosen_is(NULL,
              "package:1 l3:1(size=47185920) l2:2(size=1310720) l1d:1(size=49152) core:1 pu:1",
              "I1=32768,8,64 D1=49152,8,64 L2=1310720,8,64 LL=47185920,16,64 cores=2");
    chosen_is(NULL, "package:1 core:2 pu:1",
              "I1=32768,8,64 D1=32768,8,64 LL=8388608,16,64 cores=2");
}

static void what_is_assumed_is_said(void **state)
{
    (void)state;
    cck_arena arena = {0};
    cck_geometry_choice choice;
    cck_machine *machine = synthetic("package:1 core:2 pu:1");
    assert_int_equal(cck_geometry_choose(&choice, "D1=32K,8,64", machine, &arena, NULL), 0);
    assert_non_null(strstr(choice.note, "I1=32768,8,64 LL=8388608,16,64"));
    assert_null(strstr(choice.note, "D1="));
    assert_int_equal(
        cck_geometry_choose(&choice, "I1=32K,8,64 D1=32K,8,64 LL=8M,16,64", machine, &arena, NULL),
        0);
    assert_string_equal(choice.note, "");
    cck_machine_free(machine);
    cck_arena_clear(&arena);
}

static void nonsense_is_refused_with_the_entry(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"D1", "'D1'"},
        {"D1=", "SIZE,WAYS,LINE"},
        {"D1=32768", "SIZE,WAYS,LINE"},
        {"D1=32768,8", "SIZE,WAYS,LINE"},
        {"D1=32768,8,64,1", "SIZE,WAYS,LINE"},
        {"D1=32768,8,64x", "SIZE,WAYS,LINE"},
        {"D1=32768, 8,64", "SIZE,WAYS,LINE"},
        {"D1=-1,8,64", "SIZE,WAYS,LINE"},
        {"D1=0x8000,8,64", "SIZE,WAYS,LINE"},
        {"D1=99999999999999999999,8,64", "SIZE,WAYS,LINE"},
        {"D1=18446744073709551615K,8,64", "SIZE,WAYS,LINE"},
        {"D1=32768,4294967304,64", "SIZE,WAYS,LINE"},
        {"D1=32768,8,65", "power of two"},
        {"D1=32768,8,8", "16 to 256"},
        {"D1=32768,0,64", "ways"},
        {"D1=32769,8,64", "multiple"},
        {"LL=512G,16,64", "lines"},
        {"D1=32K,8,64 L1d=32K,8,64", "twice"},
        {"L4=32K,8,64", "no cache of that name"},
        {"=32K,8,64", "no cache of that name"},
        {"cores=0", "cores"},
        {"cores=1025", "cores"},
        {"cores=2 cores=2", "twice"},
        {"\xff\xfe=1,2,3", "no cache of that name"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cck_arena arena = {0};
        cck_error err = {0};
        cck_geometry_choice choice = {.text = "untouched"};
        assert_int_equal(cck_geometry_choose(&choice, bad[i].text, NULL, &arena, &err),
                         CCK_EINVALID);
        if (!strstr(err.message, bad[i].says))
            fail_msg("'%s' says: %s", bad[i].text, err.message);
        assert_non_null(strstr(err.hint, "NAME=SIZE,WAYS,LINE"));
        assert_string_equal(choice.text, "untouched");
        cck_arena_clear(&arena);
    }
}

static void long_garbage_is_refused(void **state)
{
    (void)state;
    static char text[100000];
    cck_arena arena = {0};
    cck_error err = {0};
    cck_geometry_choice choice;
    memset(text, 'D', sizeof text - 1);
    assert_int_equal(cck_geometry_choose(&choice, text, NULL, &arena, &err), CCK_EINVALID);
    memset(text, ';', sizeof text - 1);
    assert_int_equal(cck_geometry_choose(&choice, text, NULL, &arena, &err), 0);
    cck_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_taken_in_any_form),
        cmocka_unit_test(what_is_missing_comes_from_the_machine),
        cmocka_unit_test(what_is_assumed_is_said),
        cmocka_unit_test(nonsense_is_refused_with_the_entry),
        cmocka_unit_test(long_garbage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
