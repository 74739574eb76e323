/* SPDX-License-Identifier: MIT */
/* Merged results as text, Markdown, CSV and JSON. */
#include <cachecheck/merge.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json_writer.h"
#include "core/base/number.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/report/document.h"
#include "core/report/markdown_text.h"
#include "core/result/words.h"

/* Apart: how much more the largest has than the mean. */
static double imbalance(const cck_merged_number *number)
{
    return number->spread.mean > 0 ? number->spread.max / number->spread.mean - 1 : 0;
}

/* Nobody is worst where all are equal. */
static const char *worst_of(const cck_merged_number *number)
{
    return number->worst_count && number->spread.max > number->spread.min ? number->worst[0].name
                                                                          : "";
}

static void number_text(const cck_merged_number *number, double value, char text[CCK_NUMBER_SIZE])
{
    if (strcmp(number->unit, "ns") == 0 || strcmp(number->unit, "s") == 0)
        cck_number_time(text, *number->unit == 's' ? 1e9 * value : value);
    else if (value >= 0 && value < 1e6 && value == floor(value))
        cck_number_grouped(text, (uint64_t)value);
    else if (fabs(value) >= 10000)
        cck_number_scaled(text, value);
    else
        cck_number_short(text, value);
}

static const char *keep(cck_arena *arena, const char *text)
{
    const char *copy = cck_arena_strdup(arena, text);
    return copy ? copy : "";
}

static void add_row(cck_table *table, cck_arena *arena, const cck_merged_number *number)
{
    char text[CCK_NUMBER_SIZE];
    const double values[] = {number->sum, number->spread.mean, number->spread.min,
                             number->spread.max};
    cck_table_cell(table, cck_cell_text(number->label));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        number_text(number, values[i], text);
        cck_table_cell(table, cck_cell_text(i || number->adds_up ? keep(arena, text) : ""));
    }
    cck_number_percent(text, 100 * imbalance(number));
    cck_table_cell(table, cck_cell_text(keep(arena, strcat(text, " %"))));
    cck_table_cell(table, cck_cell_text(worst_of(number)));
}

static void write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    static const cck_column columns[] = {{.title = "", .left = true, .shrink = 20},
                                         {.title = "sum"},
                                         {.title = "mean"},
                                         {.title = "least", .drop = 1},
                                         {.title = "most"},
                                         {.title = "over mean"},
                                         {.title = "worst", .left = true, .shrink = 12}};
    const cck_merged *merged = subject;
    const cck_table_style style = {.width = options->width, .utf8 = options->utf8};
    cck_table table = {0};
    cck_arena arena = {0};
    fprintf(out,
            "%zu results of %s, %s by the %s backend, %" PRIu64 " threads, %zu kind%s of machine\n",
            merged->results, merged->command,
            cck_word_of(cck_evidence_words, (int)merged->evidence), merged->backend,
            merged->threads, merged->machines, merged->machines == 1 ? "" : "s");
    if (merged->failed)
        fprintf(out, "note     the program failed in %zu of them\n", merged->failed);
    putc('\n', out);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        cck_table_column(&table, columns[i]);
    for (size_t i = 0; i < merged->number_count; i++)
        if (merged->numbers[i].spread.runs)
            add_row(&table, &arena, &merged->numbers[i]);
    cck_table_print(&table, &style, out);
    cck_table_clear(&table);
    cck_arena_clear(&arena);
    for (size_t i = 0; i < merged->finding_count && i < options->rows; i++) {
        const cck_merged_finding *finding = &merged->findings[i];
        char head[200];
        if (!i)
            putc('\n', out);
        snprintf(head, sizeof head, "%zu of %zu  ", finding->ranks, merged->results);
        unsigned column = cck_text_write(out, head, options->width, options->utf8);
        column +=
            (unsigned)fprintf(out, "%s [", cck_word_of(cck_severity_words, (int)finding->severity));
        column += cck_text_write(out, finding->rule, 40, options->utf8);
        column += (unsigned)fprintf(out, "]: ");
        cck_text_wrap(out, finding->title, column, 8, options->width, options->utf8);
    }
    if (merged->finding_count > options->rows)
        fprintf(out, "and %zu more findings\n", merged->finding_count - options->rows);
}

static void write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_merged *merged = subject;
    char text[CCK_NUMBER_SIZE];
    fprintf(
        out,
        "### cachecheck merge: %zu results of %s\n\n| | sum | mean | most | over mean | worst |\n"
        "|---|---:|---:|---:|---:|---|\n",
        merged->results, merged->command);
    for (size_t i = 0; i < merged->number_count; i++) {
        const cck_merged_number *number = &merged->numbers[i];
        const double values[] = {number->sum, number->spread.mean, number->spread.max};
        if (!number->spread.runs)
            continue;
        fputs("| ", out);
        cck_markdown_text(out, number->label);
        for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
            number_text(number, values[j], text);
            fprintf(out, " | %s", j || number->adds_up ? text : "");
        }
        cck_number_percent(text, 100 * imbalance(number));
        fputs(" | ", out);
        cck_markdown_text(out, text);
        fputs(" % | ", out);
        cck_markdown_text(out, worst_of(number));
        fputs(" |\n", out);
    }
    if (merged->finding_count)
        fputs("\n| ranks | severity | rule | what |\n|---:|---|---|---|\n", out);
    for (size_t i = 0; i < merged->finding_count && i < options->rows; i++) {
        const cck_merged_finding *finding = &merged->findings[i];
        fprintf(out, "| %zu of %zu | %s | ", finding->ranks, merged->results,
                cck_word_of(cck_severity_words, (int)finding->severity));
        cck_markdown_text(out, finding->rule);
        fputs(" | ", out);
        cck_markdown_text(out, finding->title);
        fputs(" |\n", out);
    }
}

