/* SPDX-License-Identifier: MIT */
/* Measurements written, kept and read back; heat maps of made-up matrices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/folder.h"
#include "core/machine/capture.h"
#include "core/machine/gauge.h"
#include "core/machine/measurement.h"
#include "core/report/measure.h"
#include "core/report/picture.h"

static char folder[] = "/tmp/cck-measured-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && setenv("XDG_CACHE_HOME", folder, 1) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    cck_folder_remove(folder);
    return 0;
}

/* Four CPUs on two nodes: 50 ns within, 130 ns across; the last row could not be measured. */
static cck_measurement *made_up(void)
{
    static const char *const labels[] = {"0", "1", "2", "<3>"}, *const remarks[] = {"a & b"};
    static cck_figure cells[16];
    static const cck_figure curve[] = {{.median = 1, .low = 1, .high = 1.1, .samples = 9},
                                       {.median = 4, .low = 4, .high = 4.2, .samples = 9},
                                       {.median = 90, .low = 80, .high = 99, .samples = 9}};
    static const char *const sizes[] = {"4096", "65536", "16777216"}, *const load[] = {"load"};
    static cck_grid grids[2];
    static const cck_measured_cache caches[] = {
        {1, 32768, 38912, 32768, {.median = 1, .low = 1, .high = 1.1, .samples = 9}},
        {2, 16777216, 0, 0, {.median = 90, .low = 80, .high = 99, .samples = 9}}};
    for (size_t i = 0; i < 16; i++) {
        bool across = (i / 4 < 2) != (i % 4 < 2);
        double ns = across ? 130 : 50;
        cells[i] = (cck_figure){.median = ns, .low = ns - 1, .high = ns + 1, .drift = 0.01,
                                .samples = 90, .dropped = 2};
        if (i / 4 == i % 4 || i / 4 == 3)
            cells[i] = (cck_figure){.unknown = i / 4 == 3 ? "busy" : "the same CPU", .dropped = 7};
    }
    grids[0] = (cck_grid){"transfer", "a line <handed> over", "ns", "CPU", "CPU", "made up",
                          4, 4, labels, labels, cells, true, false};
    grids[1] = (cck_grid){"curve", "latency by size", "ns", "bytes", "", "made up",
                          3, 1, sizes, load, curve, false, false};
    cck_measurement *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->info = (cck_measurement_info){
        .quick = true, .when = (int64_t)time(NULL) - 3 * 3600, .seconds = 1.5, .identity = "",
        .pages = "2 MiB", .noise = {.others = 0.01, .steal = -1, .dropped = 0.02, .drift = 0.01,
                                    .spread = 0.02},
        .remarks = remarks, .remark_count = 1, .conclusions = remarks, .conclusion_count = 1,
        .grids = grids, .grid_count = 2, .caches = caches, .cache_count = 2};
    return m;
}

static char *written(const cck_measurement *m, cck_format format)
{
    char *text = NULL;
    size_t length;
    cck_machine *machine = NULL;
    const cck_machine_options options = {.size = sizeof options, .synthetic = "pack:2 numa:1 pu:2"};
    assert_int_equal(cck_machine_open(&machine, &options, NULL), 0);
    FILE *out = open_memstream(&text, &length);
    cck_error err = {0};
    if (cck_measurement_write(m, machine, format, out, NULL, &err) < 0)
        fail_msg("%s", err.message);
    fclose(out);
    cck_machine_free(machine);
    return text;
}

static void json_is_read_back_losslessly(void **state)
{
    cck_measurement *m = made_up(), *back = NULL;
    char *text = written(m, CCK_FORMAT_JSON);
    cck_error err = {0};
    (void)state;
    if (cck_measurement_parse(&back, text, strlen(text), &err) < 0)
        fail_msg("%s", err.message);
    char *again = written(back, CCK_FORMAT_JSON);
    assert_string_equal(text, again);
    assert_string_equal(cck_measurement_grid(back, "transfer")->cells[13].unknown, "busy");
    assert_true(cck_measurement_get_info(back)->noise.steal < 0);
    free(text);
    free(again);
    cck_measurement_free(m);
    cck_measurement_free(back);
}

