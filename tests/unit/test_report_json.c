/* SPDX-License-Identifier: MIT */
/* JSON: lossless, the same in every locale, and no input that harms. */
#include "tests/unit/made_up.h"

#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/json_writer.h"
#include "core/base/number.h"
#include "core/result/repeat.h"

static cck_result *parse(const char *text)
{
    cck_result *result = NULL;
    cck_error err = {0};
    if (cck_result_parse(&result, text, strlen(text), &err) != 0)
        fail_msg("%s", err.message);
    return result;
}

static void assert_round_trip(cck_result *result)
{
    char *first = made_up_report(result, CCK_FORMAT_JSON, NULL);
    cck_result *loaded = parse(first);
    char *second = made_up_report(loaded, CCK_FORMAT_JSON, NULL);
    assert_string_equal(first, second);
    cck_report_options options = {.size = sizeof options, .utf8 = true, .verbose = true};
    char *text = made_up_report(result, CCK_FORMAT_TEXT, &options);
    char *again = made_up_report(loaded, CCK_FORMAT_TEXT, &options);
    assert_string_equal(text, again);
    free(first), free(second), free(text), free(again);
    cck_result_free(loaded);
    cck_result_free(result);
}

static cck_result *repeated(void)
{
    cck_repeat repeat = {0};
    cck_result *result = made_up_pmu();
    for (int i = 0; i < 3; i++) {
        result->target.elapsed_s = 1 + i / 3.;
        assert_int_equal(cck_repeat_add(&repeat, result, NULL), 0);
    }
    assert_int_equal(cck_repeat_finish(&repeat, result, NULL), 0);
    cck_repeat_clear(&repeat);
    return result;
}

static void saving_and_loading_loses_nothing(void **state)
{
    (void)state;
    assert_round_trip(made_up_pmu());
    assert_round_trip(made_up_simulated());
    assert_round_trip(made_up_software());
    assert_round_trip(made_up_crowd(500));
    assert_round_trip(made_up_nothing());
    assert_round_trip(repeated());
    assert_round_trip(made_up_result());
    cck_result *grouped = NULL, *result = made_up_pmu();
    assert_int_equal(cck_result_group(result, CCK_ROW_NODE, &grouped, NULL), 0);
    assert_round_trip(grouped);
    cck_result_free(result);
    result = made_up_pmu();
    result->target = (cck_target_info){.pid = 7,
                                       .attached = true,
                                       .exit_code = -1,
                                       .user_s = -1,
                                       .system_s = -1,
                                       .elapsed_s = 0.1};
    assert_round_trip(result);
    result = made_up_simulated();
    result->target.signal = 4;
    result->target.cannot_run = "an instruction of AVX-512, which it does not know";
    assert_round_trip(result);
}

/* Whose exit status is 126 for that reason, and who just died of a signal. */
static void why_a_program_could_not_run_is_kept(void **state)
{
    (void)state;
    cck_result *result = made_up_simulated();
    result->target.cannot_run = "an instruction of \"AVX-512\"";
    char *text = made_up_report(result, CCK_FORMAT_JSON, NULL);
    cck_result *loaded = parse(text);
    assert_string_equal(loaded->target.cannot_run, "an instruction of \"AVX-512\"");
    cck_result_free(loaded);
    free(text);
    result->target.cannot_run = "";
    text = made_up_report(result, CCK_FORMAT_JSON, NULL);
    assert_null(strstr(text, "cannot_run"));
    loaded = parse(text);
    assert_string_equal(loaded->target.cannot_run, "");
    cck_result_free(loaded);
    free(text);
    cck_result_free(result);
}

static void numbers_read_back(void **state)
{
    (void)state;
    static const double numbers[] = {
        0, 0.1, 1. / 3, 1e-300, 123456789.123456789, 5e-324, 1.7976931348623157e308, -2.5, 1e21};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char text[CCK_NUMBER_SIZE];
        cck_number_exact(text, numbers[i]);
        assert_true(strtod(text, NULL) == numbers[i]);
    }
    char text[CCK_NUMBER_SIZE];
    cck_number_exact(text, (double)NAN);
    assert_string_equal(text, "null");
}

