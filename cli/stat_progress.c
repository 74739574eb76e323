/* SPDX-License-Identifier: MIT */
#include "stat_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "progress.h"

/* Numbers in hand are measured or modelled: the first line says which, and why. */
void cli_stat_on_start(void *context, const cck_source *source, int32_t pid)
{
    cli_stat_progress *progress = context;
    (void)pid;
    if (progress->quiet || progress->announced)
        return;
    progress->announced = true;
    cli_announce(source);
}

/* Event names hold no quote or backslash of their own, but tracepoints come from outside. */
static void print_json_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++)
        if (*text == '"' || *text == '\\' || (unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            fputc(*text, out);
    fputc('"', out);
}

static void print_milliseconds(double seconds, FILE *out)
{
    uint64_t ms = (uint64_t)(seconds * 1e3 + 0.5);
    fprintf(out, "%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
}

static void print_json_line(const cck_interval *interval, FILE *out)
{
    fputs("{\"interval_s\":", out);
    print_milliseconds(interval->time_s, out);
    fputs(",\"length_s\":", out);
    print_milliseconds(interval->length_s, out);
    fputs(",\"counts\":{", out);
    for (size_t i = 0; i < interval->event_count; i++) {
        const cck_value *value = &interval->totals[i];
        fputs(i ? "," : "", out);
        print_json_string(interval->events[i].name, out);
        if (value->not_counted) {
            fputs(":{\"not_counted\":", out);
            print_json_string(value->not_counted, out);
            fputc('}', out);
        } else {
            fprintf(out, ":{\"value\":%" PRIu64 "}", value->value);
        }
    }
    fputs("}}\n", out);
}

/* As in the report: three digits and a unit. In whole numbers, which know no locale. */
static void print_time(uint64_t ns, const char *name, FILE *out)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    size_t at = 0;
    while (at + 1 < sizeof units / sizeof *units && ns < units[at].ns)
        at++;
    uint64_t unit = units[at].ns, whole = ns / unit;
    int decimals = unit == 1 || whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
    uint64_t parts = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
    uint64_t rounded = whole * parts + (ns % unit * parts + unit / 2) / unit;
    char number[48];
    if (decimals)
        snprintf(number, sizeof number, "%" PRIu64 ".%0*" PRIu64 " %s", rounded / parts, decimals,
                 rounded % parts, units[at].name);
    else
        snprintf(number, sizeof number, "%" PRIu64 " %s", rounded, units[at].name);
    fprintf(out, " s  %18s  %s\n", number, name);
}

static void print_lines(const cck_interval *interval, FILE *out)
{
    for (size_t i = 0; i < interval->event_count; i++) {
        const cck_value *value = &interval->totals[i];
        print_milliseconds(interval->time_s, out);
        if (value->not_counted)
            fprintf(out, " s  %18s  %s (%s)\n", "not counted", interval->events[i].name,
                    value->not_counted);
        else if (strcmp(interval->events[i].unit, "ns") == 0)
            print_time(value->value, interval->events[i].name, out);
        else
            fprintf(out, " s  %18" PRIu64 "  %s\n", value->value, interval->events[i].name);
    }
}

void cli_stat_on_interval(void *context, const cck_interval *interval)
{
    const cli_stat_progress *progress = context;
    FILE *out = progress->to_file ? stderr : stdout;
    if (progress->json)
        print_json_line(interval, out);
    else
        print_lines(interval, out);
    fflush(out);
}
