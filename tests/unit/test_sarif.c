/* SPDX-License-Identifier: MIT */
/* Findings for other programs: SARIF, annotations, Markdown, CSV; hostile names included. */
/* Label: once */
#include "tests/unit/made_up.h"

#include <jansson.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/table.h"
#include "core/finding/copy.h"
#include "core/finding/rule_help.h"
#include "layouts/rule.h"

static const char patch[] = "--- a/src/a b.h\n+++ b/src/a b.h\n@@ -3,4 +3,5 @@\n struct s {\n"
                            "-  long x;\n+  alignas(64) long x;\n+  long y;\n   long z;\n };\n"
                            "@@ -20,2 +21,1 @@\n keep\n-gone\n";

static const cck_field_use fields[] = {
    {.name = "hits",
     .type = "long",
     .offset = 0,
     .size = 8,
     .thread = "",
     .writes = true,
     .location = {"src/a b.h", 4, "", "", 0, "declared"}},
    {.name = "misses",
     .type = "std::atomic<long>",
     .offset = 8,
     .size = 8,
     .thread = "",
     .writes = true,
     .location = {"", 0, "", "", 0, ""}},
};
static const cck_location place = {"src/a b.h", 4, "", "", 0, "declared"};

static cck_finding finding_of(const char *rule, cck_severity severity)
{
    return (cck_finding){
        .rule = rule,
        .severity = severity,
        .title = "`hits` and `misses` of ns::S<int, long> share a line",
        .id = "0123456789abcdef",
        .evidence = {.grade = CCK_STATIC, .rate = -1, .potential = -1, .cost = -1, .cost_text = ""},
        .object =
            {.kind = "type", .name = "", .type = "ns::S<int, long>", .size = 32, .type_from = ""},
        .line_size = 64,
        .fields = fields,
        .field_count = 2,
        .locations = &place,
        .location_count = 1,
        .suggestion = {.text = "align `misses`",
                       .cost_bytes = 56,
                       .cost_of = "object",
                       .code = "",
                       .patch = patch},
        .verify = "cachecheck sharing -- ./app",
    };
}

static cck_result *result_of(cck_finding *findings, size_t count)
{
    cck_result *result = cck_result_new();
    result->command = "layout";
    result->source.backend = "static";
    result->source.evidence = CCK_STATIC;
    result->findings = findings;
    result->finding_count = count;
    result->total.verdict = (cck_verdict){"layout-risks", "some findings"};
    return result;
}

static char *written(const cck_result *result, cck_format format)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(cck_report_write(result, format, out, NULL, NULL), 0);
    fclose(out);
    return text;
}

static json_t *sarif_of(const cck_result *result)
{
    char *text = written(result, CCK_FORMAT_SARIF);
    json_error_t error;
    json_t *root = json_loads(text, 0, &error);
    if (!root)
        fail_msg("%s:\n%s", error.text, text);
    free(text);
    return root;
}

static json_t *result_at(const json_t *root, size_t index)
{
    json_t *run = json_array_get(json_object_get(root, "runs"), 0);
    return json_array_get(json_object_get(run, "results"), index);
}

static void sarif_has_rules_places_and_fixes(void **state)
{
    (void)state;
    cck_finding findings[] = {finding_of("adjacent-atomics", CCK_SEVERITY_HIGH),
                              finding_of("some-new-rule", CCK_SEVERITY_LOW),
                              finding_of("adjacent-atomics", CCK_SEVERITY_MEDIUM)};
    cck_result *result = result_of(findings, 3);
    json_t *root = sarif_of(result), *first = result_at(root, 0);
    json_int_t line, start, end;
    const char *uri, *level, *text, *second_text, *print;
    assert_int_equal(json_unpack(first, "{s:s, s:[{s:{s:{s:s}, s:{s:I}}}], s:{s:s}}", "level",
                                 &level, "locations", "physicalLocation", "artifactLocation", "uri",
                                 &uri, "region", "startLine", &line, "partialFingerprints",
                                 "cachecheckFinding/v1", &print),
                     0);
    assert_string_equal(level, "error");
    assert_string_equal(uri, "src/a%20b.h");
    assert_string_equal(print, "0123456789abcdef");
    assert_int_equal(line, 4);
    json_t *changes;
    assert_int_equal(json_unpack(first, "{s:[{s:[{s:o}]}]}", "fixes", "artifactChanges",
                                 "replacements", &changes),
                     0);
    assert_int_equal(json_array_size(changes), 2);
    assert_int_equal(json_unpack(changes, "[{s:{s:I, s:I}, s:{s:s}}, {s:{s:I}, s:{s:s}}]",
                                 "deletedRegion", "startLine", &start, "endLine", &end,
                                 "insertedContent", "text", &text, "deletedRegion", "startLine",
                                 &line, "insertedContent", "text", &second_text),
                     0);
    assert_int_equal(start, 4);
    assert_int_equal(end, 5);
    assert_string_equal(text, "  alignas(64) long x;\n  long y;\n");
    assert_int_equal(line, 21);
    assert_string_equal(second_text, "");
    json_t *rules;
    assert_int_equal(
        json_unpack(root, "{s:[{s:{s:{s:o}}}]}", "runs", "tool", "driver", "rules", &rules), 0);
    assert_int_equal(json_array_size(rules), 2);
    assert_int_equal(json_integer_value(json_object_get(result_at(root, 2), "ruleIndex")), 0);
    json_decref(root);
    cck_result_free(result);
}

