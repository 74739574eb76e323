/* SPDX-License-Identifier: MIT */
/* Findings on a page: the first ones with picture, code and fix; of thousands, the others as
 * a line or two, so that a page of 10,000 stays one that a browser opens at once. */
#include <inttypes.h>
#include <string.h>

#include "core/base/number.h"
#include "core/report/finding_place.h"
#include "core/report/finding_words.h"
#include "core/report/html_report.h"
#include "core/result/words.h"

enum { OPEN = 3, WHOLE_MOST = 200, CHUNK = 100, SOURCES_MOST = 4, FIELDS_MOST = 64 };

bool cck_html_has_findings(const cck_result *result)
{
    return result->finding_count || strcmp(result->command, "sharing") == 0 ||
           strcmp(result->command, "layout") == 0 || strcmp(result->command, "numa") == 0;
}

static void put_badge(FILE *out, cck_severity severity)
{
    const char *word = cck_word_of(cck_severity_words, (int)severity);
    fprintf(out, "<span class=\"badge %s\">%s</span> ", word, word);
}

/* Memory has no place in source. */
static void put_where(FILE *out, const cck_result *result, const cck_finding *finding)
{
    uint32_t line;
    const char *file = cck_finding_file(result, finding, &line);
    if (result->placement)
        return;
    cck_html_text(out, *file ? cck_path_from_here(file) : "unknown place");
    if (*file && finding->location_count)
        fprintf(out, ":%" PRIu32, line);
}

/* ---- parts of a finding ---- */

static void write_object(FILE *out, const void *subject)
{
    cck_finding_put_object(out, subject);
}

static void write_evidence(FILE *out, const void *subject)
{
    cck_finding_put_evidence(out, subject);
}

static void write_suggestion(FILE *out, const void *subject)
{
    cck_finding_put_suggestion(out, subject);
}

static void write_place(FILE *out, const void *subject)
{
    cck_finding_put_place(out, subject);
}

/* A short text stays on a line; who names a type in three hundred letters has it wrapped. */
static void put_kept(FILE *out, const char *text)
{
    fputs(strlen(text) < 32 ? "<td class=\"keep\">" : "<td>", out);
    cck_html_text(out, text);
    fputs("</td>", out);
}

static void put_field(FILE *out, const cck_field_use *field)
{
    char text[300], number[CCK_NUMBER_SIZE];
    fprintf(out, "<tr><td class=\"num\">%" PRId64 "</td>", (int64_t)field->offset);
    cck_field_name(field, text, sizeof text);
    put_kept(out, text);
    put_kept(out, field->type);
    cck_field_thread(field, text, sizeof text);
    put_kept(out, text);
    fprintf(out, "<td class=\"keep\">%s%s</td>", field->atomic ? "atomically " : "", cck_field_verb(field));
    if (field->accesses) {
        cck_number_grouped(number, field->accesses);
        cck_html_number(out, number);
        cck_number_grouped(number, field->misses);
        cck_html_number(out, number);
    } else {
        fputs("<td class=\"num\">-</td><td class=\"num\">-</td>", out);
    }
    fputs("<td>", out);
    cck_html_text_of(out, write_place, &field->location);
    fputs("</td></tr>\n", out);
}

static void put_fields(FILE *out, const cck_finding *finding)
{
    static const char *const titles[] = {"#byte", "field",     "type",    "thread",
                                         "does",  "#accesses", "#misses", "code"};
    if (!finding->field_count)
        return;
    cck_html_wide(out, "fields, and who uses them");
    fputs("<table>", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < finding->field_count && i < FIELDS_MOST; i++)
        put_field(out, &finding->fields[i]);
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
    if (finding->field_count > FIELDS_MOST)
        fprintf(out, "<p class=\"dim\">and %zu more fields</p>\n",
                finding->field_count - FIELDS_MOST);
}

static void put_source(FILE *out, const cck_location *location, const cck_location **shown,
                       size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (shown[i]->line == location->line && strcmp(shown[i]->file, location->file) == 0)
            return;
    if (*count == SOURCES_MOST || !*location->file)
        return;
    shown[(*count)++] = location;
    fputs("<p class=\"dim\">", out);
    cck_html_text_of(out, write_place, location);
    fputs("</p>\n", out);
    cck_html_source(out, location);
}

static void put_sources(FILE *out, const cck_finding *finding)
{
    const cck_location *shown[SOURCES_MOST];
    size_t count = 0;
    for (size_t i = 0; i < finding->location_count; i++)
        put_source(out, &finding->locations[i], shown, &count);
    for (size_t i = 0; i < finding->field_count; i++)
        put_source(out, &finding->fields[i].location, shown, &count);
}

