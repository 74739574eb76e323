/* SPDX-License-Identifier: MIT */
/* A document taken apart at its top level says the same as jansson does of the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json_split.h"

static const char *const names[] = {"rows", "more", NULL};

/* Everything of a text, put together again; NULL if it was refused. */
static json_t *together(const char *text, cck_error *err)
{
    cck_json_split split;
    *err = (cck_error){0};
    if (cck_json_split_open(&split, text, strlen(text), names, err) != 0)
        return NULL;
    json_t *whole = json_deep_copy(split.root);
    for (size_t i = 0; names[i]; i++) {
        cck_json_list *array = &split.arrays[i];
        if (!array->there)
            continue;
        json_t *rows = json_array(), *row;
        while ((row = cck_json_list_next(array, err)))
            json_array_append_new(rows, row);
        if (!err->code)
            assert_int_equal(json_array_size(rows), array->count);
        json_object_set_new(whole, names[i], rows);
    }
    cck_json_split_close(&split);
    if (err->code) {
        json_decref(whole);
        return NULL;
    }
    return whole;
}

static void assert_same(const char *text)
{
    cck_error err;
    json_error_t fault;
    json_t *ours = together(text, &err);
    json_t *theirs = json_loadb(text, strlen(text), JSON_REJECT_DUPLICATES, &fault);
    if (!ours != !theirs)
        fail_msg("'%s': ours %s, theirs %s", text, ours ? "takes it" : err.message,
                 theirs ? "takes it" : fault.text);
    if (ours && !json_equal(ours, theirs))
        fail_msg("'%s' became something else", text);
    if (!ours)
        assert_int_equal(err.code, -7);
    json_decref(ours);
    json_decref(theirs);
}

static const char whole[] =
    " {\"a\": [1, {\"rows\": 2}], \"rows\": [ {\"x\": \"]}\\\"[,\"}, [], 1, \"\", null ],\n"
    "\"more\":[],\"b\":\"\\u00e9\\\\\", \"c\":{}, \"d\":-1.5e3 } \n";

static void test_good(void **state)
{
    (void)state;
    static const char *const texts[] = {whole,
                                        "{}",
                                        " { } ",
                                        "{\"rows\":[]}",
                                        "{\"rows\":[ ]}",
                                        "{\"rows\":[[],[[]]],\"more\":[{}]}",
                                        "{\"rows\":{}}",
                                        "{\"rows\":1,\"more\":\"[\"}",
                                        "{\"more\":[1,2],\"rows\":[3]}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_same(texts[i]);
}

static void test_bad(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "1",
                                        "{",
                                        "{\"rows\"}",
                                        "{\"rows\":}",
                                        "{\"rows\":[}",
                                        "{\"rows\":[1,]}",
                                        "{\"rows\":[,1]}",
                                        "{\"rows\":[1 2]}",
                                        "{\"rows\":[1,,2]}",
                                        "{\"rows\":[1}",
                                        "{\"rows\":[1}}",
                                        "{\"rows\":[{]}]}",
                                        "{\"rows\":[\"]}",
                                        "{\"rows\":[1],}",
                                        "{\"rows\":[1] \"a\":1}",
                                        "{\"rows\":[1],\"rows\":[2]}",
                                        "{\"a\":1,\"a\":2}",
                                        "{\"rows\":1,\"rows\":[2]}",
                                        "{\"rows\":[1],\"rows\":2}",
                                        "{\"rows\":[{\"a\":1,\"a\":2}]}",
                                        "{\"rows\":[NaN]}",
                                        "{\"rows\":[9223372036854775808]}",
                                        "{} x",
                                        "{1:2}",
                                        "{\"a\":1}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_same(texts[i]);
}

/* A result is an object: jansson takes lists too. */
static void test_no_object(void **state)
{
    (void)state;
    cck_error err;
    assert_null(together("[]", &err));
    assert_non_null(strstr(err.message, "'{' expected"));
}

/* Cut off, and damaged, at each byte. */
static void test_every_byte(void **state)
{
    (void)state;
    char text[sizeof whole];
    for (size_t i = 0; i < sizeof whole - 1; i++) {
        memcpy(text, whole, i);
        text[i] = '\0';
        assert_same(text);
        for (const char *with = "\"]}[{,:x\\ 1\x80"; *with; with++) {
            memcpy(text, whole, sizeof whole);
            text[i] = *with;
            assert_same(text);
        }
    }
}

/* Errors in rows are told by the line of the whole. */
static void test_places(void **state)
{
    (void)state;
    cck_error err;
    assert_null(together("{\n\"rows\": [\n1,\n  x]}", &err));
    assert_non_null(strstr(err.message, "line 4, column 3"));
    assert_null(together("{\n\"rows\": [\n{\n\"a\":}]}", &err));
    assert_non_null(strstr(err.message, "line 4, "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_no_object),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
