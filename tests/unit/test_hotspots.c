/* SPDX-License-Identifier: MIT */
/* Profiles of runs made by hand: self, inclusive and recursive costs, lines, objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cachecheck/cachecheck.h>

#include "hotspots_made.h"

static const cck_profile_function *function_of(const cck_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->function_count; i++)
        if (strcmp(profile->functions[i].name, name) == 0)
            return &profile->functions[i];
    fail_msg("no function %s", name);
    abort();
}

enum { INSTRUCTIONS, LLC }; /* the classes of the run made by hand */

static void check_costs(const cck_profile *profile, const char *name, uint64_t self,
                        uint64_t inclusive)
{
    const cck_profile_function *function = function_of(profile, name);
    assert_int_equal(function->self[LLC], self);
    assert_int_equal(function->inclusive[LLC], inclusive);
}

static void test_functions(void **state)
{
    (void)state;
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){0});
    const cck_profile *profile = result->profile;
    assert_int_equal(profile->class_count, 2);
    assert_string_equal(profile->classes[profile->by].name, "llc"); /* cycles are not known */
    check_costs(profile, "inner", 55, 62); /* itself, and the unknown code that it calls */
    check_costs(profile, "work", 20, 82);
    check_costs(profile, "main", 1, 92);
    check_costs(profile, "rec", 9, 9); /* thrice on one path, counted once */
    check_costs(profile, "app+0x900", 7, 7);
    assert_false(function_of(profile, "app+0x900")->named);
    assert_int_equal(function_of(profile, "app+0x900")->offset, 0x900);
    assert_int_equal(function_of(profile, "rec")->inclusive[INSTRUCTIONS], 30);
    assert_string_equal(profile->functions[0].name, "inner");
    assert_int_equal(profile->total[LLC], 100);
    assert_int_equal(profile->unattributed[LLC], 8);
    assert_int_equal(profile->unattributed[INSTRUCTIONS], 720 - 701);
    cck_result_free(result);
}

static void test_lines(void **state)
{
    (void)state;
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){.by = "llc"});
    const cck_profile *profile = result->profile;
    assert_string_equal(profile->lines[0].file, "/src/inner.h");
    assert_int_equal(profile->lines[0].line, 3);
    assert_int_equal(profile->lines[0].costs[LLC], 55);
    assert_string_equal(profile->functions[profile->lines[0].function].name, "inner");
    assert_int_equal(profile->lines[1].line, 20);
    uint64_t sum = 0;
    for (size_t i = 0; i < profile->line_count; i++)
        sum += profile->lines[i].costs[LLC];
    assert_int_equal(sum, 92);
    cck_result_free(result);
}

static void test_objects(void **state)
{
    (void)state;
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){.by = "llc"});
    const cck_profile *profile = result->profile;
    assert_int_equal(profile->object_count, 3);
    assert_string_equal(profile->objects[0].kind, "heap");
    assert_string_equal(profile->objects[0].type, "struct row");
    assert_int_equal(profile->objects[0].instances, 3);
    assert_string_equal(profile->objects[0].allocation[0].function, "inner");
    assert_string_equal(profile->objects[0].allocation[1].function, "work");
    assert_string_equal(profile->objects[0].allocation[2].function, "main");
    assert_int_equal(profile->objects[0].allocation_count, 3);
    assert_string_equal(profile->objects[1].name, "table");
    assert_string_equal(profile->objects[2].name, "stack of worker (8)");
    cck_result_free(result);
}

