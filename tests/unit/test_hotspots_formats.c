/* SPDX-License-Identifier: MIT */
/* The formats of a profile, of the run made by hand and of one with hostile names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include <cachecheck/cachecheck.h>

#include "hotspots_made.h"

static char *text_of(cck_format format)
{
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){.by = "llc"});
    char *text = made_text(result, format, NULL);
    cck_result_free(result);
    return text;
}

static void check_golden(cck_format format, const char *golden)
{
    char *text = text_of(format);
    assert_string_equal(text, golden);
    free(text);
}

static void test_folded(void **state)
{
    (void)state;
    check_golden(CCK_FORMAT_FOLDED, "main 1\n"
                                    "main;rec 2\n"
                                    "main;rec;rec 3\n"
                                    "main;rec;rec;rec 4\n"
                                    "main;work 20\n"
                                    "main;work;inner 55\n"
                                    "main;work;inner;app+0x900 7\n");
}

/* inner() is part of work(), from another file; the recursion's calls are counted once. */
static void test_callgrind(void **state)
{
    (void)state;
    char *text = text_of(CCK_FORMAT_CALLGRIND);
    char *body = strstr(text, "events:");
    assert_non_null(body);
    assert_string_equal(body, "events: Ir LLm\n"
                              "summary: 701 92\n"
                              "\n"
                              "ob=(1) /bin/app\n"
                              "fl=(1) /src/work.c\n"
                              "fn=(2) work\n"
                              "fi=(2) /src/inner.h\n"
                              "cob=(1)\n"
                              "cfi=(3) ???\n"
                              "cfn=(4) app+0x900\n"
                              "calls=1 0\n"
                              "3 41 7\n"
                              "3 330 55\n"
                              "fe=(1)\n"
                              "20 200 20\n"
                              "\n"
                              "ob=(1)\n"
                              "fl=(4) /src/rec.c\n"
                              "fn=(3) rec\n"
                              "30 30 9\n"
                              "cob=(1)\n"
                              "cfi=(4)\n"
                              "cfn=(3)\n"
                              "calls=2 0\n"
                              "31 20 7\n"
                              "\n"
                              "ob=(1)\n"
                              "fl=(3)\n"
                              "fn=(4)\n"
                              "0 41 7\n"
                              "\n"
                              "ob=(1)\n"
                              "fl=(5) /src/main.c\n"
                              "fn=(5) main\n"
                              "cob=(1)\n"
                              "cfi=(1)\n"
                              "cfn=(2)\n"
                              "calls=1 0\n"
                              "10 571 82\n"
                              "cob=(1)\n"
                              "cfi=(4)\n"
                              "cfn=(3)\n"
                              "calls=1 0\n"
                              "10 30 9\n"
                              "10 100 1\n"
                              "\n"
                              "totals: 701 92\n");
    free(text);
}

/* What the format's schema wants: indices of frames, a weight a sample, their sum the end. */
static void test_speedscope(void **state)
{
    (void)state;
    char *text = text_of(CCK_FORMAT_SPEEDSCOPE);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    size_t frames = json_array_size(json_object_get(json_object_get(root, "shared"), "frames"));
    json_t *profiles = json_object_get(root, "profiles");
    assert_int_equal(json_array_size(profiles), 2);
    const int ends[] = {92, 701};
    for (size_t i = 0; i < 2; i++) {
        json_t *profile = json_array_get(profiles, i);
        json_t *samples = json_object_get(profile, "samples");
        json_t *weights = json_object_get(profile, "weights");
        json_int_t sum = 0;
        assert_string_equal(json_string_value(json_object_get(profile, "type")), "sampled");
        assert_int_equal(json_array_size(samples), json_array_size(weights));
        for (size_t j = 0; j < json_array_size(samples); j++) {
            json_t *sample = json_array_get(samples, j);
            sum += json_integer_value(json_array_get(weights, j));
            for (size_t k = 0; k < json_array_size(sample); k++)
                assert_true((size_t)json_integer_value(json_array_get(sample, k)) < frames);
        }
        assert_int_equal(sum, ends[i]);
        assert_int_equal(json_integer_value(json_object_get(profile, "endValue")), ends[i]);
    }
    json_decref(root);
    free(text);
}

/* Every column of a table is as long as the table says. */
static size_t check_table(json_t *thread, const char *name)
{
    json_t *table = json_object_get(thread, name), *column;
    const char *key;
    json_t *length = json_object_get(table, "length");
    assert_true(json_is_integer(length));
    json_object_foreach(table, key, column)
    {
        if (json_is_array(column) &&
            json_array_size(column) != (size_t)json_integer_value(length))
            fail_msg("%s: %s has %zu rows", name, key, json_array_size(column));
    }
    return (size_t)json_integer_value(length);
}