static void results_without_a_place_fall_back(void **state)
{
    (void)state;
    static const cck_location nowhere = {"", 0, "", "/opt/app", 64, ""};
    cck_finding findings[] = {finding_of("false-sharing", CCK_SEVERITY_HIGH),
                              finding_of("false-sharing", CCK_SEVERITY_HIGH),
                              finding_of("false-sharing", CCK_SEVERITY_HIGH)};
    findings[0].location_count = 0; /* the field's */
    findings[1].location_count = findings[1].field_count = 0;
    findings[1].allocation = &place;
    findings[1].allocation_count = 1;
    findings[2].locations = &nowhere;
    findings[2].field_count = 0;
    cck_result *result = result_of(findings, 3);
    json_t *root = sarif_of(result);
    static const char *const uris[] = {"src/a%20b.h", "src/a%20b.h", "file:///opt/app"};
    for (size_t i = 0; i < 3; i++) {
        const char *uri;
        assert_int_equal(json_unpack(result_at(root, i), "{s:[{s:{s:{s:s}}}]}", "locations",
                                     "physicalLocation", "artifactLocation", "uri", &uri),
                         0);
        assert_string_equal(uri, uris[i]);
    }
    json_decref(root);
    cck_result_free(result);
}

static void there_are_never_too_many_results(void **state)
{
    (void)state;
    enum { COUNT = 25010 };
    cck_finding *findings = calloc(COUNT, sizeof *findings);
    for (size_t i = 0; i < COUNT; i++)
        findings[i] = finding_of("adjacent-atomics", CCK_SEVERITY_LOW);
    cck_result *result = result_of(findings, COUNT);
    json_t *root = sarif_of(result);
    json_t *run = json_array_get(json_object_get(root, "runs"), 0);
    json_int_t left_out;
    assert_int_equal(json_array_size(json_object_get(run, "results")), 25000);
    assert_int_equal(json_unpack(run, "{s:{s:I}}", "properties", "findingsLeftOut", &left_out), 0);
    assert_int_equal(left_out, 10);
    json_decref(root);
    cck_result_free(result);
    free(findings);
}

static void annotations_cannot_be_broken_out_of(void **state)
{
    (void)state;
    static const cck_location odd = {"a,b:c%\n::error::x.h", 7, "", "", 0, ""};
    cck_finding finding = finding_of("adjacent-atomics", CCK_SEVERITY_MEDIUM);
    finding.title = "50 %\n::error::mine";
    finding.locations = &odd;
    finding.suggestion.text = "";
    finding.verify = "";
    cck_result *result = result_of(&finding, 1);
    char *text = written(result, CCK_FORMAT_GITHUB);
    assert_string_equal(text, "::warning file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3Ax.h,line=7,"
                              "title=adjacent-atomics::50 %25%0A::error::mine\nsome findings\n");
    free(text);
    cck_result_free(result);
}

static void markdown_cannot_be_broken_out_of(void **state)
{
    (void)state;
    cck_finding finding = finding_of("adjacent-atomics", CCK_SEVERITY_MEDIUM);
    finding.title = "<img src=x> | [a](b) `code|` @all\nnew";
    finding.suggestion.patch = "--- a/x\n```\n";
    cck_result *result = result_of(&finding, 1);
    char *text = written(result, CCK_FORMAT_MARKDOWN);
    assert_non_null(strstr(text, "| &#60;img src=x&#62; \\| \\[a\\](b) `code\\|` \\@all new |\n"));
    assert_non_null(strstr(text, "````diff\n--- a/x\n```\n````\n"));
    assert_null(strstr(text, "<img"));
    free(text);
    cck_result_free(result);
}