static void test_threads(void **state)
{
    (void)state;
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){.thread = "worker"});
    check_costs(result->profile, "inner", 5, 12);
    assert_int_equal(result->profile->total[LLC], 12);
    assert_int_equal(result->profile->unattributed[LLC], 0);
    assert_int_equal(result->profile->object_count, 0);
    cck_result_free(result);
    result = made_result(&observed, (cck_hotspots_order){.thread = "8"});
    assert_int_equal(result->profile->total[LLC], 12);
    cck_result_free(result);
    result = made_result(&observed, (cck_hotspots_order){.thread = "nobody"});
    assert_int_equal(result->profile->total[LLC], 100);
    assert_non_null(strstr(result->source.notes[0], "nobody"));
    cck_result_free(result);
    result = made_result(&observed, (cck_hotspots_order){.per_thread = true});
    assert_int_equal(result->profile->threads[1].costs[LLC], 12);
    char *text = made_text(result, CCK_FORMAT_FOLDED, NULL);
    assert_non_null(strstr(text, "worker (8);main;work;inner 5\n"));
    free(text);
    cck_result_free(result);
}

static void test_classes(void **state)
{
    (void)state;
    cck_error err = {0};
    const cck_observed observed = made_observed();
    assert_int_equal(cck_profile_class_check("llc", &err), 0);
    assert_int_equal(cck_profile_class_check("lcc", &err), CCK_EINVALID);
    assert_non_null(strstr(err.hint, "llc"));
    cck_result *result = made_result(&observed, (cck_hotspots_order){.by = "tlb"});
    assert_non_null(strstr(result->source.notes[0], "TLB misses were not counted"));
    assert_string_equal(result->profile->classes[result->profile->by].name, "llc");
    assert_int_equal(cck_profile_sort(result, "tlb", &err), CCK_EUNSUPPORTED);
    assert_int_equal(cck_profile_sort(result, "instructions", &err), 0);
    assert_string_equal(result->profile->functions[0].name, "inner");
    assert_int_equal(result->profile->functions[0].self[INSTRUCTIONS], 330);
    check_costs(result->profile, "work", 20, 82); /* nodes and lines were renumbered */
    assert_int_equal(result->profile->not_counted_count, CCK_COSTS - 2);
    cck_result_free(result);
}

/* Saved, loaded and saved again it is the same, to the byte. */
static void test_round_trip(void **state)
{
    (void)state;
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){.per_thread = true});
    cck_result *loaded;
    cck_error err = {0};
    char *text = made_text(result, CCK_FORMAT_JSON, NULL);
    assert_int_equal(cck_result_parse(&loaded, text, strlen(text), &err), 0);
    const cck_format formats[] = {
        CCK_FORMAT_JSON,       CCK_FORMAT_FOLDED, CCK_FORMAT_FLAMEGRAPH, CCK_FORMAT_CALLGRIND,
        CCK_FORMAT_SPEEDSCOPE, CCK_FORMAT_FIREFOX, CCK_FORMAT_CSV,       CCK_FORMAT_TEXT};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *before = made_text(result, formats[i], NULL);
        char *after = made_text(loaded, formats[i], NULL);
        assert_string_equal(before, after);
        free(before);
        free(after);
    }
    free(text);
    cck_result_free(loaded);
    cck_result_free(result);
}

/* References that lead nowhere, and circles, are refused with their place. */
static void test_bad_json(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"\"function\": 0,", "\"function\": 99,"},      {"\"parent\": 0", "\"parent\": 77"},
        {"\"parent\": 1", "\"parent\": 1000000"},       {"\"stack\": 1", "\"stack\": 4294967295"},
        {"\"classes\": [", "\"classes\": 3, \"x\": ["}, {"\"llc\": 55", "\"llc\": -1"},
    };
    const cck_observed observed = made_observed();
    cck_result *result = made_result(&observed, (cck_hotspots_order){0});
    char *text = made_text(result, CCK_FORMAT_JSON, NULL);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char *found = strstr(text, changes[i][0]);
        assert_non_null(found);
        char *bad = NULL;
        assert_true(asprintf(&bad, "%.*s%s%s", (int)(found - text), text, changes[i][1],
                             found + strlen(changes[i][0])) > 0);
        cck_error err = {0};
        cck_result *loaded = NULL;
        assert_int_equal(cck_result_parse(&loaded, bad, strlen(bad), &err), CCK_EFORMAT);
        assert_non_null(strstr(err.message, "hotspots."));
        free(bad);
    }
    free(text);
    cck_result_free(result);
}