/* Indices into a table of `count` rows, and where `may_lack` null or -1. */
static void check_indices(json_t *thread, const char *table, const char *column, size_t count,
                          bool may_lack)
{
    json_t *cells = json_object_get(json_object_get(thread, table), column);
    assert_true(json_is_array(cells));
    for (size_t i = 0; i < json_array_size(cells); i++) {
        json_t *cell = json_array_get(cells, i);
        bool lacks = json_is_null(cell) || json_integer_value(cell) == -1;
        if (!(lacks && may_lack) && (size_t)json_integer_value(cell) >= count)
            fail_msg("%s: %s refers to nothing in row %zu", table, column, i);
    }
}

static json_int_t check_firefox_thread(json_t *thread)
{
    size_t texts = json_array_size(json_object_get(thread, "stringArray"));
    size_t samples = check_table(thread, "samples"), stacks = check_table(thread, "stackTable");
    size_t frames = check_table(thread, "frameTable"), functions = check_table(thread, "funcTable");
    size_t resources = check_table(thread, "resourceTable");
    json_int_t sum = 0;
    assert_int_equal(check_table(thread, "nativeSymbols"), 0);
    assert_int_equal(check_table(thread, "markers"), 0);
    check_indices(thread, "samples", "stack", stacks, false);
    check_indices(thread, "stackTable", "frame", frames, false);
    check_indices(thread, "frameTable", "func", functions, false);
    check_indices(thread, "funcTable", "name", texts, false);
    check_indices(thread, "funcTable", "fileName", texts, true);
    check_indices(thread, "funcTable", "resource", resources, true);
    check_indices(thread, "resourceTable", "name", texts, false);
    json_t *prefixes = json_object_get(json_object_get(thread, "stackTable"), "prefix");
    for (size_t i = 0; i < stacks; i++) { /* parents come first */
        json_t *prefix = json_array_get(prefixes, i);
        assert_true(json_is_null(prefix) || (size_t)json_integer_value(prefix) < i);
    }
    json_t *weights = json_object_get(json_object_get(thread, "samples"), "weight");
    for (size_t i = 0; i < samples; i++)
        sum += json_integer_value(json_array_get(weights, i));
    return sum;
}

static void check_firefox(char *text, const json_int_t sums[2])
{
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    json_t *meta = json_object_get(root, "meta"), *threads = json_object_get(root, "threads");
    assert_int_equal(json_integer_value(json_object_get(meta, "preprocessedProfileVersion")), 48);
    assert_true(json_is_array(json_object_get(meta, "markerSchema")));
    assert_true(json_is_array(json_object_get(root, "libs")));
    assert_int_equal(json_array_size(threads), 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *thread = json_array_get(threads, i);
        assert_int_equal(check_firefox_thread(thread), sums[i]);
        assert_true(json_is_string(json_object_get(thread, "pid")));
        assert_int_equal(json_is_true(json_object_get(thread, "isMainThread")), i == 0);
    }
    json_decref(root);
    free(text);
}

static void test_firefox(void **state)
{
    (void)state;
    check_firefox(text_of(CCK_FORMAT_FIREFOX), (const json_int_t[]){92, 701});
}

static void test_firefox_per_thread(void **state)
{
    (void)state;
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){.per_thread = true});
    char *text = made_text(result, CCK_FORMAT_FIREFOX, NULL);
    assert_non_null(strstr(text, "worker (8)")); /* a thread's name and number, as in every picture */
    check_firefox(text, (const json_int_t[]){92, 701});
    cck_result_free(result);
}

static void test_flamegraph(void **state)
{
    (void)state;
    char *text = text_of(CCK_FORMAT_FLAMEGRAPH);
    assert_non_null(strstr(text, "<title>inner\n/src/inner.h\nLLC misses: 62 (67 %), itself 55"));
    assert_non_null(strstr(text, "92 LLC misses; modelled, not measured, by the simulate backend; "
                                 "8 more belong to no code"));
    assert_non_null(strstr(text, " x=\"10.00\" y=\"118.00\" width=\"1180.00\"")); /* main */
    free(text);
}

/* The frame at 0x400 has every character that means something to some format. */
static void test_hostile_names(void **state)
{
    (void)state;
    cck_spot spot = {MADE_AT(0x400), 0, 0, MADE_COSTS(5, 5)};
    cck_observed observed = made_observed();
    observed.spots = &spot;
    observed.spot_count = 1;
    cck_result *result = made_result(&observed, (cck_hotspots_order){0});
    char *folded = made_text(result, CCK_FORMAT_FOLDED, NULL);
    assert_string_equal(folded, "evil<a?b>&\"??[31m(1)]]> 5\n");
    char *svg = made_text(result, CCK_FORMAT_FLAMEGRAPH, NULL);
    assert_non_null(strstr(svg, "<title>evil&lt;a;b&gt;&amp;&quot;??[31m(1)]]&gt;\n"));
    assert_null(strchr(svg, '\x1b'));
    char *callgrind = made_text(result, CCK_FORMAT_CALLGRIND, NULL);
    assert_non_null(strstr(callgrind, "\nfn=(1) evil<a;b>&\"??[31m(1)]]>\n"));
    assert_non_null(strstr(callgrind, "\nfl=(1) /src/<x>&?.c\n"));
    char *text = made_text(result, CCK_FORMAT_TEXT, NULL);
    assert_null(strchr(text, '\x1b'));
    char *speedscope = made_text(result, CCK_FORMAT_SPEEDSCOPE, NULL);
    json_t *root = json_loads(speedscope, 0, NULL);
    assert_non_null(root);
    json_decref(root);
    free(folded);
    free(svg);
    free(callgrind);
    free(text);
    free(speedscope);
    cck_result_free(result);
}

