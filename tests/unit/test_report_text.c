/* SPDX-License-Identifier: MIT */
/* The text report and the table, read as a stranger would. CCK_SHOW=1 prints them. */
#include "tests/unit/made_up.h"

#include "core/base/number.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/report/next.h"
#include "core/result/repeat.h"

typedef cck_result *maker(void);

static cck_result *made_up_thousands(void)
{
    return made_up_crowd(10000);
}

static cck_result *made_up_repeated(void)
{
    cck_repeat repeat = {0};
    cck_result *result = made_up_pmu();
    for (int i = 0; i < 5; i++) {
        result->target.elapsed_s = 2.4 + i / 20.;
        assert_int_equal(cck_repeat_add(&repeat, result, NULL), 0);
    }
    assert_int_equal(cck_repeat_finish(&repeat, result, NULL), 0);
    cck_repeat_clear(&repeat);
    return result;
}

static maker *const makers[] = {made_up_pmu,       made_up_simulated, made_up_software,
                                made_up_thousands, made_up_nothing,   made_up_repeated,
                                made_up_result};

static void lines_fit_the_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        cck_result *result = makers[i]();
        for (unsigned width = 80; width <= 120; width += 20) {
            cck_report_options options = {.size = sizeof options, .width = width, .utf8 = true};
            char *text = made_up_report(result, CCK_FORMAT_TEXT, &options);
            if (getenv("CCK_SHOW") && width < 120)
                printf("----- width %u\n%s", width, text);
            for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
                if (strncmp(line, "next", 4) != 0)
                    assert_in_range(cck_text_width(line, true), 0, width);
            free(text);
        }
        cck_result_free(result);
    }
}

static void assert_says(maker *make, const char *const *says, size_t count)
{
    cck_result *result = make();
    char *text = made_up_report(result, CCK_FORMAT_TEXT, NULL), *at = text;
    for (size_t i = 0; i < count; i++) {
        char *found = strstr(at, says[i]);
        if (!found)
            fail_msg("'%s' is not where it should be in:\n%s", says[i], text);
        at = found;
    }
    free(text);
    cck_result_free(result);
}

#define ASSERT_SAYS(make, ...)                                                                     \
    assert_says(make, (const char *const[]){__VA_ARGS__},                                          \
                COUNT_OF(((const char *const[]){__VA_ARGS__})))

static void reports_say_it_in_this_order(void **state)
{
    (void)state;
    ASSERT_SAYS(made_up_pmu, "measured by the pmu backend", "ran      ./app --threads 8: 8 threads",
                "verdict  LLC-bound: 14.0 LLC misses per 1000 instructions, 62 % of cycles waiting",
                "201,800,000 (50%)  LLC-misses", "14.0 LLC MPKI, about 4.81 GiB/s from memory",
                "thread     tid  CPU time", "worker-7  1007    2.07 s", "cpu3 75% cpu0 25%",
                "llc-bound", "app       1000", "note     a share in (%)",
                "next     cachecheck stat --set numa -- ./app --threads 8\n");
    ASSERT_SAYS(made_up_simulated, "MODELLED, not measured, by the simulate backend",
                "slowdown: 40-120 x", "why      no PMU", "model    I1=32768,8,64",
                "verdict  modelled: ", "LLC-load-misses   1.45 LLC MPKI", "1.30 M", "l1-bound",
                "note     the model has no prefetcher", "next     valgrind");
    ASSERT_SAYS(made_up_software, "measured by the software backend", "why      no PMU",
                "verdict  caches not counted: software events tell nothing of them\n",
                "page-faults", "faults  switches",
                "next     cachecheck stat --backend simulate -- ./app");
    ASSERT_SAYS(made_up_thousands, "10,000 threads", "request", "(no thread)", "123,456",
                "and 9,990 more (--format json shows all)", "dropped 12 records",
                "end      the target was killed by signal 9 (SIGKILL)", "next ");
    ASSERT_SAYS(made_up_nothing, "not counted  task-clock", "\napp     1000",
                "not counted: the counter was taken by another", "note     where the threads ran",
                "end      the target exited with status 3", "next     cachecheck machine --check");
    ASSERT_SAYS(made_up_repeated, "5 runs of 2.50 s +- 79.1 ms elapsed (2.40 s to 2.60 s)",
                "+- 0 %", "of the last run:");
}

