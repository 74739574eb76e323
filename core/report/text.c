/* SPDX-License-Identifier: MIT */
/* The text report: provenance first, then what it means, then the numbers. */
#include "core/report/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"

enum { LABEL = 9 }; /* columns of the labels at the left */

void cck_ink_on(const cck_text_report *report, cck_ink ink)
{
    static const char *const codes[] = {"\033[1m", "\033[2m", "\033[33m", "\033[31m"};
    if (report->color)
        fputs(codes[ink], report->out);
}

void cck_ink_off(const cck_text_report *report)
{
    if (report->color)
        fputs("\033[0m", report->out);
}

void cck_text_line(const cck_text_report *report, const char *label, const char *text)
{
    cck_ink_on(report, CCK_INK_DIM);
    fprintf(report->out, "%-*s", LABEL, label);
    cck_ink_off(report);
    cck_text_wrap(report->out, text, LABEL, LABEL, report->width, report->utf8);
}

void cck_metric_text(const cck_metric *metric, double value, char *buffer, size_t size)
{
    char number[CCK_NUMBER_SIZE];
    const char *unit = metric->unit;
    if (strcmp(unit, "%") == 0)
        cck_number_percent(number, value);
    else if (strcmp(unit, "B/s") == 0)
        cck_number_bytes(number, value);
    else if (value >= 10000)
        cck_number_scaled(number, value);
    else
        cck_number_short(number, value);
    if (strcmp(unit, "B/s") == 0)
        snprintf(buffer, size, "%s/s", number);
    else
        snprintf(buffer, size, "%s%s%s", number, *unit ? " " : "", unit);
}

static void write_source(const cck_text_report *report)
{
    const cck_source *source = &report->result->source;
    bool modelled = source->evidence == CCK_SIMULATED;
    bool user_only = !modelled && report->result->event_count > 0;
    for (size_t i = 0; i < report->result->event_count; i++)
        user_only = user_only && report->result->events[i].user_only;
    char text[512];
    if (source->evidence == CCK_STATIC)
        snprintf(text, sizeof text, "static: layouts as the compiler made them; nothing ran");
    else
        snprintf(text, sizeof text, "%s by the %s backend%s%s%s",
                 modelled                           ? "MODELLED, not measured,"
                 : source->evidence == CCK_MEASURED ? "measured"
                 : source->evidence == CCK_WATCHED  ? "watched (sampled)"
                                                    : "read off the code",
                 source->backend, *source->slowdown ? "; slowdown: " : "", source->slowdown,
                 user_only ? "; user mode only" : "");
    if (modelled)
        cck_ink_on(report, CCK_INK_YELLOW);
    cck_text_wrap(report->out, text, 0, LABEL, report->width, report->utf8);
    if (modelled)
        cck_ink_off(report);
    if (*source->why)
        cck_text_line(report, "why", source->why);
    if (*source->model)
        cck_text_line(report, "model", source->model);
}

/* "3 threads in 1 process" */
static void write_crowd(const cck_text_report *report, FILE *out)
{
    const cck_target_info *target = &report->result->target;
    uint32_t threads = target->threads ? target->threads : report->result->total.threads;
    char number[CCK_NUMBER_SIZE];
    cck_number_grouped(number, threads);
    fprintf(out, ": %s %s", number, threads == 1 ? "thread" : "threads");
    if (target->processes > 1) {
        cck_number_grouped(number, target->processes);
        fprintf(out, " in %s processes", number);
    }
}

static void write_time(const cck_text_report *report, FILE *out)
{
    const cck_target_info *target = &report->result->target;
    const cck_spread *spread = &report->result->elapsed_spread;
    char number[CCK_NUMBER_SIZE], other[CCK_NUMBER_SIZE];
    cck_number_time(number, 1e9 * (spread->runs > 1 ? spread->mean : target->elapsed_s));
    if (spread->runs > 1) {
        cck_number_time(other, 1e9 * spread->deviation);
        fprintf(out, "; %u runs of %s %s %s elapsed", spread->runs, number,
                report->utf8 ? "\xc2\xb1" : "+-", other);
        cck_number_time(number, 1e9 * spread->min);
        cck_number_time(other, 1e9 * spread->max);
        fprintf(out, " (%s to %s)", number, other);
    } else {
        fprintf(out, ", %s elapsed", number);
    }
    if (target->user_s >= 0 && target->system_s >= 0) {
        cck_number_time(number, 1e9 * target->user_s);
        cck_number_time(other, 1e9 * target->system_s);
        fprintf(out, ", %s user, %s system", number, other);
    }
}

/* The command itself is cut: it may be pages long. */
static void write_target(const cck_text_report *report)
{
    const cck_target_info *target = &report->result->target;
    char *command = NULL, *facts = NULL;
    size_t size;
    FILE *out = open_memstream(&command, &size);
    if (!out)
        return;
    if (target->argc)
        cck_text_command(out, target->argv, target->argc);
    else
        fprintf(out, "process %d", target->pid);
    fclose(out);
    out = open_memstream(&facts, &size);
    if (out) {
        write_crowd(report, out);
        write_time(report, out);
        fclose(out);
        fprintf(report->out, "%-*s", LABEL, "ran");
        unsigned most = report->width / 2;
        unsigned column = LABEL + cck_text_write(report->out, command, most, report->utf8);
        cck_text_wrap(report->out, facts, column, LABEL, report->width, report->utf8);
    }
    free(command);
    free(facts);
}

void cck_text_head(const cck_text_report *report)
{
    const cck_verdict *verdict = &report->result->total.verdict;
    write_source(report);
    if (report->result->target.argc || report->result->target.pid)
        write_target(report);
    if (*verdict->text) {
        fprintf(report->out, "%-*s", LABEL, "verdict");
        cck_ink_on(report, CCK_INK_BOLD);
        cck_text_wrap(report->out, verdict->text, LABEL, LABEL, report->width, report->utf8);
        cck_ink_off(report);
    }
}

void cck_text_report_write(const cck_text_report *report)
{
    cck_text_head(report);
    cck_text_totals(report);
    cck_text_rows(report);
    cck_text_foot(report);
}
