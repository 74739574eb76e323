/* SPDX-License-Identifier: MIT */
/* OpenMetrics 1.0 text, for Prometheus and for node_exporter's textfile collector. What a run
 * counted is a gauge, not a counter: the next run starts from 0 again. What was not counted has
 * no sample, and so is never 0. */
#include <cachecheck/numa.h>

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/numa/words.h"
#include "core/report/stat_writers.h"
#include "core/result/result.h"
#include "core/result/words.h"

/* A label's value: quote, backslash and newline are escaped (OpenMetrics 1.0, ABNF); other
 * control characters and damaged bytes are cleaned before. */
static void put_label(FILE *out, const char *name, const char *value, bool first)
{
    char *clean = NULL;
    size_t size;
    FILE *memory = open_memstream(&clean, &size);
    if (!memory)
        return;
    cck_text_write(memory, value, UINT_MAX, true);
    fclose(memory);
    fprintf(out, "%s%s=\"", first ? "" : ",", name);
    for (const char *at = clean; at && *at; at++) {
        if (*at == '"' || *at == '\\')
            putc('\\', out);
        putc(*at, out);
    }
    putc('"', out);
    free(clean);
}

static const char *program_of(const cck_result *result)
{
    if (!result->target.argc)
        return "";
    const char *slash = strrchr(result->target.argv[0], '/');
    return slash ? slash + 1 : result->target.argv[0];
}

/* Every sample tells of what it is: several files of one folder are read together. */
static void put_common(FILE *out, const cck_result *result)
{
    put_label(out, "program", program_of(result), true);
    put_label(out, "evidence", cck_word_of(cck_evidence_words, (int)result->source.evidence),
              false);
}

static void put_family(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void put_value(FILE *out, double value)
{
    char number[CCK_NUMBER_SIZE];
    cck_number_exact(number, value);
    fprintf(out, "} %s\n", number);
}

static void put_info(FILE *out, const cck_result *result)
{
    put_family(out, "cachecheck_run", "info", "What ran, and who counted.");
    fputs("cachecheck_run_info{", out);
    put_common(out, result);
    put_label(out, "command", result->command, false);
    put_label(out, "version", result->version, false);
    put_label(out, "backend", result->source.backend, false);
    put_label(out, "cpu", result->machine.cpu_model, false);
    fputs("} 1\n", out);
}

static void put_run(FILE *out, const cck_result *result)
{
    const cck_target_info *target = &result->target;
    if (!target->argc && !target->pid)
        return;
    if (result->source.evidence != CCK_SIMULATED) {
        put_family(out, "cachecheck_elapsed_seconds", "gauge", "Wall-clock time of the run.");
        fputs("cachecheck_elapsed_seconds{", out);
        put_common(out, result);
        put_value(out, result->elapsed_spread.runs > 1 ? result->elapsed_spread.mean
                                                       : target->elapsed_s);
    }
    put_family(out, "cachecheck_threads", "gauge", "Threads of the program.");
    fputs("cachecheck_threads{", out);
    put_common(out, result);
    put_value(out, target->threads);
    if (target->exited) {
        put_family(out, "cachecheck_exit_status", "gauge",
                   "Exit status of the program, 128 and more: killed by a signal.");
        fputs("cachecheck_exit_status{", out);
        put_common(out, result);
        put_value(out, target->signal ? 128 + target->signal : target->exit_code);
    }
}

static void put_events(FILE *out, const cck_result *result)
{
    if (!result->event_count || !result->total.values)
        return;
    put_family(out, "cachecheck_event", "gauge",
               "Total of an event over the run, the mean if it was repeated; ns for times.");
    for (size_t i = 0; i < result->event_count; i++) {
        const cck_value *value = &result->total.values[i];
        const cck_spread *spread = result->event_spreads ? &result->event_spreads[i] : NULL;
        if (value->not_counted)
            continue;
        fputs("cachecheck_event{", out);
        put_common(out, result);
        put_label(out, "event", result->events[i].name, false);
        put_label(out, "unit", result->events[i].unit, false);
        put_value(out, spread && spread->runs > 1 ? spread->mean : (double)value->value);
    }
}

static void put_metrics(FILE *out, const cck_result *result)
{
    if (!result->total.metric_count)
        return;
    put_family(out, "cachecheck_metric", "gauge",
               "A metric of the run, as docs/metrics.md has it.");
    for (size_t i = 0; i < result->total.metric_count; i++) {
        const cck_metric *metric = &result->total.metrics[i];
        const cck_spread *spread = result->metric_spreads ? &result->metric_spreads[i] : NULL;
        double value = spread && spread->runs > 1 ? spread->mean : metric->value;
        if (metric->not_counted || !isfinite(value))
            continue;
        fputs("cachecheck_metric{", out);
        put_common(out, result);
        put_label(out, "metric", metric->name, false);
        put_label(out, "unit", metric->unit, false);
        put_value(out, value);
    }
}

static void put_findings(FILE *out, const cck_result *result)
{
    size_t counts[CCK_SEVERITY_CRITICAL + 1] = {0};
    put_family(out, "cachecheck_findings", "gauge", "Findings of that severity.");
    for (size_t i = 0; i < result->finding_count; i++)
        counts[result->findings[i].severity]++;
    for (int severity = 0; severity <= CCK_SEVERITY_CRITICAL; severity++) {
        fputs("cachecheck_findings{", out);
        put_common(out, result);
        put_label(out, "severity", cck_word_of(cck_severity_words, severity), false);
        put_value(out, (double)counts[severity]);
    }
}

static void put_memory(FILE *out, const cck_result *result, const cck_numa_placement *placement)
{
    char node[16];
    if (!placement->rows[CCK_NUMA_ROW_TOTAL])
        return;
    put_family(out, "cachecheck_numa_memory_bytes", "gauge",
               "Memory by node and kind: numastat's rows, whose sum is the total.");
    for (int row = 0; row < CCK_NUMA_ROW_TOTAL; row++)
        for (size_t i = 0; i < placement->node_count; i++) {
            snprintf(node, sizeof node, "%u", placement->nodes[i].index);
            fputs("cachecheck_numa_memory_bytes{", out);
            put_common(out, result);
            put_label(out, "node", node, false);
            put_label(out, "kind", cck_word_of(cck_numa_row_words, row), false);
            put_label(out, "method", cck_word_of(cck_numa_method_words, (int)placement->method),
                      false);
            put_value(out, (double)placement->rows[row][i]);
        }
}

/* A share that is not known has no sample. */
static void put_placement(FILE *out, const cck_result *result, const cck_numa_placement *placement)
{
    const cck_numa_share *remote = &placement->remote;
    const struct {
        const char *bound;
        double value;
    } bounds[] = {{"estimate", remote->value}, {"low", remote->low}, {"high", remote->high}};
    put_memory(out, result, placement);
    if (remote->value < 0)
        return;
    put_family(out, "cachecheck_numa_remote_ratio", "gauge",
               "Share of the memory that is not on the nodes where threads ran, and its 95 % "
               "interval.");
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        fputs("cachecheck_numa_remote_ratio{", out);
        put_common(out, result);
        put_label(out, "bound", bounds[i].bound, false);
        put_value(out, bounds[i].value);
    }
}

void cck_openmetrics_write(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_result *result = subject;
    (void)options;
    put_info(out, result);
    put_run(out, result);
    put_events(out, result);
    put_metrics(out, result);
    if (result->placement)
        put_placement(out, result, result->placement);
    if (cck_result_looked_for_findings(result))
        put_findings(out, result);
    fputs("# EOF\n", out);
}
