/* SPDX-License-Identifier: MIT */
#include "stat_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Numbers in hand are measured or modelled: the first line says which, and why. */
void cli_stat_on_start(void *context, const cck_source *source, int32_t pid)
{
    cli_stat_progress *progress = context;
    (void)pid;
    if (progress->quiet || progress->announced)
        return;
    progress->announced = true;
    bool modelled = source->evidence == CCK_SIMULATED;
    if (!modelled && !*source->why)
        return;
    fprintf(stderr, "cachecheck: backend %s (%s)", source->backend,
            modelled ? "modelled, not measured" : "measured");
    if (*source->why)
        fprintf(stderr, "; %s", source->why);
    if (modelled && *source->slowdown)
        fprintf(stderr, "; expected slowdown %s", source->slowdown);
    fputc('\n', stderr);
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

static void print_lines(const cck_interval *interval, FILE *out)
{
    for (size_t i = 0; i < interval->event_count; i++) {
        const cck_value *value = &interval->totals[i];
        print_milliseconds(interval->time_s, out);
        if (value->not_counted)
            fprintf(out, " s  %18s  %s (%s)\n", "not counted", interval->events[i].name,
                    value->not_counted);
        else
            fprintf(out, " s  %18" PRIu64 "  %s%s\n", value->value, interval->events[i].name,
                    strcmp(interval->events[i].unit, "ns") == 0 ? " (ns)" : "");
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