static void damaged_json_is_refused(void **state)
{
    static const char *const cases[] = {
        "", "{", "[]", "{}", "{\"measurement\":{}}",
        "{\"measurement\":{\"when\":-1}}",
    };
    cck_measurement *m = made_up(), *back = NULL;
    char *text = written(m, CCK_FORMAT_JSON);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(cck_measurement_parse(&back, cases[i], strlen(cases[i]), NULL),
                         CCK_EFORMAT);
    char *low = strstr(text, "\"low\": ");
    assert_non_null(low);
    low[7] = '9'; /* above the median */
    assert_int_equal(cck_measurement_parse(&back, text, strlen(text), NULL), CCK_EFORMAT);
    for (size_t length = strlen(text) - 4; length > 200; length -= 97)
        assert_int_equal(cck_measurement_parse(&back, text, length, NULL), CCK_EFORMAT);
    assert_null(back);
    free(text);
    cck_measurement_free(m);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)); text++)
        count++;
    return count;
}

static void heat_follows_the_numbers(void **state)
{
    (void)state;
    assert_int_equal(cck_heat_level(50, 50, 130), 0);
    assert_int_equal(cck_heat_level(130, 50, 130), 9);
    assert_int_equal(cck_heat_level(90, 50, 130), 5);
    assert_int_equal(cck_heat_level(104, 100, 104), 0); /* as good as equal */
    assert_int_equal(cck_heat_level(5, 5, 5), 0);
    assert_int_equal(cck_heat_level(0, 0, 0), 0);
    cck_measurement *m = made_up();
    char *html = written(m, CCK_FORMAT_HTML);
    /* Of nine known cells off the diagonal three lie within a node, six across. */
    assert_int_equal(count_of(html, "<td class=\"num h0\" title=\"90 samples, 2 dropped\">50.0"), 3);
    assert_int_equal(count_of(html, "<td class=\"num h9\""), 6);
    assert_int_equal(count_of(html, "title=\"busy\""), 4);
    assert_non_null(strstr(html, "From 50.0\xc2\xb1")); /* the picture's words */
    assert_non_null(strstr(html, "class=\"median\""));
    assert_non_null(strstr(html, "prefers-color-scheme:dark"));
    assert_null(strstr(html, "<3>"));
    assert_non_null(strstr(html, "a &amp; b"));
    free(html);
    cck_measurement_free(m);
}

static void no_number_without_its_spread(void **state)
{
    cck_measurement *m = made_up();
    char *text = written(m, CCK_FORMAT_TEXT), *csv = written(m, CCK_FORMAT_CSV);
    (void)state;
    assert_int_equal(count_of(text, "130"), count_of(text, "130+-1"));
    assert_non_null(strstr(text, "-: busy"));
    assert_non_null(strstr(text, "64 KiB"));
    assert_non_null(strstr(csv, "transfer,0,1,ns,50,49,51,"));
    assert_non_null(strstr(csv, "transfer,<3>,0,ns,,,,,0,7,busy"));
    free(text);
    free(csv);
    cck_measurement_free(m);
}