/* A recursion a hundred thousand deep, and call paths that go in a circle. */
static void test_deep(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    cck_observed observed = made_observed();
    cck_path *paths = calloc(DEPTH, sizeof *paths);
    cck_spot spot = {MADE_AT(0x300), DEPTH - 1, 0, MADE_COSTS(1, 1)};
    assert_non_null(paths);
    for (uint32_t i = 0; i < DEPTH; i++)
        paths[i] = (cck_path){i ? i - 1 : CCK_NONE, MADE_AT(0x310), MADE_AT(0x300)};
    paths[0].call = (cck_code)MADE_NOWHERE;
    observed.paths = paths;
    observed.path_count = DEPTH;
    observed.spots = &spot;
    observed.spot_count = 1;
    observed.object_spot_count = 0;
    cck_result *result = made_result(&observed, (cck_hotspots_order){0});
    check_costs(result->profile, "rec", 1, 1);
    assert_int_equal(result->profile->node_count, DEPTH);
    char *text = made_text(result, CCK_FORMAT_FLAMEGRAPH, NULL);
    assert_non_null(strstr(text, "(deeper calls)"));
    free(text);
    free(made_text(result, CCK_FORMAT_CALLGRIND, NULL));
    cck_result_free(result);
    paths[0] = (cck_path){DEPTH - 1, MADE_AT(0x310), MADE_AT(0x300)};
    result = made_result(&observed, (cck_hotspots_order){0});
    check_costs(result->profile, "rec", 1, 1);
    cck_result_free(result);
    free(paths);
}

/* That not all call paths could be kept is said, in words and with how many. */
static void test_folded_paths_are_told(void **state)
{
    (void)state;
    cck_observed observed = made_observed();
    observed.paths_folded = 12345;
    cck_result *result = made_result(&observed, (cck_hotspots_order){0});
    char *text = made_text(result, CCK_FORMAT_JSON, NULL);
    assert_non_null(strstr(text, "12,345 call paths that cost little were folded"));
    free(text);
    cck_result_free(result);
    observed.paths_folded = 0;
    result = made_result(&observed, (cck_hotspots_order){0});
    text = made_text(result, CCK_FORMAT_JSON, NULL);
    assert_null(strstr(text, "folded"));
    free(text);
    cck_result_free(result);
}

/* What cannot be opened, or was not read when it was mapped, has no names, and a note says so. */
static void files_without_names_are_told(void **state)
{
    (void)state;
    extern const char __executable_start[]; /* ld's: where this program lies */
    const uint64_t here = (uint64_t)(uintptr_t)files_without_names_are_told;
    const uint64_t bias = (uint64_t)(uintptr_t)__executable_start;
    cck_module modules[] = {
        {.path = "/proc/self/exe", .build_id = "", .bias = bias, .unread = true},
        {.path = "/nowhere/app", .build_id = ""}};
    const cck_observed observed = {.modules = modules,
                                   .module_count = sizeof modules / sizeof *modules};
    const cck_frame *frames;
    cck_namer namer;
    cck_profile profile = {.line_count = 0};
    cck_result *result = cck_result_new();
    assert_non_null(result);
    result->profile = &profile;
    assert_int_equal(cck_hotspots_namer_new(&namer, &observed, NULL), 0);
    for (uint32_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        const cck_code code = {.module = i, .address = here};
        assert_int_equal(namer.frames(namer.context, &observed, code, &frames), 0);
    }
    assert_int_equal(cck_hotspots_namer_notes(&namer, result, NULL), 0);
    assert_int_equal(result->source.note_count, 2);
    assert_non_null(strstr(result->source.notes[0], "/proc/self/exe could not be read"));
    assert_non_null(strstr(result->source.notes[1], "/nowhere/app: cannot open"));
    cck_hotspots_namer_free(&namer);
    cck_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_without_names_are_told),
        cmocka_unit_test(test_folded_paths_are_told),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