/* Of 10,000 rows ten are shown, and the rest row. */
static void ten_rows_are_enough(void **state)
{
    (void)state;
    cck_result *result = made_up_crowd(10000);
    char *text = made_up_report(result, CCK_FORMAT_TEXT, NULL);
    unsigned lines = 0;
    for (const char *at = text; (at = strstr(at, "\nrequest")); at++)
        lines++;
    assert_int_equal(lines, 10);
    free(text);
    cck_report_options options = {.size = sizeof options, .rows = 3};
    text = made_up_report(result, CCK_FORMAT_TEXT, &options);
    assert_non_null(strstr(text, "and 9,997 more"));
    free(text);
    cck_result_free(result);
}

static void colours_and_ascii_are_the_callers_choice(void **state)
{
    (void)state;
    cck_result *result = made_up_pmu();
    cck_report_options options = {.size = sizeof options, .color = true};
    char *colored = made_up_report(result, CCK_FORMAT_TEXT, &options);
    char *plain = made_up_report(result, CCK_FORMAT_TEXT, NULL);
    assert_non_null(strstr(colored, "\033[1m"));
    assert_null(strchr(plain, '\033'));
    for (const char *at = plain; *at; at++)
        assert_in_range((unsigned char)*at, '\n', 126);
    free(colored), free(plain);
    cck_result_free(result);
}

/* A thread can call itself what it likes: no escape may reach the terminal. */
static void hostile_names_are_blunted(void **state)
{
    (void)state;
    cck_tally tally;
    assert_true(cck_tally_init(&tally, 1));
    cck_tally_thread *thread = made_up_thread(&tally, 1, "\033[31m\n\xe2\x80\xaered\xc2\x9b");
    made_up_count(&tally, thread, 0, 5, 1, 1);
    cck_result *result = made_up_finish(made_up_result(), &tally, made_up_pmu_events);
    cck_report_options options = {.size = sizeof options, .utf8 = true};
    char *text = made_up_report(result, CCK_FORMAT_TEXT, &options);
    assert_null(strchr(text, '\033'));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_non_null(strstr(text, "?[31m??red?"));
    free(text);
    cck_result_free(result);
}

static void numbers_read_well(void **state)
{
    (void)state;
    char text[CCK_NUMBER_SIZE];
#define ASSERT_NUMBER(call, expected)                                                              \
    do {                                                                                           \
        call;                                                                                      \
        assert_string_equal(text, expected);                                                       \
    } while (0)
    ASSERT_NUMBER(cck_number_short(text, 0), "0");
    ASSERT_NUMBER(cck_number_short(text, 9.996), "10.0");
    ASSERT_NUMBER(cck_number_short(text, 99.96), "100");
    ASSERT_NUMBER(cck_number_short(text, -1.234), "-1.23");
    ASSERT_NUMBER(cck_number_short(text, 0.00123456), "0.00123");
    ASSERT_NUMBER(cck_number_scaled(text, 999.9), "1.00 k");
    ASSERT_NUMBER(cck_number_scaled(text, 12345678), "12.3 M");
    ASSERT_NUMBER(cck_number_scaled(text, 42), "42");
    ASSERT_NUMBER(cck_number_grouped(text, 999), "999");
    ASSERT_NUMBER(cck_number_grouped(text, UINT64_MAX), "18,446,744,073,709,551,615");
    ASSERT_NUMBER(cck_number_time(text, 1.5e9), "1.50 s");
    ASSERT_NUMBER(cck_number_time(text, 999999), "1.00 ms");
    ASSERT_NUMBER(cck_number_time(text, 7), "7 ns");
    ASSERT_NUMBER(cck_number_bytes(text, 33554432), "32 MiB");
    ASSERT_NUMBER(cck_number_percent(text, 0.004), "<0.01");
    ASSERT_NUMBER(cck_number_percent(text, 62.4), "62");
    ASSERT_NUMBER(cck_number_percent(text, 9.96), "10");
}

static char *print_table(const cck_table *table, unsigned width)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cck_table_style style = {.width = width, .utf8 = true};
    cck_table_print(table, &style, out);
    fclose(out);
    return text;
}