static char *write_samples(bool pretty)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cck_json json;
    cck_json_begin(&json, out, pretty);
    cck_json_object(&json);
    cck_json_key(&json, "text");
    cck_json_string(&json, "a\"\\\n\t\x01\x7f \xc3\xa4 \xff \xed\xa0\x80 \xf0\x9f\x98\x80");
    cck_json_key(&json, "most");
    cck_json_uint(&json, UINT64_MAX);
    cck_json_key(&json, "least");
    cck_json_int(&json, INT64_MIN);
    cck_json_key(&json, "list");
    cck_json_array(&json);
    cck_json_number(&json, 0.5);
    cck_json_number(&json, HUGE_VAL);
    cck_json_bool(&json, true);
    cck_json_inline(&json);
    cck_json_array(&json);
    cck_json_address(&json, 0x7f00);
    cck_json_null(&json);
    cck_json_array_end(&json);
    cck_json_object(&json);
    cck_json_object_end(&json);
    cck_json_array_end(&json);
    cck_json_object_end(&json);
    cck_json_end(&json);
    fclose(out);
    return text;
}

static void the_writer_writes_json(void **state)
{
    (void)state;
    char *text = write_samples(false);
    assert_string_equal(text, "{\"text\":\"a\\\"\\\\\\n\\t\\u0001\\u007f \xc3\xa4 \xef\xbf\xbd "
                              "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xf0\x9f\x98\x80\","
                              "\"most\":18446744073709551615,\"least\":-9223372036854775808,"
                              "\"list\":[0.5,null,true,[\"0x7f00\",null],{}]}\n");
    free(text);
    text = write_samples(true);
    assert_non_null(strstr(text, "  \"list\": [\n    0.5,\n    null,\n    true,\n"
                                 "    [\"0x7f00\", null],\n    {}\n  ]\n}\n"));
    free(text);
}

/* A locale with a decimal comma, made for the test where localedef has the sources. */
static const char *comma_locale(char directory[32])
{
    char command[160];
    strcpy(directory, "/tmp/cck-locale-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(command, sizeof command,
             "localedef -c -f UTF-8 -i de_DE %s/de_DE.UTF-8 >/dev/null 2>&1", directory);
    int status = system(command);
    setenv("LOCPATH", directory, 1);
    const char *set = status == -1 ? NULL : setlocale(LC_ALL, "de_DE.UTF-8");
    unsetenv("LOCPATH"); /* newlocale() of glibc loses some bytes over it */
    snprintf(command, sizeof command, "rm -rf %s", directory);
    assert_int_equal(system(command), 0);
    return set;
}

static void the_locale_changes_nothing(void **state)
{
    (void)state;
    static const cck_format formats[] = {CCK_FORMAT_TEXT, CCK_FORMAT_JSON, CCK_FORMAT_CSV};
    char directory[32], *plain[COUNT_OF(formats)], comma[8];
    cck_result *result = made_up_pmu();
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        plain[i] = made_up_report(result, formats[i], NULL);
    bool set = comma_locale(directory) != NULL;
    if (set) {
        snprintf(comma, sizeof comma, "%.1f", 0.5);
        assert_string_equal(comma, "0,5"); /* or the test would show nothing */
    }
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        char *text = made_up_report(result, formats[i], NULL);
        assert_string_equal(text, plain[i]);
        if (formats[i] == CCK_FORMAT_JSON) {
            cck_result *loaded = parse(text);
            assert_int_equal(cck_result_gate(loaded, "ipc > 0.3 && ipc < 0.4", NULL), 1);
            cck_result_free(loaded);
        }
        free(text), free(plain[i]);
    }
    cck_result_free(result);
    setlocale(LC_ALL, "C");
    if (!set) {
        print_message("no locale with a decimal comma can be made here (package locales)\n");
        skip();
    }
}

static int parse_code(const char *bytes, size_t size, cck_error *err)
{
    cck_result *result = NULL;
    int code = cck_result_parse(&result, bytes, size, err);
    cck_result_free(result);
    return code;
}

/* Replace the first `from` by `to`, load, and look at the complaint. */
static void assert_damaged(const char *whole, const char *from, const char *to, const char *says)
{
    const char *place = strstr(whole, from);
    if (!place)
        fail_msg("no '%s' to damage", from);
    char *damaged = NULL;
    assert_true(
        asprintf(&damaged, "%.*s%s%s", (int)(place - whole), whole, to, place + strlen(from)) > 0);
    cck_error err = {0};
    int code = parse_code(damaged, strlen(damaged), &err);
    if (code != CCK_EFORMAT || !strstr(err.message, says))
        fail_msg("'%s' for '%s': %d %s", to, from, code, err.message);
    free(damaged);
}