static void figures_have_as_many_decimals_as_make_sense(void **state)
{
    static const struct {
        cck_figure figure;
        const char *text;
    } cases[] = {
        {{.median = 1.234, .low = 1.2, .high = 1.3, .samples = 9}, "1.23+-0.05"},
        {{.median = 12.34, .low = 12, .high = 13, .samples = 9}, "12.3+-0.5"},
        {{.median = 123.4, .low = 120, .high = 130, .drift = 0.1, .samples = 9}, "123+-12"},
        {{.median = 0.1, .low = 0.09, .high = 0.11, .samples = 9}, "0.100+-0.010"},
        {{.unknown = "busy"}, "-"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        cck_figure_print(text, sizeof text, &cases[i].figure, false);
        assert_string_equal(text, cases[i].text);
    }
}

/* Kept under this machine's identity, recalled by the gauge, and not when it is old or another's. */
static void what_is_kept_serves_the_gauge_while_it_is_fresh(void **state)
{
    char identity[17], path[4096];
    cck_machine *machine = NULL;
    cck_measurement *back = NULL, *m = made_up();
    cck_gauge_reading reading = {0};
    cck_error err = {0};
    (void)state;
    assert_int_equal(cck_machine_open(&machine, NULL, NULL), 0);
    assert_int_equal(cck_measurement_recall(&back, machine, &err), CCK_ENOTFOUND);
    assert_non_null(strstr(err.hint, "--measure"));
    cck_machine_identity(machine, identity);
    m->info.identity = identity;
    assert_int_equal(cck_measurement_keep(m, machine, path, sizeof path, NULL), 0);
    assert_int_equal(cck_gauge_read("transfer", machine, &reading, NULL), 0);
    assert_true(reading.kept && reading.age_s >= 3 * 3600);
    assert_float_equal(reading.value, 130, 1e-9); /* the median of the nine */
    m->info.when -= (CCK_MEASUREMENT_DAYS + 1) * 86400;
    assert_int_equal(cck_measurement_keep(m, machine, path, sizeof path, NULL), 0);
    assert_int_equal(cck_measurement_recall(&back, machine, &err), CCK_ENOTFOUND);
    assert_non_null(strstr(err.message, "31 days ago"));
    m->info.when = time(NULL);
    m->info.identity = "0123456789abcdef";
    assert_int_equal(cck_measurement_keep(m, machine, path, sizeof path, NULL), 0);
    assert_int_equal(cck_measurement_recall(&back, machine, &err), CCK_ENOTFOUND);
    assert_non_null(strstr(err.message, "another machine"));
    cck_measurement_free(m);
    cck_machine_free(machine);
}

static void a_noisy_matrix_is_not_relied_on(void **state)
{
    cck_figure wide = {.median = 50, .low = 30, .high = 90, .samples = 9};
    static const char *const label[] = {"0"};
    cck_grid grid = {"transfer", "", "ns", "CPU", "CPU", "", 1, 1, label, label, &wide, true, false};
    cck_measurement m = {.info = {.grids = &grid, .grid_count = 1}};
    double ns = -1;
    (void)state;
    assert_false(cck_measurement_transfer(&m, &ns));
    assert_true(ns == -1);
    m.info.grid_count = 0;
    assert_false(cck_measurement_transfer(&m, &ns));
}

/* Equal machines are equal, others are not. */
static void identities_tell_machines_apart(void **state)
{
    static const char *const texts[] = {"pack:2 numa:1 core:4 pu:1", "pack:2 numa:1 core:4 pu:2",
                                        "pack:1 numa:2 core:4 pu:1", "pack:2 numa:1 core:4 pu:1"};
    char ids[4][17];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        cck_machine *machine = NULL;
        const cck_machine_options options = {.size = sizeof options, .synthetic = texts[i]};
        assert_int_equal(cck_machine_open(&machine, &options, NULL), 0);
        cck_machine_identity(machine, ids[i]);
        cck_machine_free(machine);
    }
    assert_string_equal(ids[0], ids[3]);
    assert_string_not_equal(ids[0], ids[1]);
    assert_string_not_equal(ids[0], ids[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_read_back_losslessly),
        cmocka_unit_test(damaged_json_is_refused),
        cmocka_unit_test(heat_follows_the_numbers),
        cmocka_unit_test(no_number_without_its_spread),
        cmocka_unit_test(figures_have_as_many_decimals_as_make_sense),
        cmocka_unit_test(what_is_kept_serves_the_gauge_while_it_is_fresh),
        cmocka_unit_test(a_noisy_matrix_is_not_relied_on),
        cmocka_unit_test(identities_tell_machines_apart),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
