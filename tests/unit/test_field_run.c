/* SPDX-License-Identifier: MIT */
/* Elements in a row that one thread uses alike are told in one row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/report/field_run.h"

enum { FIELDS = 6 };

static void make(cck_field_use *fields, char names[][32], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], 32, "[0].bytes[%zu]", i + 8);
        fields[i] = (cck_field_use){
            .name = names[i],
            .type = "unsigned char",
            .offset = i,
            .size = 1,
            .tid = 7,
            .thread = "w",
            .writes = true,
            .location = {.file = "a.c", .line = 3, .function = "f", .module = "a", .role = ""}};
    }
}

static void elements_in_a_row_are_one_row(void **state)
{
    (void)state;
    cck_field_use fields[FIELDS];
    char names[FIELDS][32], text[64];
    make(fields, names, FIELDS);
    assert_int_equal(cck_field_run(fields, FIELDS), FIELDS);
    cck_field_run_name(fields, FIELDS, text, sizeof text);
    assert_string_equal(text, "[0].bytes[8..13]");
    assert_int_equal(cck_field_run(fields, 2), 1); /* two are told by name */
    cck_field_run_name(fields, 1, text, sizeof text);
    assert_string_equal(text, "[0].bytes[8]");
}

static void what_differs_ends_a_row(void **state)
{
    (void)state;
    cck_field_use fields[FIELDS];
    char names[FIELDS][32];
    make(fields, names, FIELDS);
    fields[4].tid = 8;
    assert_int_equal(cck_field_run(fields, FIELDS), 4);
    make(fields, names, FIELDS);
    fields[3].reads = true;
    assert_int_equal(cck_field_run(fields, FIELDS), 3);
    make(fields, names, FIELDS);
    fields[4].location.line = 4;
    assert_int_equal(cck_field_run(fields, FIELDS), 4);
    make(fields, names, FIELDS);
    fields[4].offset = 40; /* a hole */
    assert_int_equal(cck_field_run(fields, FIELDS), 4);
    make(fields, names, FIELDS);
    fields[4].name = "[0].count";
    assert_int_equal(cck_field_run(fields, FIELDS), 4);
    fields[4].name = "[1].bytes[12]"; /* of another element */
    assert_int_equal(cck_field_run(fields, FIELDS), 4);
}

static void hostile_names_are_no_indices(void **state)
{
    (void)state;
    static const char *const hostile[] = {"",      "[",    "[]",    "a[1",
                                          "a[-1]", "a[x]", "a[1]b", "a[99999999999999999999999]"};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        cck_field_use fields[FIELDS];
        char names[FIELDS][32];
        make(fields, names, FIELDS);
        for (size_t j = 0; j < FIELDS; j++)
            fields[j].name = hostile[i];
        assert_int_equal(cck_field_run(fields, FIELDS), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_in_a_row_are_one_row),
        cmocka_unit_test(what_differs_ends_a_row),
        cmocka_unit_test(hostile_names_are_no_indices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
