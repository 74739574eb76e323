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

#include <jansson.h>

#include "core/base/json_split.h"

static const char *const names[] = {"rows", "more", NULL};

/* A node as jansson would have it. */
static json_t *as_jansson(const cck_json_node *node)
{
    json_t *made;
    const cck_json_node *at = node + 1;
    switch ((cck_node_type)node->type) {
    case CCK_NODE_NULL:
        return json_null();
    case CCK_NODE_FALSE:
        return json_false();
    case CCK_NODE_TRUE:
        return json_true();
    case CCK_NODE_INTEGER:
        return json_integer(cck_node_integer(node));
    case CCK_NODE_REAL:
        return json_real(cck_node_number(node));
    case CCK_NODE_STRING:
        return json_string(cck_node_text(node));
    case CCK_NODE_ARRAY:
        made = json_array();
        at = cck_node_first(node);
        for (size_t i = 0; i < cck_node_size(node); i++, at = cck_node_next(at))
            json_array_append_new(made, as_jansson(at));
        return made;
    case CCK_NODE_OBJECT:
        made = json_object();
        for (size_t i = 0; i < cck_node_size(node); i++, at = cck_node_next(at + 1)) {
            assert_ptr_equal(cck_node_member(node, cck_node_text(at)), at + 1);
            json_object_set_new(made, cck_node_text(at), as_jansson(at + 1));
        }
        assert_null(cck_node_member(node, "no such key"));
        return made;
    }
    return NULL;
}

/* Everything of a text, put together again; NULL if it was refused. */
static json_t *together(const char *text, cck_error *err)
{
    cck_json_split split;
    *err = (cck_error){0};
    if (cck_json_split_open(&split, text, strlen(text), names, err) != 0)
        return NULL;
    json_t *whole = as_jansson(cck_json_root(&split.root));
    for (size_t i = 0; names[i]; i++) {
        cck_json_list *array = &split.arrays[i];
        if (!array->there)
            continue;
        json_t *rows = json_array();
        const cck_json_node *row;
        while ((row = cck_json_list_next(array, err)))
            json_array_append_new(rows, as_jansson(row));
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

/* Each kind of value, good and bad, in the root and within a row: as jansson takes it, or not. */
static void test_values(void **state)
{
    (void)state;
    static const char *const values[] = {
        "0", "-0", "00", "01", "-", "+1", "1.", ".5", "1.5", "-1.5e3", "1e5", "1E+5", "1e", "1e-",
        "1.e5", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999999999", "1e999", "-1e999", "1e-999", "0.1",
        "0.02707913635832959", "56650.47696233205", "123456789012345678901234567890.5", "5e-324",
        "1.7976931348623157e308", "2.2250738585072011e-308", "9007199254740993.0",
        "0.30000000000000004", "1e22", "1e23", "8.41e21", "1e400000000000000000000", "true",
        "false", "null", "tru", "nullx", "True", "NaN", "Infinity", "-Infinity", "nan", "\"\"",
        "\"a\\u0041\\n\\/\\\"\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"",
        "\"\\ud83dx\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"\\u00\"", "\"\\x\"", "\"\\\"",
        "\"\\u12g4\"", "\"\xc3\xa9\"", "\"\xef\xbf\xbd\"", "\"\xff\"", "\"\xc3\"",
        "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf0\x9f\x98\x80\"",
        "\"\t\"", "\"\x7f\"", "\"\x01\"", "'a'", "[1,2,[3,{\"a\":[]}]]", "[1,]", "[,]",
        "{\"a\":1,}", "{,}", "{\"a\"}", "{\"a\":{\"a\":1,\"b\":{}}}", "{\"\":0,\"\":1}",
        "{\"a\" : 1 , \"b\":\t2\r\n}", "//", "/**/1"};
    char text[256];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(text, sizeof text, "{\"a\":%s}", values[i]);
        assert_same(text);
        snprintf(text, sizeof text, "{\"rows\":[%s , 1]}", values[i]);
        assert_same(text);
    }
}

/* Doubles come back to the last bit. */
static void test_numbers(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        random = random * 6364136223846793005u + 1442695040888963407u;
        double number = (double)(random >> 11) / (double)(UINT64_C(1) << (random % 64));
        snprintf(text, sizeof text, "{\"a\":%.*g}", 1 + (int)(random >> 60) % 17, number);
        assert_same(text);
    }
}

/* Objects of many members have their places by hash. */
static void test_many_members(void **state)
{
    (void)state;
    char text[65536];
    for (int again = 0; again < 2; again++) {
        size_t used = (size_t)snprintf(text, sizeof text, "{\"rows\":[{");
        for (int i = 0; i < 2000; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "\"key%d\":[%d],", i, i);
        snprintf(text + used, sizeof text - used, "\"key%d\":0}]}", again ? 7 : 2000);
        assert_same(text);
    }
}

static void test_depth(void **state)
{
    (void)state;
    static char text[20000];
    static const size_t depths[] = {100, 2000, 2100, 9000};
    static const char begin[] = "{\"rows\":[";
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        char *at = stpcpy(text, begin);
        memset(at, '[', depths[i]);
        memset(at + depths[i], ']', depths[i]);
        strcpy(at + 2 * depths[i], "]}");
        assert_same(text);
    }
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
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_no_object),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
