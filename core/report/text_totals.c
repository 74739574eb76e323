/* SPDX-License-Identifier: MIT */
/* The totals: value, event, what it comes to, as perf stat's users know it. */
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/table.h"
#include "core/report/text.h"
#include "core/result/metric.h"

/* The best a metric can do beside an event's line. */
enum { COMMENTS_MOST = 2 };

static bool has_word(const char *words, const char *word, size_t length)
{
    for (const char *at = words; *at;) {
        size_t size = strcspn(at, " ");
        if (size == length && strncmp(at, word, length) == 0)
            return true;
        at += size + strspn(at + size, " ");
    }
    return false;
}

/* A metric stands beside the first of its events that was counted. */
static bool stands_beside(const cck_result *result, const cck_metric *metric, size_t event)
{
    const cck_metric_definition *definition = cck_metric_definition_find(metric->name);
    const char *role = result->events[event].role;
    if (!definition || !*role || !has_word(definition->beside, role, strlen(role)))
        return false;
    for (size_t i = 0; i < event; i++)
        if (*result->events[i].role &&
            has_word(definition->beside, result->events[i].role, strlen(result->events[i].role)))
            return false;
    return true;
}

static void add_spread(FILE *out, const cck_text_report *report, const cck_spread *spread)
{
    char number[CCK_NUMBER_SIZE];
    if (spread->runs < 2)
        return;
    cck_number_percent(number, spread->mean ? 100 * spread->deviation / spread->mean : 0);
    fprintf(out, " %s %s %%", report->utf8 ? "\xc2\xb1" : "+-", number);
}

/* The phrase of the definition, with the number where its '@' is. */
static void write_phrase(FILE *out, const cck_metric *metric, double value, bool follows)
{
    char number[80];
    cck_metric unitless = *metric;
    if (strcmp(metric->unit, "B/s") != 0 && strcmp(metric->unit, "%") != 0)
        unitless.unit = "";
    cck_metric_text(&unitless, value, number, sizeof number);
    size_t length = strlen(number);
    if (strcmp(metric->unit, "%") == 0 && length > 2)
        number[length - 2] = '\0'; /* the phrase has the sign */
    const char *phrase = cck_metric_definition_find(metric->name)->phrase;
    int before = (int)strcspn(phrase, "@");
    fprintf(out, "%s%.*s%s%s", follows ? ", " : "", before, phrase, number, phrase + before + 1);
}

static void write_comment(FILE *out, const cck_text_report *report, size_t event)
{
    const cck_result *result = report->result;
    int written = 0;
    for (size_t i = 0; !result->total.values[event].not_counted && i < result->total.metric_count;
         i++) {
        const cck_metric *metric = &result->total.metrics[i];
        if (written == COMMENTS_MOST || metric->not_counted ||
            !stands_beside(result, metric, event))
            continue;
        const cck_spread *spread = result->metric_spreads ? &result->metric_spreads[i] : NULL;
        bool repeated = spread && spread->runs > 1;
        write_phrase(out, metric, repeated ? spread->mean : metric->value, written++ > 0);
    }
}

static cck_cell value_cell(const cck_text_report *report, size_t event)
{
    const cck_result *result = report->result;
    const cck_value *value = &result->total.values[event];
    const cck_spread *spread = result->event_spreads ? &result->event_spreads[event] : NULL;
    bool time = strcmp(result->events[event].unit, "ns") == 0;
    if (value->not_counted)
        return cck_cell_text("not counted");
    double mean = spread && spread->runs > 1 ? spread->mean : (double)value->value;
    cck_cell cell = time ? cck_cell_number(CCK_CELL_TIME, mean)
                    : spread && spread->runs > 1 && mean < 10
                        ? cck_cell_number(CCK_CELL_NUMBER, mean) /* 0.2 a run is not none */
                    : spread && spread->runs > 1 ? cck_cell_count((uint64_t)(mean + 0.5))
                                                 : cck_cell_count(value->value);
    cell.running = value->running;
    return cell;
}

/* "+- 1.2 %" of the repeats. */
static void write_spread(FILE *out, const cck_text_report *report, size_t event)
{
    if (!report->result->total.values[event].not_counted && report->result->event_spreads)
        add_spread(out, report, &report->result->event_spreads[event]);
}

static void write_bound(FILE *out, const cck_event_info *event, double bound)
{
    char number[CCK_NUMBER_SIZE];
    if (bound < 0)
        bound = 0; /* Student's t knows nothing of counts */
    if (strcmp(event->unit, "ns") == 0)
        cck_number_time(number, bound);
    else if (bound < 100)
        cck_number_short(number, bound);
    else
        cck_number_grouped(number, (uint64_t)(bound + 0.5));
    fputs(number, out);
}

