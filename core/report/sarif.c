/* SPDX-License-Identifier: MIT */
/* SARIF 2.1.0 (OASIS), as far as code scanning reads it: rules with help, results with a place,
 * fingerprints that survive moved lines, and fixes. */
#include <stdlib.h>
#include <string.h>

#include "core/base/json_writer.h"
#include "core/finding/rule_help.h"
#include "core/report/finding_place.h"
#include "core/report/finding_writers.h"
#include "core/report/sarif_fix.h"
#include "core/result/words.h"

/* Code scanning takes so many results of a run, and drops the whole file beyond. */
enum { RESULTS_MOST = 25000 };

static const char *level_of(cck_severity severity)
{
    return severity >= CCK_SEVERITY_HIGH     ? "error"
           : severity == CCK_SEVERITY_MEDIUM ? "warning"
                                             : "note";
}

/* What code scanning calls it, for findings that are not about security. */
static const char *problem_of(cck_severity severity)
{
    return severity >= CCK_SEVERITY_HIGH     ? "error"
           : severity == CCK_SEVERITY_MEDIUM ? "warning"
                                             : "recommendation";
}

static void put_text(cck_json *json, const char *key, const char *text)
{
    cck_json_key(json, key);
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "text", text);
    cck_json_object_end(json);
}

/* ---- rules ---- */

/* The distinct rules of the findings, in their order; how many. */
static size_t collect_rules(const cck_result *result, size_t results, const cck_finding **rules)
{
    size_t count = 0;
    for (size_t i = 0; i < results; i++) {
        size_t known = 0;
        while (known < count && strcmp(rules[known]->rule, result->findings[i].rule) != 0)
            known++;
        if (known == count)
            rules[count++] = &result->findings[i];
    }
    return count;
}

static void write_rule(cck_json *json, const cck_finding *worst)
{
    cck_rule_help help = cck_rule_help_of(worst->rule);
    cck_json_object(json);
    cck_json_put_string(json, "id", worst->rule);
    put_text(json, "shortDescription", help.summary);
    put_text(json, "fullDescription", help.help);
    put_text(json, "help", help.help);
    cck_json_key(json, "defaultConfiguration");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "level", level_of(worst->severity));
    cck_json_object_end(json);
    cck_json_key(json, "properties");
    cck_json_object(json);
    cck_json_put_string(json, "precision", "medium");
    cck_json_put_string(json, "problem.severity", problem_of(worst->severity));
    cck_json_key(json, "tags");
    cck_json_inline(json);
    cck_json_array(json);
    cck_json_string(json, "performance");
    cck_json_string(json, "concurrency");
    cck_json_array_end(json);
    cck_json_object_end(json);
    cck_json_object_end(json);
}

static void write_driver(cck_json *json, const cck_result *result, const cck_finding **rules,
                         size_t rule_count)
{
    cck_json_key(json, "tool");
    cck_json_object(json);
    cck_json_key(json, "driver");
    cck_json_object(json);
    cck_json_put_string(json, "name", "cachecheck");
    cck_json_put_string(json, "version", result->version);
    cck_json_key(json, "rules");
    cck_json_array(json);
    for (size_t i = 0; i < rule_count; i++)
        write_rule(json, rules[i]);
    cck_json_array_end(json);
    cck_json_object_end(json);
    cck_json_object_end(json);
}

/* ---- results ---- */

static void write_physical(cck_json *json, const char *file, uint32_t line)
{
    cck_json_key(json, "physicalLocation");
    cck_json_object(json);
    cck_sarif_write_artifact(json, file);
    cck_json_key(json, "region");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_uint(json, "startLine", line);
    cck_json_object_end(json);
    cck_json_object_end(json);
}

