/* SPDX-License-Identifier: MIT */
/* What the reader must know besides: what was not counted and why, lost records, notes,
 * how the target ended, what to run next. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/report/next.h"
#include "core/report/text.h"

enum { REASONS_MOST = 8 };

/* "LLC-loads, LLC-stores: why", once for each reason. */
static void write_not_counted(const cck_text_report *report)
{
    const cck_result *result = report->result;
    const cck_value *values = result->total.values;
    const char *said[REASONS_MOST];
    size_t count = 0;
    for (size_t i = 0; values && i < result->event_count; i++) {
        const char *reason = values[i].not_counted;
        bool known = !reason;
        for (size_t j = 0; !known && j < count; j++)
            known = strcmp(said[j], reason) == 0;
        if (known || count == REASONS_MOST)
            continue;
        said[count++] = reason;
        char *text = NULL;
        size_t size, names = 0;
        FILE *out = open_memstream(&text, &size);
        if (!out)
            return;
        for (size_t j = i; j < result->event_count; j++)
            if (values[j].not_counted && strcmp(values[j].not_counted, reason) == 0)
                fprintf(out, "%s%s", names++ ? ", " : "", result->events[j].name);
        fprintf(out, " not counted: %s", reason);
        fclose(out);
        cck_text_line(report, "note", text);
        free(text);
    }
}

/* Cells that show "-" although the event was counted elsewhere. */
static void write_holes(const cck_text_report *report)
{
    const cck_result *result = report->result;
    size_t rows = 0;
    const char *reason = NULL;
    for (size_t i = 0; i < result->row_count; i++) {
        const char *found = NULL;
        for (size_t j = 0; !found && j < result->event_count; j++)
            if (!result->total.values[j].not_counted)
                found = result->rows[i].values[j].not_counted;
        rows += found != NULL;
        reason = reason ? reason : found;
    }
    if (!rows)
        return;
    char text[320], number[CCK_NUMBER_SIZE];
    cck_number_grouped(number, rows);
    snprintf(text, sizeof text, "- in %s %s: %.200s", number, rows == 1 ? "row" : "rows", reason);
    cck_text_line(report, "note", text);
}

/* All of them: the first line says so. Some of them: say which. */
static void write_user_only(const cck_text_report *report)
{
    const cck_result *result = report->result;
    char *text = NULL;
    size_t size, names = 0;
    if (result->source.evidence == CCK_SIMULATED)
        return;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    for (size_t i = 0; i < result->event_count; i++)
        if (result->events[i].user_only)
            fprintf(out, "%s%s", names++ ? ", " : "", result->events[i].name);
    fputs(": user mode only, the kernel's work is not in it", out);
    fclose(out);
    if (names && names < result->event_count)
        cck_text_line(report, "note", text);
    free(text);
}

static void write_multiplexed(const cck_text_report *report)
{
    const cck_result *result = report->result;
    for (size_t i = 0; result->total.values && i < result->event_count; i++) {
        const cck_value *value = &result->total.values[i];
        if (value->not_counted || value->running >= 0.995)
            continue;
        cck_text_line(report, "note",
                      "a share in (%) is the part of the time an event was on a counter: its "
                      "count is scaled up; count fewer events at a time with -e for exact ones");
        return;
    }
}

static void write_notes(const cck_text_report *report)
{
    const cck_result *result = report->result;
    char text[256], number[CCK_NUMBER_SIZE];
    write_not_counted(report);
    write_holes(report);
    write_multiplexed(report);
    write_user_only(report);
    if (!result->total.residency_count && result->total.residency_unknown && result->row_count &&
        result->source.evidence != CCK_SIMULATED && result->source.evidence != CCK_WATCHED) {
        snprintf(text, sizeof text, "where the threads ran is not known: %.180s",
                 result->total.residency_unknown);
        cck_text_line(report, "note", text);
    }
    if (result->lost_records) {
        cck_number_grouped(number, result->lost_records);
        snprintf(text, sizeof text, "the kernel dropped %s %s", number,
                 result->source.evidence == CCK_WATCHED
                     ? "samples or hits: less was seen than happened"
                     : "records; the totals are whole, what it cost single threads is in the rest "
                       "row");
        cck_text_line(report, "note", text);
    }
    for (size_t i = 0; i < result->source.note_count; i++)
        cck_text_line(report, "note", result->source.notes[i]);
}

static void write_end(const cck_text_report *report)
{
    const cck_target_info *target = &report->result->target;
    char text[160];
    if (!target->argc && !target->pid)
        return; /* nothing ran */
    if (!target->exited) {
        snprintf(text, sizeof text, "the target was still running%s (PID %d)",
                 target->interrupted ? " when the counting was stopped" : "", target->pid);
    } else if (target->signal) {
        const char *name = sigabbrev_np(target->signal);
        snprintf(text, sizeof text, "the target was killed by signal %d%s%s%s%s", target->signal,
                 name ? " (SIG" : "", name ? name : "", name ? ")" : "",
                 target->interrupted ? ", as was asked for" : "");
        cck_ink_on(report, CCK_INK_RED);
    } else if (target->exit_code > 0) {
        snprintf(text, sizeof text, "the target exited with status %d", target->exit_code);
        cck_ink_on(report, CCK_INK_RED);
    } else if (target->attached && target->exit_code < 0) {
        snprintf(text, sizeof text, "process %d ended meanwhile; only its parent knows how",
                 target->pid);
    } else if (target->interrupted) {
        snprintf(text, sizeof text, "the run was interrupted: these are the counts until then");
    } else {
        return;
    }
    cck_text_line(report, "end", text);
    cck_ink_off(report);
}

void cck_text_foot(const cck_text_report *report)
{
    putc('\n', report->out);
    write_notes(report);
    write_end(report);
    char *next = cck_report_next(report->result);
    if (next) {
        cck_ink_on(report, CCK_INK_DIM);
        fprintf(report->out, "%-9s", "next");
        cck_ink_off(report);
        cck_text_write(report->out, next, UINT_MAX, report->utf8); /* one line, to be copied */
        putc('\n', report->out);
    }
    free(next);
}
