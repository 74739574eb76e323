/* SPDX-License-Identifier: MIT */
/* Threads: bars of what they cost, and where they ran. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/quantity.h"
#include "core/report/html_report.h"

enum { ROWS_MOST = 50, COLOURS = 8 };

bool cck_html_has_threads(const cck_result *result)
{
    return result->row_count > 0;
}

/* What bars are drawn of: the first that somebody counted. */
static const struct bar_kind {
    const char *name, *label;
    bool time;
} bar_kinds[] = {{"cpu_time", "CPU time", true},
                 {"llc_misses", "LLC misses", false},
                 {"llc_load_misses", "LLC load misses", false},
                 {"l2_misses", "L2 misses", false},
                 {"l1d_load_misses", "L1D load misses", false},
                 {"instructions", "instructions", false}};

enum { BARS_MOST = 2, KINDS = sizeof bar_kinds / sizeof *bar_kinds };

typedef struct bar_column {
    const struct bar_kind *kind;
    cck_quantity quantity;
    double most;
} bar_column;

static size_t choose(const cck_result *result, bar_column columns[BARS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < KINDS && count < BARS_MOST; i++) {
        bar_column column = {.kind = &bar_kinds[i]};
        column.quantity = cck_quantity_find(result, bar_kinds[i].name, CCK_ROLES_FIRST);
        if (column.quantity.kind == CCK_QUANTITY_UNKNOWN ||
            cck_quantity_read(&column.quantity, result, &result->total).missing)
            continue;
        for (size_t j = 0; j < result->row_count; j++) {
            cck_operand value = cck_quantity_read(&column.quantity, result, &result->rows[j]);
            if (!value.missing && value.value > column.most)
                column.most = value.value;
        }
        if (column.most > 0)
            columns[count++] = column;
    }
    return count;
}

static void put_bar(const cck_html_report *report, bar_column *column, size_t row)
{
    FILE *out = report->out;
    char number[CCK_NUMBER_SIZE];
    cck_operand value =
        cck_quantity_read(&column->quantity, report->result, &report->result->rows[row]);
    if (value.missing) {
        fputs("<td>not counted</td>", out);
        return;
    }
    if (column->kind->time)
        cck_number_time(number, value.value);
    else
        cck_number_scaled(number, value.value);
    int percent = (int)(100 * value.value / column->most);
    fprintf(out,
            "<td class=\"keep\" data-key=\"%.0f\"><span class=\"bar\"><i class=\"t%zu\" style=\"width:%d%%\"></i>"
            "</span> <code>%s</code></td>",
            value.value, row % COLOURS, percent, number);
}

static void write_ran_on(FILE *out, const void *subject)
{
    const cck_row *row = subject;
    if (!row->residency_count)
        fputs(row->residency_unknown ? "not known" : "-", out);
    for (size_t i = 0; i < row->residency_count && i < 3; i++) {
        fprintf(out, "%sCPU %" PRIu32, i ? ", " : "", row->residency[i].cpu);
        if (row->residency[i].node >= 0)
            fprintf(out, " (node %" PRId32 ")", row->residency[i].node);
        fprintf(out, " %.0f %%", 100 * row->residency[i].share);
    }
    if (row->residency_count > 3)
        fprintf(out, ", %zu more", row->residency_count - 3);
}

static void put_row(const cck_html_report *report, bar_column *columns, size_t count, size_t place)
{
    const cck_row *row = &report->result->rows[place];
    FILE *out = report->out;
    fprintf(out, "<tr><td class=\"keep\"><span class=\"key t%zu\"></span> ", place % COLOURS);
    cck_html_text(out, *row->name ? row->name : "(no name)");
    fputs("</td>", out);
    if (row->tid > 0)
        fprintf(out, "<td class=\"num\">%" PRId32 "</td>", row->tid);
    else
        fputs("<td class=\"num\">-</td>", out);
    for (size_t i = 0; i < count; i++)
        put_bar(report, &columns[i], place);
    fputs("<td class=\"keep\">", out);
    cck_html_text_of(out, write_ran_on, row);
    fputs("</td>", out);
    cck_html_cell(out, row->verdict.text);
    fputs("</tr>\n", out);
}

void cck_html_threads(const cck_html_report *report)
{
    const cck_result *result = report->result;
    bar_column columns[BARS_MOST];
    size_t count = choose(result, columns), titles = 0;
    const char *headings[4 + BARS_MOST] = {"thread", "#tid"};
    size_t shown = result->row_count < ROWS_MOST ? result->row_count : ROWS_MOST;
    titles = 2;
    for (size_t i = 0; i < count; i++)
        headings[titles++] = columns[i].kind->label;
    headings[titles++] = "ran on";
    headings[titles++] = "verdict";
    cck_html_report_section(report, "threads", "Threads, the busiest first");
    cck_html_wide(report->out, "threads");
    fputs("<table class=\"sortable\">", report->out);
    cck_html_headings(report->out, headings, titles);
    fputs("<tbody>\n", report->out);
    for (size_t i = 0; i < shown; i++)
        put_row(report, columns, count, i);
    fputs("</tbody></table>", report->out);
    cck_html_wide_end(report->out);
    fprintf(report->out,
            "<p class=\"dim\">A bar is as long as the thread's share of the longest "
            "one%s.</p>\n",
            result->source.evidence == CCK_SIMULATED ? "; modelled, not measured" : "");
    if (shown < result->row_count)
        fprintf(report->out,
                "<p class=\"dim\">and %zu more threads; all are in the JSON result</p>\n",
                result->row_count - shown);
    cck_html_section_end(report->out);
}