static void write_place(cck_json *json, const cck_result *result, const cck_finding *finding)
{
    uint32_t line;
    const char *file = cck_finding_file(result, finding, &line);
    cck_json_key(json, "locations");
    cck_json_array(json);
    cck_json_object(json);
    write_physical(json, *file ? file : "unknown", line);
    const char *name = *finding->object.type ? finding->object.type : finding->object.name;
    if (*name) {
        cck_json_key(json, "logicalLocations");
        cck_json_array(json);
        cck_json_inline(json);
        cck_json_object(json);
        cck_json_put_string(json, "fullyQualifiedName", name);
        cck_json_put_string(json, "kind", *finding->object.type ? "type" : "variable");
        cck_json_object_end(json);
        cck_json_array_end(json);
    }
    cck_json_object_end(json);
    cck_json_array_end(json);
}

/* The fields' and the other locations, for the reader to go to. */
static void write_related(cck_json *json, const cck_finding *finding)
{
    cck_json_key(json, "relatedLocations");
    cck_json_array(json);
    for (size_t i = 0; i < finding->field_count; i++) {
        const cck_field_use *field = &finding->fields[i];
        if (!*field->location.file)
            continue;
        cck_json_object(json);
        write_physical(json, field->location.file, field->location.line ? field->location.line : 1);
        put_text(json, "message", *field->name ? field->name : "bytes");
        cck_json_object_end(json);
    }
    cck_json_array_end(json);
}

static void put_part(FILE *out, const char *before, const char *text)
{
    if (*text)
        fprintf(out, "%s%s", before, text);
}

static void write_message(cck_json *json, const cck_finding *finding)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        put_text(json, "message", finding->title);
        return;
    }
    fputs(finding->title, out);
    put_part(out, "\nFix: ", finding->suggestion.text);
    for (size_t i = 0; i < finding->note_count; i++)
        put_part(out, "\nNote: ", finding->notes[i]);
    put_part(out, "\nCheck: ", finding->verify);
    fclose(out);
    put_text(json, "message", text);
    free(text);
}

static void write_result(cck_json *json, const cck_result *result, const cck_finding *finding,
                         const cck_finding **rules)
{
    size_t rule = 0;
    while (strcmp(rules[rule]->rule, finding->rule) != 0)
        rule++;
    cck_json_object(json);
    cck_json_put_string(json, "ruleId", finding->rule);
    cck_json_put_uint(json, "ruleIndex", rule);
    cck_json_put_string(json, "level", level_of(finding->severity));
    write_message(json, finding);
    write_place(json, result, finding);
    write_related(json, finding);
    cck_json_key(json, "partialFingerprints");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "cachecheckFinding/v1", finding->id);
    cck_json_object_end(json);
    cck_sarif_write_fixes(json, &finding->suggestion);
    cck_json_key(json, "properties");
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "severity", cck_word_of(cck_severity_words, (int)finding->severity));
    cck_json_put_string(json, "evidence",
                        cck_word_of(cck_evidence_words, (int)finding->evidence.grade));
    cck_json_object_end(json);
    cck_json_object_end(json);
}

void cck_sarif_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    size_t count = result->finding_count < RESULTS_MOST ? result->finding_count : RESULTS_MOST;
    const cck_finding **rules = calloc(count + 1, sizeof *rules);
    size_t rule_count = rules ? collect_rules(result, count, rules) : 0;
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_put_string(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cck_json_put_string(&json, "version", "2.1.0");
    cck_json_key(&json, "runs");
    cck_json_array(&json);
    cck_json_object(&json);
    write_driver(&json, result, rules, rule_count);
    cck_json_put_string(&json, "columnKind", "utf16CodeUnits");
    cck_json_key(&json, "results");
    cck_json_array(&json);
    for (size_t i = 0; rules && i < count; i++)
        write_result(&json, result, &result->findings[i], rules);
    cck_json_array_end(&json);
    cck_json_key(&json, "properties");
    cck_json_inline(&json);
    cck_json_object(&json);
    cck_json_put_uint(&json, "findingsLeftOut",
                      result->findings_left_out + result->finding_count - count);
    cck_json_object_end(&json);
    cck_json_object_end(&json);
    cck_json_array_end(&json);
    cck_json_object_end(&json);
    cck_json_end(&json);
    free(rules);
}