static void damage_is_named_with_its_place(void **state)
{
    (void)state;
    cck_result *result = made_up_pmu();
    char *whole = made_up_report(result, CCK_FORMAT_JSON, NULL);
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {"cachecheck/1", "cachecheck/2", "schema"},
        {"\"value\": ", "\"value\": -", "totals.task-clock.value: the number is out of range"},
        {"\"value\": ", "\"value\": 9223372036854775808, \"x\": ", "too big integer"},
        {"\"value\": ", "\"value\": NaN, \"x\": ", "line"},
        {"\"value\": ", "\"value\": \"12\", \"x\": ", "a whole number expected"},
        {"\"value\": ", "\"value\": 1.5, \"x\": ", "a whole number expected"},
        {"\"value\": ", "\"valve\": ", "totals.task-clock.value: missing"},
        {"\"running\": 1", "\"running\": 0", "above 0"},
        {"\"running\": 1", "\"running\": 1e400", "line"},
        {"\"tid\": 1007", "\"tid\": 9999999999", "threads[0].tid: the number is out of range"},
        {"\"kind\": \"thread\"", "\"kind\": \"yarn\"", "threads[0].kind: no such word"},
        {"\"share\": 0.75", "\"share\": 7.5", "share"},
        {"\"evidence\": \"measured\"", "\"evidence\": \"felt\"", "source.evidence"},
        {"\"ipc\": ", "\"ipc\": true, \"ipc2\": ", "a metric without a definition"},
        {"\"ipc\": 0", "\"ipc\": [0], \"x\": 0", "metric"},
        {"\"llc_mpki\": 1", "\"lcc_mpki\": 1", "metrics.llc_mpki"},
        {"\"threads\": [", "\"threads\": {}, \"x\": [", "threads: an array expected"},
        {"\"events\": [", "\"events\": [17, ", "events[0].name"},
        {"\"name\": \"cycles\"", "\"name\": \"task-clock\"", "second event"},
        {"\"command\"", "\"schema\"", "duplicate"},
        {"worker-7", "wor\xffker", "line"},
        {"worker-7", "wor\\u0000ker", "line"},
        {"\"pid\": 1000", "\"pid\": {}", "target.pid"},
        {"\"argv\": [", "\"argv\": [null, ", "target.argv"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_damaged(whole, cases[i].from, cases[i].to, cases[i].says);
    free(whole);
    cck_result_free(result);
}

static void cut_and_noisy_files_are_survived(void **state)
{
    (void)state;
    cck_result *result = made_up_software();
    char *whole = made_up_report(result, CCK_FORMAT_JSON, NULL);
    size_t size = strlen(whole);
    for (size_t cut = 0; cut + 2 < size; cut += 7)
        assert_int_equal(parse_code(whole, cut, NULL), CCK_EFORMAT);
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 1500; round++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        char *place = &whole[random % size], kept = *place;
        *place = (char)(random >> 32);
        int code = parse_code(whole, size, NULL);
        assert_true(code == 0 || code == CCK_EFORMAT);
        *place = kept;
    }
    free(whole);
    cck_result_free(result);
    char *deep = malloc(100000);
    memset(deep, '[', 100000);
    assert_int_equal(parse_code(deep, 100000, NULL), CCK_EFORMAT);
    free(deep);
    assert_int_equal(parse_code("", 0, NULL), CCK_EFORMAT);
    assert_int_equal(parse_code("null", 4, NULL), CCK_EFORMAT);
    assert_int_equal(parse_code("{}", 2, NULL), CCK_EFORMAT);
}

/* Schema 1 only grows: what a later version adds is passed over. */
static void unknown_members_are_passed_over(void **state)
{
    (void)state;
    cck_result *result = made_up_pmu();
    char *whole = made_up_report(result, CCK_FORMAT_JSON, NULL);
    char *grown = NULL;
    assert_true(asprintf(&grown, "{\"premonitions\": [{\"rule\": 1}], %s", whole + 1) > 0);
    cck_result *loaded = parse(grown);
    assert_int_equal(loaded->row_count, 8);
    cck_result_free(loaded);
    free(grown), free(whole);
    cck_result_free(result);
}

static void compact_is_one_line(void **state)
{
    (void)state;
    cck_result *result = made_up_pmu();
    cck_report_options options = {.size = sizeof options, .compact = true};
    char *text = made_up_report(result, CCK_FORMAT_JSON, &options);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    cck_result_free(parse(text));
    free(text);
    cck_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saving_and_loading_loses_nothing),
        cmocka_unit_test(why_a_program_could_not_run_is_kept),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(the_writer_writes_json),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(damage_is_named_with_its_place),
        cmocka_unit_test(cut_and_noisy_files_are_survived),
        cmocka_unit_test(unknown_members_are_passed_over),
        cmocka_unit_test(compact_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
