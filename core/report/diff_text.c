/* SPDX-License-Identifier: MIT */
/* A diff for people: what was compared, the numbers, threads, findings, one sentence. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/report/diff_words.h"
#include "core/report/diff_writers.h"
#include "core/report/text.h"
#include "core/result/words.h"

typedef struct diff_report {
    const cck_diff *diff;
    cck_text_report text; /* ink, width */
    cck_arena arena;      /* of cells */
} diff_report;

static const char *keep(diff_report *report, const char *text)
{
    const char *copy = cck_arena_strdup(&report->arena, text);
    return copy ? copy : "";
}

static void say(diff_report *report, const char *label,
                void (*write)(const cck_diff *diff, FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    write(report->diff, out);
    fclose(out);
    if (text && *text)
        cck_text_line(&report->text, label, text);
    free(text);
}

static void write_side(diff_report *report, const char *label, const cck_result *result,
                       const char *name)
{
    uint32_t runs = result->elapsed_spread.runs > 1 ? result->elapsed_spread.runs : 1;
    char text[512];
    snprintf(text, sizeof text, "%.200s: %s, %s by the %s backend, %" PRIu32 " run%s", name,
             result->command,
             result->source.evidence == CCK_SIMULATED
                 ? "MODELLED, not measured,"
                 : cck_word_of(cck_evidence_words, (int)result->source.evidence),
             result->source.backend, runs, runs == 1 ? "" : "s");
    cck_text_line(&report->text, label, text);
}

static void write_head(diff_report *report)
{
    const cck_diff *diff = report->diff;
    write_side(report, "before", diff->before, diff->before_name);
    write_side(report, "after", diff->after, diff->after_name);
    for (size_t i = 0; i < diff->obstacle_count; i++) {
        cck_ink_on(&report->text, CCK_INK_RED);
        cck_text_line(&report->text, diff->forced ? "forced" : "differs", diff->obstacles[i]);
        cck_ink_off(&report->text);
    }
    for (size_t i = 0; i < diff->note_count; i++)
        cck_text_line(&report->text, "note", diff->notes[i]);
}

static void add_change(diff_report *report, cck_table *table, const char *what,
                       const cck_delta *change)
{
    char text[CCK_DIFF_TEXT];
    cck_table_cell(table, cck_cell_text(what));
    cck_diff_value(change, change->before, text);
    cck_table_cell(table, cck_cell_text(keep(report, text)));
    cck_diff_value(change, change->after, text);
    cck_table_cell(table, cck_cell_text(keep(report, text)));
    cck_diff_share(change->change, text);
    cck_table_cell(table, cck_cell_text(keep(report, text)));
    cck_diff_interval(change, text);
    cck_table_cell(table, cck_cell_text(keep(report, text)));
    cck_diff_p(change, text);
    cck_table_cell(table, cck_cell_text(keep(report, text)));
    cck_table_cell(table, cck_cell_text(cck_word_of(cck_change_words, (int)change->verdict)));
}

static void add_columns(cck_table *table, const char *first)
{
    static const cck_column rest[] = {
        {.title = "before"},       {.title = "after"},
        {.title = "change"},       {.title = "95 % interval", .drop = 1},
        {.title = "p", .drop = 2}, {.title = "verdict", .left = true}};
    cck_table_column(table,
                     (cck_column){.title = first, .left = true, .shrink = 20, .cut_last = true});
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        cck_table_column(table, rest[i]);
}

static void print(diff_report *report, cck_table *table)
{
    const cck_table_style style = {
        .width = report->text.width, .indent = 0, .utf8 = report->text.utf8};
    putc('\n', report->text.out);
    cck_table_print(table, &style, report->text.out);
    cck_table_clear(table);
}

static void write_changes(diff_report *report)
{
    const cck_diff *diff = report->diff;
    const cck_delta **sorted = cck_diff_sorted(diff);
    cck_table table = {0};
    add_columns(&table, "");
    for (size_t i = 0; sorted && i < diff->change_count; i++)
        if (sorted[i]->verdict != CCK_CHANGE_NOT_COMPARABLE) {
            char label[CCK_DIFF_TEXT];
            cck_diff_label(sorted[i], label);
            add_change(report, &table, keep(report, label), sorted[i]);
        }
    if (table.cell_count)
        print(report, &table);
    cck_table_clear(&table);
    free(sorted);
}

/* "LLC-loads, ipc: why", once for each reason. */
static void write_not_compared(diff_report *report)
{
    const cck_diff *diff = report->diff;
    for (size_t i = 0; i < diff->change_count; i++) {
        const char *why = diff->changes[i].why;
        bool first = diff->changes[i].verdict == CCK_CHANGE_NOT_COMPARABLE;
        for (size_t j = 0; first && j < i; j++)
            first = diff->changes[j].verdict != CCK_CHANGE_NOT_COMPARABLE ||
                    strcmp(diff->changes[j].why, why) != 0;
        char *text = NULL;
        size_t size, names = 0;
        FILE *out = first ? open_memstream(&text, &size) : NULL;
        if (!out)
            continue;
        for (size_t j = i; j < diff->change_count; j++)
            if (diff->changes[j].verdict == CCK_CHANGE_NOT_COMPARABLE &&
                strcmp(diff->changes[j].why, why) == 0)
                fprintf(out, "%s%s", names++ ? ", " : "", diff->changes[j].name);
        fprintf(out, " not comparable: %s", why);
        fclose(out);
        cck_text_line(&report->text, "note", text);
        free(text);
    }
}

static const char *thread_label(diff_report *report, const cck_thread_change *thread)
{
    const char *label = cck_arena_printf(&report->arena, "%s  %d, %d", thread->after->name,
                                         thread->before->tid, thread->after->tid);
    return label ? label : "";
}

static void write_threads(diff_report *report)
{
    const cck_diff *diff = report->diff;
    size_t event = cck_diff_main_event(diff), count = report->text.rows;
    if (diff->thread_count < 2 || event == diff->before->event_count)
        return;
    cck_thread_change *top = cck_diff_top_threads(diff, event, &count);
    cck_table table = {0};
    const char *title =
        cck_arena_printf(&report->arena, "threads, by %s", diff->before->events[event].name);
    add_columns(&table, title ? title : "threads");
    for (size_t i = 0; i < count; i++) {
        cck_delta change = cck_diff_thread(diff, &top[i], event);
        add_change(report, &table, thread_label(report, &top[i]), &change);
    }
    if (count)
        print(report, &table);
    cck_table_clear(&table);
    free(top);
    size_t gone = 0, come = 0;
    for (size_t i = 0; i < diff->thread_count; i++) {
        gone += !diff->threads[i].after;
        come += !diff->threads[i].before;
    }
    fprintf(report->text.out, "%zu threads in both", diff->threads_matched);
    if (count < diff->threads_matched)
        fprintf(report->text.out, ", of which those that changed most are shown");
    if (gone || come)
        fprintf(report->text.out, "; %zu only before, %zu only after", gone, come);
    putc('\n', report->text.out);
}

static void write_finding(diff_report *report, const cck_finding_change *change)
{
    const cck_finding *finding = change->after ? change->after : change->before;
    bool bad = change->status <= CCK_FINDING_WORSE;
    cck_text_report *text = &report->text;
    char head[160];
    if (bad)
        cck_ink_on(text, CCK_INK_RED);
    fprintf(text->out, "%-10s", cck_word_of(cck_finding_status_words, (int)change->status));
    if (bad)
        cck_ink_off(text);
    const char *severity = cck_word_of(cck_severity_words, (int)finding->severity);
    if (change->before && change->after && change->before->severity != change->after->severity)
        snprintf(head, sizeof head, "%s, was %s, [%.60s]: ", severity,
                 cck_word_of(cck_severity_words, (int)change->before->severity), finding->rule);
    else
        snprintf(head, sizeof head, "%s [%.60s]: ", severity, finding->rule);
    const char *line = cck_arena_printf(&report->arena, "%s%s", head, finding->title);
    cck_text_wrap(text->out, line ? line : finding->title, 10, 10, text->width, text->utf8);
}

static void write_findings(diff_report *report)
{
    const cck_diff *diff = report->diff;
    size_t shown = 0;
    if (!diff->finding_count)
        return;
    putc('\n', report->text.out);
    for (size_t i = 0; i < diff->finding_count && shown < report->text.rows; i++, shown++)
        write_finding(report, &diff->findings[i]);
    if (shown < diff->finding_count)
        fprintf(report->text.out, "and %zu more findings\n", diff->finding_count - shown);
}

void cck_diff_put_text(const cck_text_report *text, const cck_diff *diff)
{
    diff_report report = {.diff = diff, .text = *text};
    write_changes(&report);
    putc('\n', text->out);
    write_not_compared(&report);
    say(&report, "method", cck_diff_method);
    cck_arena_clear(&report.arena);
}

void cck_diff_write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    diff_report report = {.diff = subject,
                          .text = {.out = out,
                                   .width = options->width,
                                   .rows = options->rows,
                                   .color = options->color,
                                   .utf8 = options->utf8}};
    write_head(&report);
    write_changes(&report);
    write_threads(&report);
    write_findings(&report);
    putc('\n', out);
    write_not_compared(&report);
    say(&report, "method", cck_diff_method);
    say(&report, "verdict", cck_diff_conclusion);
    cck_arena_clear(&report.arena);
}
