/* SPDX-License-Identifier: MIT */
/* A result as JSON lines: a number or a finding each, which says by itself of which run it is.
 * Files of many runs are put together by `cat`, and loaded into tables as they are. */
#include <math.h>
#include <string.h>

#include "core/base/json_writer.h"
#include "core/report/stat_writers.h"
#include "core/result/words.h"

typedef struct line_writer {
    const cck_result *result;
    FILE *out;
    cck_json json;
} line_writer;

static const char *program_of(const cck_result *result)
{
    if (!result->target.argc)
        return "";
    const char *slash = strrchr(result->target.argv[0], '/');
    return slash ? slash + 1 : result->target.argv[0];
}

/* What every line begins with. */
static void begin(line_writer *writer, const char *kind, const char *name)
{
    const cck_result *result = writer->result;
    cck_json *json = &writer->json;
    cck_json_begin(json, writer->out, false);
    cck_json_object(json);
    cck_json_put_string(json, "command", result->command);
    cck_json_put_string(json, "program", program_of(result));
    if (result->target.rank >= 0)
        cck_json_put_uint(json, "rank", (uint64_t)result->target.rank);
    cck_json_put_string(json, "backend", result->source.backend);
    cck_json_put_string(json, "evidence",
                        cck_word_of(cck_evidence_words, (int)result->source.evidence));
    cck_json_put_string(json, "kind", kind);
    cck_json_put_string(json, "name", name);
}

static void end(line_writer *writer)
{
    cck_json_object_end(&writer->json);
    cck_json_end(&writer->json);
}

/* What has no number is null, with the reason: a column of NULLs, never of zeros. */
static void put_value(line_writer *writer, const char *unit, double value, const char *not_counted)
{
    cck_json *json = &writer->json;
    cck_json_put_string(json, "unit", unit);
    cck_json_key(json, "value");
    if (not_counted || !isfinite(value)) {
        cck_json_null(json);
        cck_json_put_string(json, "not_counted", not_counted ? not_counted : "no number");
    } else {
        cck_json_number(json, value);
    }
}

static void put_spread(line_writer *writer, const cck_spread *spread)
{
    if (!spread || spread->runs < 2)
        return;
    cck_json_put_uint(&writer->json, "runs", spread->runs);
    cck_json_put_number(&writer->json, "low", spread->low);
    cck_json_put_number(&writer->json, "high", spread->high);
}

static void write_elapsed(line_writer *writer)
{
    const cck_result *result = writer->result;
    const cck_spread *spread = &result->elapsed_spread;
    /* The time that a simulation takes says nothing about the program. */
    if (!result->target.argc || result->source.evidence == CCK_SIMULATED)
        return;
    begin(writer, "total", "elapsed_s");
    put_value(writer, "s", spread->runs > 1 ? spread->mean : result->target.elapsed_s, NULL);
    put_spread(writer, spread);
    end(writer);
}

static void write_totals(line_writer *writer)
{
    const cck_result *result = writer->result;
    for (size_t i = 0; result->total.values && i < result->event_count; i++) {
        const cck_value *value = &result->total.values[i];
        const cck_spread *spread = result->event_spreads ? &result->event_spreads[i] : NULL;
        begin(writer, "total", result->events[i].name);
        put_value(writer, result->events[i].unit,
                  spread && spread->runs > 1 ? spread->mean : (double)value->value,
                  value->not_counted);
        put_spread(writer, spread);
        end(writer);
    }
    for (size_t i = 0; i < result->total.metric_count; i++) {
        const cck_metric *metric = &result->total.metrics[i];
        const cck_spread *spread = result->metric_spreads ? &result->metric_spreads[i] : NULL;
        begin(writer, "metric", metric->name);
        put_value(writer, metric->unit, spread && spread->runs > 1 ? spread->mean : metric->value,
                  metric->not_counted);
        put_spread(writer, spread);
        end(writer);
    }
}

static void write_row(line_writer *writer, const cck_row *row)
{
    const cck_result *result = writer->result;
    for (size_t i = 0; row->values && i < result->event_count; i++) {
        cck_json *json = &writer->json;
        begin(writer, cck_word_of(cck_row_words, (int)row->kind), result->events[i].name);
        put_value(writer, result->events[i].unit, (double)row->values[i].value,
                  row->values[i].not_counted);
        cck_json_put_string(json, "thread", row->name);
        cck_json_put_string(json, "process", row->process);
        if (row->pid > 0)
            cck_json_put_uint(json, "pid", (uint64_t)row->pid);
        if (row->tid > 0)
            cck_json_put_uint(json, "tid", (uint64_t)row->tid);
        if (row->index >= 0)
            cck_json_put_uint(json, "index", (uint64_t)row->index);
        end(writer);
    }
}

static void write_finding(line_writer *writer, const cck_finding *finding)
{
    cck_json *json = &writer->json;
    begin(writer, "finding", finding->rule);
    /* How many transfers, samples or accesses it rests on; a static one rests on none. */
    put_value(writer, "count", (double)finding->evidence.samples,
              finding->evidence.samples ? NULL : "nothing was counted");
    cck_json_put_string(json, "severity", cck_word_of(cck_severity_words, (int)finding->severity));
    cck_json_put_string(json, "id", finding->id);
    cck_json_put_string(json, "title", finding->title);
    cck_json_put_string(json, "type", finding->object.type);
    cck_json_put_string(json, "object", finding->object.name);
    if (finding->location_count && *finding->locations[0].file) {
        cck_json_put_string(json, "file", finding->locations[0].file);
        cck_json_put_uint(json, "line", finding->locations[0].line);
    }
    end(writer);
}

void cck_lines_write(const void *subject, FILE *out, const cck_report_options *options)
{
    line_writer writer = {.result = subject, .out = out};
    const cck_result *result = subject;
    (void)options;
    write_elapsed(&writer);
    write_totals(&writer);
    for (size_t i = 0; i < result->row_count; i++)
        write_row(&writer, &result->rows[i]);
    for (size_t i = 0; i < result->finding_count; i++)
        write_finding(&writer, &result->findings[i]);
}
