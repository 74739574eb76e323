/* SPDX-License-Identifier: MIT */
/* The JSON against its published schema, by a validator that is not ours. */
/* Label: once */
#include "tests/unit/shared_lines.h"

#include <sys/wait.h>
#include <unistd.h>

#include "core/result/repeat.h"

static const char validator[] =
    "import json, sys\n"
    "try:\n"
    "    from jsonschema import Draft202012Validator as Validator\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "schema = json.load(open(sys.argv[1]))\n"
    "Validator.check_schema(schema)\n"
    "errors = list(Validator(schema).iter_errors(json.load(open(sys.argv[2]))))\n"
    "for error in errors[:5]: print(error.json_path, error.message[:300], file=sys.stderr)\n"
    "sys.exit(1 if errors else 0)\n";

static char directory[] = "/tmp/cck-schema-XXXXXX";

static int validate(void)
{
    char command[512];
    snprintf(command, sizeof command,
             "python3 %s/validate.py %s/../docs/schema/cachecheck-1.json %s/result.json", directory,
             CCK_TESTS, directory);
    int status = system(command);
    return status == -1 ? -1 : WEXITSTATUS(status);
}

static void write_file(const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    write_file("validate.py", validator);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static void skip_without_validator(int status)
{
    if (status == 77 || status == 127) {
        print_message("no validator here (package python3-jsonschema)\n");
        skip();
    }
}

static cck_result *repeated(void)
{
    cck_repeat repeat = {0};
    cck_result *result = made_up_pmu();
    for (int i = 0; i < 3; i++)
        assert_int_equal(cck_repeat_add(&repeat, result, NULL), 0);
    assert_int_equal(cck_repeat_finish(&repeat, result, NULL), 0);
    cck_repeat_clear(&repeat);
    return result;
}

static cck_result *with_findings(bool any)
{
    cck_observed observed = shared_run(3);
    cck_line *line = shared_pair(&observed, 0x10000, 4000000);
    ((cck_line_side *)line->sides)[0].potential = 5e6;
    shared_lies_on(line, shared_block(&observed, 0x0ffe0, 256));
    observed.line_count = any;
    cck_result *result = shared_judge(&observed);
    cck_observed_clear(&observed);
    return result;
}

static cck_result *with_what_if(void)
{
    static const cck_what_if changes[] = {
        {.change = "struct stats.misses@64",
         .text = "if it were so",
         .finding = "0123456789abcdef",
         .object = "struct stats",
         .cost_bytes = -8,
         .cost_of = "object",
         .threads = 2,
         .before = {1000, 2e6, 0.5, 4000},
         .after = {10, 2e4, 0.25, 3000}},
        {.change = "x@64",
         .text = "",
         .finding = "",
         .object = "",
         .cost_of = "",
         .before = {.cost = -1},
         .after = {.cost = -1}},
    };
    cck_result *result = with_findings(true);
    result->what_if = changes;
    result->what_if_count = COUNT_OF(changes);
    result->what_if_before = (cck_what_if_run){0.5, 8000, 2000, 1200};
    result->what_if_after = (cck_what_if_run){0.25, 6000, 2001, 30};
    return result;
}

static void predictions_come_back_from_json(void **state)
{
    (void)state;
    cck_result *result = with_what_if(), *loaded = NULL;
    char *text = made_up_report(result, CCK_FORMAT_JSON, NULL);
    assert_int_equal(cck_result_parse(&loaded, text, strlen(text), NULL), 0);
    char *again = made_up_report(loaded, CCK_FORMAT_JSON, NULL);
    assert_string_equal(again, text);
    assert_int_equal(loaded->what_if_count, 2);
    assert_int_equal(loaded->what_if[0].cost_bytes, -8);
    assert_int_equal(loaded->what_if[0].after.cycles, 3000);
    assert_true(loaded->what_if[1].before.cost < 0);
    assert_int_equal(loaded->what_if_after.transfers, 30);
    free(text);
    free(again);
    cck_result_free(loaded);
    cck_result_free(result);
}

static void every_result_fits_the_schema(void **state)
{
    (void)state;
    cck_result *results[] = {made_up_pmu(),      made_up_simulated(), made_up_software(),
                             made_up_crowd(100), made_up_nothing(),   repeated(),
                             made_up_result(),   with_findings(true), with_findings(false),
                             with_what_if()};
    int worst = 0;
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        char *text = made_up_report(results[i], CCK_FORMAT_JSON, NULL);
        write_file("result.json", text);
        int status = validate();
        worst = status > worst ? status : worst;
        free(text);
        cck_result_free(results[i]);
    }
    skip_without_validator(worst);
    assert_int_equal(worst, 0);
}

typedef struct damage_case {
    const char *from, *to;
} damage_case;

static void refuse_all(cck_result *result, const damage_case *cases, size_t count)
{
    char *text = made_up_report(result, CCK_FORMAT_JSON, NULL);
    for (size_t i = 0; i < count; i++) {
        char *place = strstr(text, cases[i].from), *damaged = NULL;
        assert_non_null(place);
        assert_true(asprintf(&damaged, "%.*s%s%s", (int)(place - text), text, cases[i].to,
                             place + strlen(cases[i].from)) > 0);
        write_file("result.json", damaged);
        free(damaged);
        int status = validate();
        skip_without_validator(status);
        assert_int_equal(status, 1);
    }
    free(text);
    cck_result_free(result);
}

/* A schema that lets everything pass would prove nothing. */
static void the_schema_refuses_what_is_wrong(void **state)
{
    (void)state;
    static const damage_case cases[] = {
        {"\"value\": ", "\"value\": \"1\", \"x\": "},
        {"\"evidence\": \"measured\"", "\"evidence\": \"felt\""},
        {"\"running\": 1", "\"running\": 0"},
        {"\"verdict\": {", "\"verdikt\": {"},
    };
    static const damage_case of_findings[] = {
        {"\"severity\": \"critical\"", "\"severity\": \"dire\""},
        {"\"cost\": ", "\"cost\": 7"},
        {"\"interval\": ", "\"span\": "},
        {"\"address\": \"0x", "\"address\": \"x"},
    };
    refuse_all(made_up_pmu(), cases, COUNT_OF(cases));
    refuse_all(with_findings(true), of_findings, COUNT_OF(of_findings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_come_back_from_json),
        cmocka_unit_test(every_result_fits_the_schema),
        cmocka_unit_test(the_schema_refuses_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
