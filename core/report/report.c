/* SPDX-License-Identifier: MIT */
#include <cachecheck/report.h>

#include "core/report/csv.h"
#include "core/report/document.h"
#include "core/report/finding_text.h"
#include "core/report/finding_writers.h"
#include "core/report/hotspots.h"
#include "core/report/html_writers.h"
#include "core/report/stat_writers.h"
#include "core/report/machine_text.h"
#include "core/report/measure.h"
#include "core/report/numa.h"
#include "core/report/text.h"
#include "core/result/result.h"

static void write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    cck_text_report text = {
        .result = subject,
        .out = out,
        .width = options->width,
        .rows = options->rows,
        .color = options->color,
        .utf8 = options->utf8,
        .verbose = options->verbose,
        .annotate = options->annotate,
    };
    if (text.result->placement)
        cck_numa_write_text(&text);
    else if (text.result->profile)
        cck_hotspots_write_text(&text);
    else if (cck_result_looked_for_findings(text.result))
        cck_findings_write_text(&text);
    else
        cck_text_report_write(&text);
}

/* What `cachecheck machine` kept. */
static void write_machine_text(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    if (result->measurement)
        cck_text_measurement(out, &result->machine, result->measurement, options);
    else
        cck_text_machine(out, &result->machine, options);
    fputc('\n', out);
    cck_text_drawing(out, result->topology, result->topology_count, options);
}

static void write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    cck_result_write_json(subject, out, !options->compact);
}

static void write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    if (result->profile)
        cck_hotspots_write_csv(subject, out, options);
    else
        cck_csv_write(subject, out);
}

static cck_document document_of(const cck_result *result)
{
    if (cck_result_is_machine(result))
        return (cck_document){.name = "a machine",
                              .subject = result,
                              .text = write_machine_text,
                              .html = cck_html_write};
    cck_document document = {
        .name = "the report",
        .subject = result,
        .text = write_text,
        .json = write_json,
        .csv = write_csv,
        .html = cck_html_write,
        .markdown = result->profile ? cck_hotspots_write_markdown : cck_stat_write_markdown,
        .openmetrics = cck_openmetrics_write,
        .lines = cck_lines_write,
    };
    if (cck_result_looked_for_findings(result)) {
        document.csv = cck_findings_write_csv;
        document.sarif = cck_sarif_write;
        document.github = cck_github_write;
        document.markdown = cck_markdown_write;
    }
    if (result->placement) {
        document.csv = cck_numa_write_csv;
        document.svg = cck_numa_write_svg;
        document.sarif = NULL; /* memory has no place in source */
        document.github = NULL;
    }
    if (result->profile) {
        document.lines = NULL; /* a profile is a tree, no table */
        document.folded = cck_folded_write;
        document.flamegraph = cck_flamegraph_write;
        document.callgrind = cck_callgrind_write;
        document.speedscope = cck_speedscope_write;
        document.firefox = cck_firefox_write;
    }
    return document;
}

int cck_report_write(const cck_result *result, cck_format format, FILE *out,
                     const cck_report_options *options, cck_error *err)
{
    cck_arena arena = {0};
    const cck_result view = cck_result_view(result, &arena);
    const cck_document document = document_of(&view);
    int code = cck_document_write(&document, format, out, options, err);
    cck_arena_clear(&arena);
    return code;
}

int cck_report_save(const cck_result *result, cck_format format, const char *path,
                    const cck_report_options *options, cck_error *err)
{
    cck_arena arena = {0};
    const cck_result view = cck_result_view(result, &arena);
    const cck_document document = document_of(&view);
    int code = cck_document_save(&document, format, path, options, err);
    cck_arena_clear(&arena);
    return code;
}
