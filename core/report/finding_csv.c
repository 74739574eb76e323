/* SPDX-License-Identifier: MIT */
#include "core/base/table.h"
#include "core/report/finding_place.h"
#include "core/report/finding_writers.h"
#include "core/result/words.h"

static const char *const titles[] = {
    "rule", "severity", "evidence",   "type",  "variable", "fields", "file",
    "line", "size",     "cost_bytes", "title", "fix",      "id",
};

static void put(FILE *out, cck_cell cell, bool first)
{
    cck_csv_cell(out, &cell, first);
}

static void put_fields(FILE *out, const cck_finding *finding)
{
    char text[1024];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < finding->field_count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "",
                                 finding->fields[i].name);
    put(out, cck_cell_text(text), false);
}

void cck_findings_write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    (void)options;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        put(out, cck_cell_text(titles[i]), i == 0);
    cck_csv_end(out);
    for (size_t i = 0; i < result->finding_count; i++) {
        const cck_finding *finding = &result->findings[i];
        uint32_t line;
        const char *file = cck_finding_file(result, finding, &line);
        put(out, cck_cell_text(finding->rule), true);
        put(out, cck_cell_text(cck_word_of(cck_severity_words, (int)finding->severity)), false);
        put(out, cck_cell_text(cck_word_of(cck_evidence_words, (int)finding->evidence.grade)),
            false);
        put(out, cck_cell_text(finding->object.type), false);
        put(out, cck_cell_text(finding->object.name), false);
        put_fields(out, finding);
        put(out, cck_cell_text(file), false);
        put(out, cck_cell_count(line), false);
        put(out, cck_cell_count(finding->object.size), false);
        put(out, cck_cell_number(CCK_CELL_NUMBER, (double)finding->suggestion.cost_bytes), false);
        put(out, cck_cell_text(finding->title), false);
        put(out, cck_cell_text(finding->suggestion.text), false);
        put(out, cck_cell_text(finding->id), false);
        cck_csv_end(out);
    }
}