static void tables_shrink_then_drop(void **state)
{
    (void)state;
    cck_table table = {0};
    cck_table_column(&table, (cck_column){.title = "name", .left = true, .shrink = 4});
    cck_table_column(&table, (cck_column){.title = "count"});
    cck_table_column(&table, (cck_column){.title = "share", .drop = 2});
    cck_table_cell(&table, cck_cell_text("\xe6\xbc\xa2\xe5\xad\x97 long name"));
    cck_table_cell(&table, cck_cell_count(12345));
    cck_table_cell(&table, cck_cell_number(CCK_CELL_PERCENT, 62));
    cck_table_cell(&table, cck_cell_text("b"));
    cck_table_cell(&table, cck_cell_missing("why"));
    cck_table_cell(&table, (cck_cell){.kind = CCK_CELL_PERCENT, .number = 5, .running = 0.5});
    char *text = print_table(&table, 80);
    assert_string_equal(text, "name             count        share\n"
                              "\xe6\xbc\xa2\xe5\xad\x97 long name  12,345         62 %\n"
                              "b                    -  5.0 % (50%)\n");
    free(text);
    text = print_table(&table, 30);
    assert_string_equal(text, "name        count        share\n"
                              "\xe6\xbc\xa2\xe5\xad\x97 lon\xe2\x80\xa6  12,345         62 %\n"
                              "b               -  5.0 % (50%)\n");
    free(text);
    text = print_table(&table, 16);
    assert_string_equal(text, "name       count\n"
                              "\xe6\xbc\xa2\xe5\xad\x97 lo\xe2\x80\xa6  12,345\n"
                              "b              -\n");
    free(text);
    cck_table_clear(&table);
}

/* RFC 4180, and plain numbers. */
static void csv_is_for_programs(void **state)
{
    (void)state;
    cck_tally tally;
    assert_true(cck_tally_init(&tally, 2));
    tally.not_counted[1] = "no, \"never\"";
    cck_tally_thread *thread = made_up_thread(&tally, 7, "a,b");
    made_up_count(&tally, thread, 0, 3, 4, 2);
    cck_result *result = made_up_finish(made_up_result(), &tally, made_up_pmu_events);
    char *text = made_up_report(result, CCK_FORMAT_CSV, NULL);
    assert_string_equal(
        text, "kind,pid,tid,index,name,process,threads,event,unit,value,raw,running,not_counted,"
              "evidence\r\n"
              "total,1000,,,,,1,task-clock,ns,6,3,0.5,,measured\r\n"
              "total,1000,,,,,1,cycles,count,,,,\"no, \"\"never\"\"\",measured\r\n"
              "thread,1000,7,,\"a,b\",app,1,task-clock,ns,6,3,0.5,,measured\r\n"
              "thread,1000,7,,\"a,b\",app,1,cycles,count,,,,\"no, \"\"never\"\"\",measured\r\n");
    free(text);
    cck_result_free(result);
}

static void the_next_command_can_be_pasted(void **state)
{
    (void)state;
    static const char *const spaced[] = {"./my app", "it's", "", "*.c"};
    static const char *const hostile[] = {"./app\n", "x"};
    cck_result *result = made_up_software();
    result->target.argv = spaced;
    result->target.argc = 4;
    char *next = cck_report_next(result);
    assert_string_equal(next,
                        "cachecheck stat --backend simulate -- './my app' 'it'\\''s' '' '*.c'");
    free(next);
    result->target.argv = hostile;
    result->target.argc = 2;
    next = cck_report_next(result);
    assert_string_equal(next, "cachecheck stat --backend simulate -- COMMAND");
    free(next);
    result->target.argc = 0;
    result->target.attached = true;
    next = cck_report_next(result);
    assert_string_equal(next, "cachecheck machine --check");
    free(next);
    cck_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_fit_the_terminal),
        cmocka_unit_test(reports_say_it_in_this_order),
        cmocka_unit_test(ten_rows_are_enough),
        cmocka_unit_test(colours_and_ascii_are_the_callers_choice),
        cmocka_unit_test(hostile_names_are_blunted),
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(tables_shrink_then_drop),
        cmocka_unit_test(csv_is_for_programs),
        cmocka_unit_test(the_next_command_can_be_pasted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