static void test_text(void **state)
{
    (void)state;
    char *text = text_of(CCK_FORMAT_TEXT);
    assert_non_null(strstr(text, "   55   55 %   55 %    62 %  inner  [app]\n"));
    assert_non_null(strstr(text, "   20   20 %   75 %    82 %  work  [app]\n"));
    assert_non_null(strstr(text, "   55   55 %   55 %  inner.h:3  inner\n"));
    assert_non_null(
        strstr(text, "heap, struct row, 1 MiB x 3, allocated in inner inner.h:3 < work work.c:22"));
    assert_non_null(strstr(text, "8 LLC misses (8.0 %) are not attributed to any code"));
    assert_non_null(strstr(text, "not counted by the simulate backend"));
    assert_non_null(strstr(text, "MODELLED, not measured"));
    assert_non_null(strstr(text, "55 % of the LLC misses are in inner, most at inner.h:3\n"));
    assert_non_null(strstr(text, "cachecheck hotspots --annotate hot -- app 'a b'"));
    free(text);
}

/* Source with its costs; what was changed after the build, or is not there, is said. */
static void test_annotate(void **state)
{
    (void)state;
    char file[] = "/tmp/annotate.XXXXXX";
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    for (int i = 1; i <= 40; i++)
        fprintf(out, "\tline %d;%s\n", i, i == 20 ? "\x1b[31m" : "");
    fclose(out);
    cck_frame frame = {"work", "work", file, 20, 1, false};
    cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){0});
    for (size_t i = 0; i < result->profile->line_count; i++)
        if (strcmp(result->profile->lines[i].file, "/src/work.c") == 0)
            result->profile->lines[i].file = frame.file;
    cck_report_options options = {.size = sizeof options, .annotate = strrchr(file, '/') + 1};
    char *text = made_text(result, CCK_FORMAT_TEXT, &options);
    assert_non_null(
        strstr(text, "           20     20           200     20          line 20;?[31m\n"));
    assert_non_null(strstr(text, "-- line 15 --\n"));
    assert_null(strstr(text, "line 26;"));
    free(text);
    options.annotate = "work";
    text = made_text(result, CCK_FORMAT_TEXT, &options);
    assert_non_null(strstr(text, "line 20;"));
    free(text);
    options.annotate = "hot";
    text = made_text(result, CCK_FORMAT_TEXT, &options);
    assert_non_null(strstr(text, "/src/inner.h cannot be read"));
    free(text);
    options.annotate = "nothing.c";
    text = made_text(result, CCK_FORMAT_TEXT, &options);
    assert_non_null(strstr(text, "nothing to annotate"));
    free(text);
    cck_result_free(result);
    remove(file);
}

static void test_names_of_files(void **state)
{
    (void)state;
    assert_int_equal(cck_format_of_path("a/b.svg"), CCK_FORMAT_FLAMEGRAPH);
    assert_int_equal(cck_format_of_path("x.folded"), CCK_FORMAT_FOLDED);
    assert_int_equal(cck_format_of_path("a/callgrind.out.12"), CCK_FORMAT_CALLGRIND);
    assert_int_equal(cck_format_of_path("x.speedscope.json"), CCK_FORMAT_SPEEDSCOPE);
    assert_int_equal(cck_format_of_path("x.firefox.json"), CCK_FORMAT_FIREFOX);
    assert_int_equal(cck_format_of_path("x.json"), CCK_FORMAT_JSON);
    cck_result *plain = cck_result_new();
    cck_error err = {0};
    assert_int_equal(cck_report_write(plain, CCK_FORMAT_FOLDED, stdout, NULL, &err), CCK_EINVALID);
    assert_non_null(strstr(err.hint, "hotspots"));
    cck_result_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folded),        cmocka_unit_test(test_callgrind),
        cmocka_unit_test(test_firefox),       cmocka_unit_test(test_firefox_per_thread),
        cmocka_unit_test(test_speedscope),    cmocka_unit_test(test_flamegraph),
        cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_text),
        cmocka_unit_test(test_annotate),      cmocka_unit_test(test_names_of_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