static void put_suggestion(FILE *out, const char *label, const cck_suggestion *suggestion)
{
    if (!*suggestion->text)
        return;
    fprintf(out, "<p><strong>%s:</strong> ", label);
    cck_html_text_of(out, write_suggestion, suggestion);
    fputs("</p>\n", out);
    if (*suggestion->patch)
        cck_html_code(out, suggestion->patch);
    else if (*suggestion->code)
        cck_html_code(out, suggestion->code);
}

static void put_body(FILE *out, const cck_finding *finding)
{
    if (*finding->object.kind) {
        fputs("<p>", out);
        cck_html_text_of(out, write_object, finding);
        fputs("</p>\n", out);
    }
    cck_html_line(out, finding);
    put_fields(out, finding);
    fputs("<p><strong>Evidence:</strong> ", out);
    cck_html_text_of(out, write_evidence, finding);
    fputs("</p>\n", out);
    if (*finding->evidence.cost_text) {
        fputs("<p><strong>Cost:</strong> ", out);
        cck_html_prose(out, finding->evidence.cost_text);
        fputs("</p>\n", out);
    }
    put_suggestion(out, "Fix", &finding->suggestion);
    for (size_t i = 0; i < finding->suggestion.variant_count; i++)
        put_suggestion(out, "Or", &finding->suggestion.variants[i]);
    put_sources(out, finding);
    for (size_t i = 0; i < finding->note_count; i++)
        cck_html_note(out, finding->notes[i]);
    if (*finding->verify) {
        fputs("<p>Check it:</p>\n", out);
        cck_html_code(out, finding->verify);
    }
}

static void put_whole(const cck_html_report *report, size_t place)
{
    FILE *out = report->out;
    const cck_finding *finding = &report->result->findings[place];
    fprintf(out, "<details class=\"finding\"%s><summary>", place < OPEN ? " open" : "");
    put_badge(out, finding->severity);
    cck_html_text(out, finding->rule);
    fputs(": ", out);
    cck_html_prose(out, finding->title);
    fputs(" <span class=\"dim\">", out);
    put_where(out, report->result, finding);
    fputs("</span></summary>\n", out);
    put_body(out, finding);
    fputs("</details>\n", out);
}

/* No table: its columns could only be laid out once all of its rows were. In chunks, for browsers
 * look at each box that they may put off: 10,000 of them would take as long as what is put off. */
static void put_rows(const cck_html_report *report, size_t from)
{
    FILE *out = report->out;
    const cck_result *result = report->result;
    fprintf(out,
            "<p class=\"note\">The other %zu findings in short; all that is known of them is in "
            "the JSON result.</p>\n",
            result->finding_count - from);
    for (size_t i = from; i < result->finding_count; i++) {
        const cck_finding *finding = &result->findings[i];
        if ((i - from) % CHUNK == 0)
            fputs(i == from ? "<div class=\"chunk\">\n" : "</div>\n<div class=\"chunk\">\n", out);
        fputs("<div class=\"finding\">", out);
        put_badge(out, finding->severity);
        cck_html_text(out, finding->rule);
        fputs(": ", out);
        cck_html_prose(out, finding->title);
        fputs(" <span class=\"dim\">", out);
        put_where(out, result, finding);
        fputs("</span>", out);
        if (*finding->suggestion.text) {
            fputs("<br>fix: ", out);
            cck_html_text_of(out, write_suggestion, &finding->suggestion);
        }
        fputs("</div>\n", out);
    }
    fputs("</div>\n", out);
}

void cck_html_findings(const cck_html_report *report)
{
    const cck_result *result = report->result;
    size_t whole = result->finding_count < WHOLE_MOST ? result->finding_count : WHOLE_MOST;
    char selector[48];
    cck_html_report_section(report, "findings", "Findings, worst first");
    if (!result->finding_count)
        fputs("<p>None.</p>\n", report->out);
    if (result->finding_count > OPEN) {
        snprintf(selector, sizeof selector, "#findings-%u .finding", report->number);
        cck_html_filter(report->out, selector, "Only findings with");
    }
    for (size_t i = 0; i < whole; i++)
        put_whole(report, i);
    if (whole < result->finding_count)
        put_rows(report, whole);
    if (result->findings_left_out)
        fprintf(report->out,
                "<p class=\"note\">%" PRIu64 " more were left out of the result: too many, or "
                "below the severity asked for.</p>\n",
                result->findings_left_out);
    for (size_t i = 0; i < result->what_if_count; i++)
        cck_html_note(report->out, result->what_if[i].text);
    cck_html_section_end(report->out);
}
