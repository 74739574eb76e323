/* SPDX-License-Identifier: MIT */
/* Placement through JSON and back: nothing is lost, and nobody's bytes do harm. */
#include "tests/unit/made_up.h"
#include "tests/unit/numa_made.h"

#include "core/numa/numa.h"

static made m;

/* A result of a process whose memory is known in all ways there are. */
static cck_result *made_result(cck_numa_placement *placement)
{
    cck_result *result = made_up_result();
    made_begin(&m);
    made_thread(&m, 0.75, 0.25);
    cck_numa_thread *idle = made_thread(&m, 0, 0);
    *idle = (cck_numa_thread){.pid = 100,
                              .tid = 101,
                              .name = "a \"quoted\"\n<name>",
                              .state = '?',
                              .cpu = -1,
                              .node = -1,
                              .cpus = "",
                              .mems = "",
                              .policy = {.flags = "", .nodes = "", .text = ""},
                              .policy_unknown = "not permitted",
                              .moves = -1,
                              .node_moves = -1,
                              .faults_unknown = "this kernel tells none",
                              .preferred = -1};
    m.threads[0].faults = m.faults[0];
    m.faults[0][1] = 7;
    static const cck_residency residency[] = {{3, 0, 750, 0.75}, {4, -1, 250, 0.25}};
    m.threads[0].residency = residency;
    m.threads[0].residency_count = COUNT_OF(residency);
    cck_numa_mapping *exact = made_mapping(&m, 10, 20, 0);
    exact->anonymous = 30 * MIB;
    exact->huge = 16 * MIB;
    exact->policy = (cck_numa_policy){CCK_NUMA_MODE_BIND, "static", "0-1", "bind=static:0-1"};
    cck_numa_mapping *sampled = made_mapping(&m, 1, 0, 2);
    sampled->method = CCK_NUMA_SAMPLED;
    sampled->drawn = 1000;
    sampled->found = 998;
    sampled->name = "/opt/x";
    sampled->kind = CCK_NUMA_HUGE;
    sampled->category = CCK_NUMA_ROW_HUGE;
    sampled->huge_unknown = "only smaps tells it";
    sampled->policy_unknown = "only numa_maps tells it";
    cck_numa_mapping *unknown = made_mapping(&m, 0, 0, 0);
    unknown->method = CCK_NUMA_UNKNOWN;
    unknown->unknown = "no time";
    unknown->kind = CCK_NUMA_STACK;
    unknown->stack_of = 100;
    assert_int_equal(cck_numa_judge(&m.raw, &m.arena, placement), 0);
    static const cck_numa_point points[] = {{0.5, {-1, -1, -1}, 1 << 20, -1},
                                            {1, {0.5, 0.4, 0.6}, 2 << 20, 3}};
    placement->points = points;
    placement->point_count = COUNT_OF(points);
    placement->watched_s = 1.5;
    placement->balancing_known = placement->balancing = true;
    result->command = "numa";
    result->placement = placement;
    assert_int_equal(cck_numa_find(result, NULL), 0);
    return result;
}

static cck_result *parse(const char *text, cck_error *err)
{
    cck_result *result = NULL;
    *err = (cck_error){0};
    return cck_result_parse(&result, text, strlen(text), err) == 0 ? result : NULL;
}

/* Not only the same bytes again: every writer says the same of it. */
static void nothing_is_lost(void **state)
{
    (void)state;
    static const cck_format formats[] = {CCK_FORMAT_JSON,     CCK_FORMAT_TEXT, CCK_FORMAT_CSV,
                                         CCK_FORMAT_MARKDOWN, CCK_FORMAT_HTML, CCK_FORMAT_SVG,
                                         CCK_FORMAT_OPENMETRICS};
    cck_numa_placement placement;
    cck_error err;
    cck_report_options options = {.size = sizeof options, .utf8 = true, .verbose = true};
    cck_result *result = made_result(&placement);
    char *text = made_up_report(result, CCK_FORMAT_JSON, NULL);
    cck_result *loaded = parse(text, &err);
    if (!loaded)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        char *first = made_up_report(result, formats[i], &options);
        char *second = made_up_report(loaded, formats[i], &options);
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
    assert_int_equal(loaded->placement->mappings[0].category, CCK_NUMA_ROW_PRIVATE);
    assert_int_equal(loaded->placement->mappings[0].huge, 16 * MIB);
    assert_int_equal(loaded->placement->threads[0].residency_count, 2);
    free(text);
    cck_result_free(loaded);
    cck_result_free(result);
    cck_arena_clear(&m.arena);
}

/* Change the first `what` to `to`, which makes the document wrong at `place`. */
static void expect_wrong(const char *text, const char *what, const char *to, const char *place)
{
    cck_error err;
    const char *at = strstr(text, what);
    assert_non_null(at);
    char *changed = NULL;
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(what)) > 0);
    cck_result *loaded = parse(changed, &err);
    if (loaded || !strstr(err.message, place))
        fail_msg("%s to %s: %s", what, to, loaded ? "taken" : err.message);
    free(changed);
}

static void damage_is_told_with_its_place(void **state)
{
    (void)state;
    cck_numa_placement placement;
    cck_result *result = made_result(&placement);
    char *text = made_up_report(result, CCK_FORMAT_JSON, NULL);
    expect_wrong(text, "\"method\": \"sampled\"", "\"method\": \"guessed\"", "placement.mappings[1].method");
    expect_wrong(text, "\"runs_here\": true", "\"runs_here\": 1", "placement.nodes[0].runs_here");
    expect_wrong(text, "\"distances\": [10, 21, 17]", "\"distances\": [10, 21]",
                 "placement.nodes[0].distances");
    expect_wrong(text, "\"index\": 1", "\"index\": 0", "placement.nodes");
    expect_wrong(text, "\"rights\": \"rw-p\"", "\"rights\": \"rw-p and more\"",
                 "placement.mappings[0].rights");
    expect_wrong(text, "\"state\": \"R\"", "\"state\": \"\"", "placement.threads[0].state");
    expect_wrong(text, "\"watched_s\": 1.5", "\"watched_s\": \"long\"", "placement.watched_s");
    expect_wrong(text, "\"ran\": {\"0\": 0.75", "\"ran\": {\"0\": 2.5", "placement.threads[0].ran.0");
    free(text);
    cck_result_free(result);
    cck_arena_clear(&m.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(damage_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