static void csv_has_a_line_a_finding(void **state)
{
    (void)state;
    cck_finding finding = finding_of("adjacent-atomics", CCK_SEVERITY_MEDIUM);
    cck_result *result = result_of(&finding, 1);
    char *text = written(result, CCK_FORMAT_CSV);
    assert_non_null(strstr(text, "\r\nadjacent-atomics,medium,static,\"ns::S<int, long>\",,hits "
                                 "misses,src/a b.h,4,32,56,"));
    free(text);
    cck_result_free(result);
}

static void csv_runs_nothing_and_colours_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name, *told;
    } cases[] = {
        {"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
        {"@sum", "'@sum"},
        {"-", "-"},
        {"a\033[31mb", "a?[31mb"},
        {"\xff", "\xef\xbf\xbd"},
        {"one, \"two\"", "\"one, \"\"two\"\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        const cck_cell cell = cck_cell_text(cases[i].name);
        cck_csv_cell(out, &cell, true);
        fclose(out);
        assert_string_equal(text, cases[i].told);
        free(text);
    }
}

static void copies_are_whole(void **state)
{
    (void)state;
    cck_finding finding = finding_of("adjacent-atomics", CCK_SEVERITY_HIGH), copy;
    cck_suggestion variant = {.text = "pad", .cost_of = "", .code = "", .patch = ""};
    finding.suggestion.variants = &variant;
    finding.suggestion.variant_count = 1;
    cck_result *result = result_of(&finding, 1), *other = result_of(&copy, 1);
    assert_true(cck_finding_copy(other->arena, &copy, &finding));
    assert_ptr_not_equal(copy.fields, finding.fields);
    assert_ptr_not_equal(copy.title, finding.title);
    char *texts[] = {written(result, CCK_FORMAT_JSON), written(other, CCK_FORMAT_JSON)};
    assert_string_equal(texts[0], texts[1]);
    assert_non_null(strstr(texts[0], "\"variants\""));
    free(texts[0]);
    free(texts[1]);
    cck_result_free(result);
    cck_result_free(other);
}

static void every_rule_has_help(void **state)
{
    (void)state;
    for (size_t i = 0; cck_rules[i]; i++) {
        cck_rule_help help = cck_rule_help_of(cck_rules[i]->name);
        if (help.help == cck_rules[i]->name)
            fail_msg("%s has no help", cck_rules[i]->name);
    }
}

static void sarif_is_as_the_standard_wants_it(void **state)
{
    (void)state;
    static const char validator[] =
        "import json, sys\n"
        "try:\n"
        "    from jsonschema import Draft202012Validator as Validator\n"
        "except ImportError:\n"
        "    sys.exit(77)\n"
        "errors = list(Validator(json.load(open(sys.argv[1]))).iter_errors(json.load(sys.stdin)))\n"
        "for e in errors[:5]: print(e.json_path, e.message[:300], file=sys.stderr)\n"
        "sys.exit(1 if errors else 0)\n";
    char path[] = "/tmp/cck-sarif-XXXXXX", command[600];
    int fd = mkstemp(path);
    assert_int_equal(write(fd, validator, strlen(validator)), strlen(validator));
    close(fd);
    cck_finding findings[] = {finding_of("adjacent-atomics", CCK_SEVERITY_HIGH),
                              finding_of("holes \xff", CCK_SEVERITY_INFO)};
    findings[1].location_count = findings[1].field_count = 0;
    cck_result *result = result_of(findings, 2);
    snprintf(command, sizeof command, "python3 %s %s/fixtures/sarif-subset.json", path, CCK_TESTS);
    FILE *pipe = popen(command, "w");
    assert_int_equal(cck_report_write(result, CCK_FORMAT_SARIF, pipe, NULL, NULL), 0);
    int status = WEXITSTATUS(pclose(pipe));
    unlink(path);
    cck_result_free(result);
    if (status == 77)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sarif_has_rules_places_and_fixes),
        cmocka_unit_test(results_without_a_place_fall_back),
        cmocka_unit_test(there_are_never_too_many_results),
        cmocka_unit_test(annotations_cannot_be_broken_out_of),
        cmocka_unit_test(markdown_cannot_be_broken_out_of),
        cmocka_unit_test(csv_has_a_line_a_finding),
        cmocka_unit_test(csv_runs_nothing_and_colours_nothing),
        cmocka_unit_test(copies_are_whole),
        cmocka_unit_test(every_rule_has_help),
        cmocka_unit_test(sarif_is_as_the_standard_wants_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
