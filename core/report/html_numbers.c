/* SPDX-License-Identifier: MIT */
/* The raw numbers: every event with exactly what was counted, every metric with its formula. */
#include <inttypes.h>

#include "core/base/number.h"
#include "core/report/html_report.h"
#include "core/report/text.h"

bool cck_html_has_numbers(const cck_result *result)
{
    return result->event_count || result->total.metric_count;
}

static void put_spread(FILE *out, const cck_spread *spread)
{
    char number[CCK_NUMBER_SIZE];
    if (!spread || spread->runs < 2) {
        fputs("<td class=\"num\">one run</td>", out);
        return;
    }
    cck_number_short(number, spread->low);
    fprintf(out, "<td class=\"num\">%s to ", number);
    cck_number_short(number, spread->high);
    fprintf(out, "%s</td>", number);
}

static void put_event(const cck_html_report *report, size_t i)
{
    static const char *const titles_of_running = "share of the time that it was on a counter";
    const cck_result *result = report->result;
    const cck_event_info *event = &result->events[i];
    const cck_value *value = &result->total.values[i];
    FILE *out = report->out;
    char number[CCK_NUMBER_SIZE];
    fputs("<tr>", out);
    cck_html_cell(out, event->name);
    cck_html_cell(out, event->counted);
    if (value->not_counted) {
        fputs("<td>not counted: ", out);
        cck_html_text(out, value->not_counted);
        fputs("</td><td></td><td></td>", out);
    } else {
        cck_number_grouped(number, value->value);
        cck_html_number(out, number);
        fprintf(out, "<td class=\"num\" title=\"%s\">%.0f %%</td>", titles_of_running,
                100 * value->running);
        put_spread(out, result->event_spreads ? &result->event_spreads[i] : NULL);
    }
    cck_html_cell(out, event->unit);
    cck_html_cell(out, event->meaning);
    fputs("</tr>\n", out);
}

static void put_events(const cck_html_report *report)
{
    static const char *const titles[] = {"event",          "counted as", "#total", "#counted",
                                         "#95 % interval", "unit",       "meaning"};
    if (!report->result->event_count || !report->result->total.values)
        return;
    fputs("<h3>Events</h3>\n", report->out);
    cck_html_wide(report->out, "events");
    fputs("<table class=\"sortable\">", report->out);
    cck_html_headings(report->out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", report->out);
    for (size_t i = 0; i < report->result->event_count; i++)
        put_event(report, i);
    fputs("</tbody></table>", report->out);
    cck_html_wide_end(report->out);
}

static void put_metrics(const cck_html_report *report)
{
    static const char *const titles[] = {"metric", "#value", "#95 % interval", "formula"};
    const cck_result *result = report->result;
    FILE *out = report->out;
    char text[96];
    if (!result->total.metric_count)
        return;
    fputs("<h3>Metrics</h3>\n", out);
    cck_html_wide(out, "metrics");
    fputs("<table class=\"sortable\">", out);
    cck_html_headings(out, titles, sizeof titles / sizeof *titles);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < result->total.metric_count; i++) {
        const cck_metric *metric = &result->total.metrics[i];
        if (metric->not_counted)
            continue;
        const cck_spread *spread = result->metric_spreads ? &result->metric_spreads[i] : NULL;
        bool repeated = spread && spread->runs > 1;
        cck_metric_text(metric, repeated ? spread->mean : metric->value, text, sizeof text);
        fputs("<tr>", out);
        cck_html_cell(out, metric->label);
        cck_html_number(out, text);
        put_spread(out, spread);
        fputs("<td><code>", out);
        cck_html_text(out, metric->formula);
        fputs("</code></td></tr>\n", out);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
}

void cck_html_numbers(const cck_html_report *report)
{
    cck_html_report_section(report, "numbers", "The numbers");
    put_events(report);
    put_metrics(report);
    cck_html_section_end(report->out);
}