/* "222 ms to 254 ms", of the mean. */
static void write_interval(FILE *out, const cck_text_report *report, size_t event)
{
    const cck_result *result = report->result;
    const cck_spread *spread = result->event_spreads ? &result->event_spreads[event] : NULL;
    if (!spread || spread->runs < 2 || result->total.values[event].not_counted)
        return;
    write_bound(out, &result->events[event], spread->low);
    fputs(" to ", out);
    write_bound(out, &result->events[event], spread->high);
}

/* What was really counted, where the name does not say so itself; that all is simulated
 * the first line and the title say. */
static const char *counted_as(const cck_result *result, size_t event)
{
    static const char simulated[] = "simulated: ";
    const cck_event_info *info = &result->events[event];
    if (result->source.evidence == CCK_SIMULATED &&
        strncmp(info->counted, simulated, sizeof simulated - 1) == 0)
        return info->counted + sizeof simulated - 1;
    return strcmp(info->counted, info->name) == 0 ? "" : info->counted;
}

static const char *counted_title(const cck_result *result)
{
    for (size_t i = 0; i < result->event_count; i++)
        if (*counted_as(result, i))
            return result->source.evidence == CCK_SIMULATED ? "simulated" : "counted as";
    return "";
}

/* The texts beside an event's number; memory is the caller's, NULL when it is out. */
typedef struct event_texts {
    char *spread, *interval, *comment;
} event_texts;

static char *write_text(const cck_text_report *report, size_t event,
                        void (*write)(FILE *out, const cck_text_report *report, size_t event))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    write(out, report, event);
    fclose(out);
    return text;
}

static cck_cell text_cell(const char *text)
{
    return cck_cell_text(text ? text : "");
}

static void print_totals(const cck_text_report *report, const event_texts *texts)
{
    const cck_result *result = report->result;
    bool repeated = result->event_spreads && result->elapsed_spread.runs > 1;
    cck_table table = {0};
    cck_table_column(&table, (cck_column){.title = "total"});
    if (repeated) {
        cck_table_column(&table, (cck_column){.title = "", .left = true});
        cck_table_column(&table, (cck_column){.title = "95 % interval", .left = true, .drop = 2});
    }
    cck_table_column(&table,
                     (cck_column){.title = "event", .left = true, .shrink = 16, .cut_last = true});
    cck_table_column(&table,
                     (cck_column){.title = "", .left = true, .shrink = 20, .cut_last = true});
    cck_table_column(
        &table,
        (cck_column){.title = counted_title(result), .left = true, .drop = 1, .shrink = 12});
    for (size_t i = 0; i < result->event_count; i++) {
        const char *spread = texts[i].spread ? texts[i].spread : "";
        cck_table_cell(&table, value_cell(report, i));
        if (repeated) {
            cck_table_cell(&table, cck_cell_text(*spread == ' ' ? spread + 1 : spread));
            cck_table_cell(&table, text_cell(texts[i].interval));
        }
        cck_table_cell(&table, cck_cell_text(result->events[i].name));
        cck_table_cell(&table, text_cell(texts[i].comment));
        cck_table_cell(&table, cck_cell_text(counted_as(result, i)));
    }
    cck_table_style style = {.width = report->width, .utf8 = report->utf8, .exact = true};
    cck_table_print(&table, &style, report->out);
    cck_table_clear(&table);
}

static void explain(const cck_text_report *report)
{
    const cck_result *result = report->result;
    char text[640], value[80];
    putc('\n', report->out);
    for (size_t i = 0; i < result->event_count; i++) {
        const cck_event_info *event = &result->events[i];
        snprintf(text, sizeof text, "%.100s: %.300s%s%.160s", event->name, event->counted,
                 *event->meaning ? "; " : "", event->meaning);
        cck_text_line(report, i ? "" : "events", text);
    }
    for (size_t i = 0; i < result->total.metric_count; i++) {
        const cck_metric *metric = &result->total.metrics[i];
        if (metric->not_counted)
            snprintf(value, sizeof value, "not counted");
        else
            cck_metric_text(metric, metric->value, value, sizeof value);
        snprintf(text, sizeof text, "%.60s = %.200s: %.80s%s%.160s", metric->name, metric->formula,
                 value, metric->not_counted ? ", " : "",
                 metric->not_counted ? metric->not_counted : "");
        cck_text_line(report, i ? "" : "metrics", text);
    }
}

void cck_text_totals(const cck_text_report *report)
{
    const cck_result *result = report->result;
    if (!result->event_count || !result->total.values)
        return;
    event_texts *texts = calloc(result->event_count, sizeof *texts);
    if (!texts)
        return;
    for (size_t i = 0; i < result->event_count; i++) {
        texts[i].spread = write_text(report, i, write_spread);
        texts[i].interval = write_text(report, i, write_interval);
        texts[i].comment = write_text(report, i, write_comment);
    }
    putc('\n', report->out);
    print_totals(report, texts);
    for (size_t i = 0; i < result->event_count; i++) {
        free(texts[i].spread);
        free(texts[i].interval);
        free(texts[i].comment);
    }
    free(texts);
    if (report->verbose)
        explain(report);
}
