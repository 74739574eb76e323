/* SPDX-License-Identifier: MIT */
/* Counts and profiles as Markdown: tables for a comment or a job summary. */
#include <inttypes.h>
#include <string.h>

#include <cachecheck/hotspots.h>

#include "core/base/number.h"
#include "core/base/quantity.h"
#include "core/report/markdown_text.h"
#include "core/report/stat_writers.h"
#include "core/report/text.h"

static void put_head(FILE *out, const cck_result *result)
{
    const cck_source *source = &result->source;
    fputs("### cachecheck ", out);
    cck_markdown_text(out, result->command);
    fputs("\n\n", out);
    if (*result->total.verdict.text) {
        fputs("**", out);
        cck_markdown_text(out, result->total.verdict.text);
        fputs("**\n\n", out);
    }
    fprintf(out, "%s by the ",
            source->evidence == CCK_SIMULATED ? "Modelled, not measured," : "Counted");
    cck_markdown_text(out, source->backend);
    fputs(" backend", out);
    if (result->elapsed_spread.runs > 1)
        fprintf(out, ", %" PRIu32 " runs", result->elapsed_spread.runs);
    fputs(".\n", out);
}

static void put_notes(FILE *out, const cck_result *result)
{
    for (size_t i = 0; i < result->source.note_count; i++) {
        fputs("\nNote: ", out);
        cck_markdown_text(out, result->source.notes[i]);
        putc('\n', out);
    }
}

static void put_cell(FILE *out, const char *text)
{
    cck_markdown_text(out, text);
    fputs(" | ", out);
}

static void put_event(FILE *out, const cck_result *result, size_t i)
{
    const cck_value *value = &result->total.values[i];
    const cck_spread *spread = result->event_spreads ? &result->event_spreads[i] : NULL;
    char number[CCK_NUMBER_SIZE];
    fputs("| ", out);
    put_cell(out, result->events[i].name);
    if (value->not_counted) {
        fputs("not counted: ", out);
        put_cell(out, value->not_counted);
        fputs("|\n", out);
        return;
    }
    bool repeated = spread && spread->runs > 1;
    double total = repeated ? spread->mean : (double)value->value;
    if (strcmp(result->events[i].unit, "ns") == 0)
        cck_number_time(number, total);
    else if (repeated)
        cck_number_short(number, total);
    else
        cck_number_grouped(number, value->value);
    put_cell(out, number);
    if (repeated) {
        cck_number_percent(number, total ? 100 * (spread->high - spread->low) / 2 / total : 0);
        fprintf(out, "\xc2\xb1 ");
        cck_markdown_text(out, number);
        fputs(" % ", out);
    }
    fputs("|\n", out);
}

static void put_metrics(FILE *out, const cck_result *result)
{
    char text[96];
    size_t shown = 0;
    for (size_t i = 0; i < result->total.metric_count; i++) {
        const cck_metric *metric = &result->total.metrics[i];
        const cck_spread *spread = result->metric_spreads ? &result->metric_spreads[i] : NULL;
        if (metric->not_counted)
            continue;
        if (!shown++)
            fputs("\n| metric | value |\n|---|---:|\n", out);
        cck_metric_text(metric, spread && spread->runs > 1 ? spread->mean : metric->value, text,
                        sizeof text);
        fputs("| ", out);
        put_cell(out, metric->label);
        put_cell(out, text);
        fputs("\n", out);
    }
}

static void put_threads(FILE *out, const cck_result *result, size_t most)
{
    cck_quantity time = cck_quantity_find(result, "cpu_time", CCK_ROLES_FIRST);
    size_t shown = result->row_count < most ? result->row_count : most;
    char number[CCK_NUMBER_SIZE];
    if (!shown)
        return;
    fprintf(out,
            "\n<details><summary>%zu threads</summary>\n\n| thread | tid | CPU time | verdict "
            "|\n|---|---:|---:|---|\n",
            result->row_count);
    for (size_t i = 0; i < shown; i++) {
        const cck_row *row = &result->rows[i];
        cck_operand ns = cck_quantity_read(&time, result, row);
        if (!ns.missing)
            cck_number_time(number, ns.value);
        fputs("| ", out);
        put_cell(out, row->name);
        fprintf(out, "%" PRId32 " | ", row->tid);
        put_cell(out, ns.missing ? "not counted" : number);
        put_cell(out, row->verdict.text);
        fputs("\n", out);
    }
    if (shown < result->row_count)
        fprintf(out, "\nand %zu more\n", result->row_count - shown);
    fputs("\n</details>\n", out);
}

void cck_stat_write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    put_head(out, result);
    if (result->total.values && result->event_count)
        fputs("\n| event | total | 95 % |\n|---|---:|---:|\n", out);
    for (size_t i = 0; result->total.values && i < result->event_count; i++)
        put_event(out, result, i);
    put_metrics(out, result);
    put_threads(out, result, options->rows);
    put_notes(out, result);
}

static void put_cost(FILE *out, uint64_t cost, uint64_t total)
{
    char number[CCK_NUMBER_SIZE];
    cck_number_grouped(number, cost);
    fprintf(out, "| %s | ", number);
    cck_number_percent(number, total ? 100.0 * (double)cost / (double)total : 0);
    cck_markdown_text(out, number);
    fputs(" % | ", out);
}

void cck_hotspots_write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    const cck_profile *profile = result->profile;
    size_t by = profile->by, shown = 0;
    put_head(out, result);
    fputs("\n| ", out);
    put_cell(out, profile->classes[by].label);
    fputs("share | function |\n|---:|---:|---|\n", out);
    for (size_t i = 0; i < profile->function_count && i < options->rows; i++) {
        put_cost(out, profile->functions[i].self[by], profile->total[by]);
        put_cell(out, profile->functions[i].name);
        fputs("\n", out);
    }
    fputs("\n| ", out);
    put_cell(out, profile->classes[by].label);
    fputs("share | line |\n|---:|---:|---|\n", out);
    for (size_t i = 0; i < profile->line_count && shown < options->rows; i++) {
        const cck_profile_line *line = &profile->lines[i];
        if (!*line->file || !line->costs[by])
            continue;
        shown++;
        put_cost(out, line->costs[by], profile->total[by]);
        cck_markdown_text(out, line->file);
        fprintf(out, ":%" PRIu32 " |\n", line->line);
    }
    put_notes(out, result);
}