/* ---- CSV ---- */

static cck_cell number_cell(double value)
{
    return cck_cell_number(CCK_CELL_NUMBER, value);
}

static void write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_merged *merged = subject;
    (void)options;
    fputs("name,unit,results,sum,mean,deviation,least,most,least_of,most_of\r\n", out);
    for (size_t i = 0; i < merged->number_count; i++) {
        const cck_merged_number *number = &merged->numbers[i];
        const cck_cell cells[] = {
            cck_cell_text(number->name),
            cck_cell_text(number->unit),
            cck_cell_count(number->spread.runs),
            number->adds_up ? number_cell(number->sum) : cck_cell_missing(NULL),
            number_cell(number->spread.mean),
            number_cell(number->spread.deviation),
            number_cell(number->spread.min),
            number_cell(number->spread.max),
            cck_cell_text(number->least.name),
            cck_cell_text(worst_of(number)),
        };
        for (size_t k = 0; number->spread.runs && k < sizeof cells / sizeof *cells; k++)
            cck_csv_cell(out, &cells[k], k == 0);
        if (number->spread.runs) /* else nobody counted it */
            cck_csv_end(out);
    }
}

/* ---- JSON ---- */

static void put_rank(cck_json *json, const cck_merged_rank *rank)
{
    cck_json_object(json);
    cck_json_put_string(json, "name", rank->name);
    cck_json_put_number(json, "value", rank->value);
    cck_json_object_end(json);
}

static void put_number(cck_json *json, const cck_merged_number *number)
{
    cck_json_inline(json);
    cck_json_object(json);
    cck_json_put_string(json, "name", number->name);
    cck_json_put_string(json, "unit", number->unit);
    cck_json_put_uint(json, "results", number->spread.runs);
    if (number->adds_up)
        cck_json_put_number(json, "sum", number->sum);
    cck_json_put_number(json, "mean", number->spread.mean);
    cck_json_put_number(json, "deviation", number->spread.deviation);
    cck_json_key(json, "least");
    put_rank(json, &number->least);
    cck_json_key(json, "worst");
    cck_json_array(json);
    for (size_t i = 0; i < number->worst_count; i++)
        put_rank(json, &number->worst[i]);
    cck_json_array_end(json);
    cck_json_object_end(json);
}

static void write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_merged *merged = subject;
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_json_object(&json);
    cck_json_put_string(&json, "schema", "cachecheck-merge/1");
    cck_json_put_uint(&json, "results", merged->results);
    cck_json_put_string(&json, "command", merged->command);
    cck_json_put_string(&json, "program", merged->program);
    cck_json_put_string(&json, "backend", merged->backend);
    cck_json_put_string(&json, "evidence", cck_word_of(cck_evidence_words, (int)merged->evidence));
    cck_json_put_uint(&json, "failed", merged->failed);
    cck_json_put_uint(&json, "machines", merged->machines);
    cck_json_put_uint(&json, "threads", merged->threads);
    cck_json_key(&json, "numbers");
    cck_json_array(&json);
    for (size_t i = 0; i < merged->number_count; i++)
        if (merged->numbers[i].spread.runs) /* else nobody counted it */
            put_number(&json, &merged->numbers[i]);
    cck_json_array_end(&json);
    cck_json_key(&json, "findings");
    cck_json_array(&json);
    for (size_t i = 0; i < merged->finding_count; i++) {
        const cck_merged_finding *finding = &merged->findings[i];
        cck_json_inline(&json);
        cck_json_object(&json);
        cck_json_put_string(&json, "rule", finding->rule);
        cck_json_put_string(&json, "title", finding->title);
        cck_json_put_string(&json, "id", finding->id);
        cck_json_put_string(&json, "severity",
                            cck_word_of(cck_severity_words, (int)finding->severity));
        cck_json_put_uint(&json, "ranks", finding->ranks);
        cck_json_put_string(&json, "first", finding->first);
        cck_json_object_end(&json);
    }
    cck_json_array_end(&json);
    cck_json_put_uint(&json, "findings_left_out", merged->findings_left_out);
    cck_json_object_end(&json);
    cck_json_end(&json);
}

static cck_document document_of(const cck_merged *merged)
{
    return (cck_document){.name = "what was merged",
                          .subject = merged,
                          .text = write_text,
                          .json = write_json,
                          .csv = write_csv,
                          .markdown = write_markdown};
}

int cck_merge_write(const cck_merged *merged, cck_format format, FILE *out,
                    const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(merged);
    return cck_document_write(&document, format, out, options, err);
}

int cck_merge_save(const cck_merged *merged, cck_format format, const char *path,
                   const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(merged);
    return cck_document_save(&document, format, path, options, err);
}
