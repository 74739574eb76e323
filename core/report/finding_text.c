/* SPDX-License-Identifier: MIT */
/* Findings as text:
 *
 *   warning[false-sharing]: `struct stats` fields `hits` and `misses` share a line ...
 *     --> src/worker.c:41  heap, 40 bytes, allocated at src/worker.c:88 in start_workers
 *     |  0  hits    <- T3 worker-1  writes   src/worker.c:57 in work
 *     = evidence: ...
 */
#include "core/report/finding_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/report/field_run.h"
#include "core/report/finding_words.h"
#include "core/result/words.h"

enum {
    FINDINGS_SHOWN = 10,
    FIELDS_SHOWN = 8,
    NAME_MOST = 40, /* columns of a field's name */
    INDENT = 4
};

/* ---- pieces, made as strings so that they can be measured and cleaned ---- */

typedef struct text_piece {
    char *text;
    size_t size;
    FILE *out;
} text_piece;

static bool piece_open(text_piece *piece)
{
    piece->text = NULL;
    piece->out = open_memstream(&piece->text, &piece->size);
    return piece->out != NULL;
}

static void piece_close(text_piece *piece)
{
    fclose(piece->out);
}

/* "  = fix: ..." wrapped behind its label. */
static void put_remark(const cck_text_report *report, const char *label, const char *text)
{
    fputs("  = ", report->out);
    cck_ink_on(report, CCK_INK_BOLD);
    fprintf(report->out, "%s:", label);
    cck_ink_off(report);
    putc(' ', report->out);
    unsigned column = INDENT + (unsigned)strlen(label) + 2;
    cck_text_wrap(report->out, text, column, INDENT + 2, report->width, report->utf8);
}

/* ---- head ---- */

static void put_head(const cck_text_report *report, const cck_finding *finding)
{
    bool minor = finding->severity == CCK_SEVERITY_INFO;
    unsigned column = 0;
    cck_ink_on(report, finding->severity >= CCK_SEVERITY_HIGH ? CCK_INK_RED : CCK_INK_YELLOW);
    column += (unsigned)fprintf(report->out, "%s[", minor ? "note" : "warning");
    column += cck_text_write(report->out, finding->rule, NAME_MOST, report->utf8);
    column += (unsigned)fprintf(report->out, "]");
    cck_ink_off(report);
    column += (unsigned)fprintf(report->out, ": ");
    cck_text_wrap(report->out, finding->title, column, INDENT, report->width, report->utf8);
}

static void put_arrow(const cck_text_report *report, const cck_finding *finding)
{
    text_piece piece;
    if (!piece_open(&piece))
        return;
    if (finding->location_count) {
        cck_finding_put_place(piece.out, &finding->locations[0]);
        fputs(": ", piece.out);
    }
    cck_finding_put_object(piece.out, finding);
    piece_close(&piece);
    fputs("  --> ", report->out);
    cck_text_wrap(report->out, piece.text, 6, 6, report->width, report->utf8);
    free(piece.text);
}

/* ---- fields ---- */

typedef struct field_widths {
    unsigned offset, name, thread;
} field_widths;

static void offset_text(const cck_field_use *field, char *buffer, size_t size)
{
    snprintf(buffer, size, "%" PRId64, (int64_t)field->offset);
}

static void widen(unsigned *width, const char *text, bool utf8)
{
    unsigned columns = cck_text_width(text, utf8);
    columns = columns > NAME_MOST ? NAME_MOST : columns;
    *width = columns > *width ? columns : *width;
}

/* The first of each run, and how many follow it in its row. */
typedef struct field_row {
    const cck_field_use *field;
    size_t run;
} field_row;

/* At most `room` rows; how many fields these are. */
static size_t make_rows(const cck_finding *finding, field_row *rows, size_t room, size_t *out_count)
{
    size_t at = 0, count = 0;
    while (at < finding->field_count && count < room) {
        size_t run = cck_field_run(&finding->fields[at], finding->field_count - at);
        rows[count++] = (field_row){&finding->fields[at], run};
        at += run;
    }
    *out_count = count;
    return at;
}

static field_widths measure(const cck_text_report *report, const field_row *rows, size_t count)
{
    field_widths widths = {0};
    char text[300];
    for (size_t i = 0; i < count; i++) {
        offset_text(rows[i].field, text, sizeof text);
        widen(&widths.offset, text, report->utf8);
        cck_field_run_name(rows[i].field, rows[i].run, text, sizeof text);
        widen(&widths.name, text, report->utf8);
        cck_field_thread(rows[i].field, text, sizeof text);
        widen(&widths.thread, text, report->utf8);
    }
    return widths;
}

static void put_cell(const cck_text_report *report, const char *text, unsigned width)
{
    unsigned columns = cck_text_write(report->out, text, width, report->utf8);
    fprintf(report->out, "%*s", (int)(width - columns), "");
}

static void put_field(const cck_text_report *report, const field_row *row,
                      const field_widths *widths)
{
    const cck_field_use *field = row->field;
    char text[300];
    text_piece piece;
    offset_text(field, text, sizeof text);
    fprintf(report->out, "  |  %*s  ", (int)widths->offset, text);
    cck_field_run_name(field, row->run, text, sizeof text);
    put_cell(report, text, widths->name);
    fputs("  <- ", report->out);
    cck_field_thread(field, text, sizeof text);
    put_cell(report, text, widths->thread);
    fprintf(report->out, "  %s%s", field->atomic ? "atomically " : "", cck_field_verb(field));
    if (piece_open(&piece)) {
        cck_finding_put_place(piece.out, &field->location);
        piece_close(&piece);
        if (*piece.text) {
            fputs("  ", report->out);
            cck_text_write(report->out, piece.text, 1000, report->utf8);
        }
        free(piece.text);
    }
    putc('\n', report->out);
}

static void put_fields(const cck_text_report *report, const cck_finding *finding)
{
    size_t room = report->verbose ? finding->field_count : FIELDS_SHOWN;
    field_row few[FIELDS_SHOWN], *rows = room > FIELDS_SHOWN ? malloc(room * sizeof *rows) : few;
    if (!rows) {
        rows = few;
        room = FIELDS_SHOWN;
    }
    size_t count, shown = make_rows(finding, rows, room, &count);
    field_widths widths = measure(report, rows, count);
    for (size_t i = 0; i < count; i++)
        put_field(report, &rows[i], &widths);
    if (shown < finding->field_count)
        fprintf(report->out, "  |  and %zu more\n", finding->field_count - shown);
    if (rows != few)
        free(rows);
}

/* ---- remarks ---- */

static void put_evidence(const cck_text_report *report, const cck_finding *finding)
{
    text_piece piece;
    if (!piece_open(&piece))
        return;
    cck_finding_put_evidence(piece.out, finding);
    piece_close(&piece);
    put_remark(report, "evidence", piece.text);
    free(piece.text);
}

static void put_cost(const cck_text_report *report, const cck_finding *finding)
{
    text_piece piece;
    if (!*finding->evidence.cost_text || !piece_open(&piece))
        return;
    fprintf(piece.out, "%s, %s", cck_word_of(cck_severity_words, (int)finding->severity),
            finding->evidence.cost_text);
    piece_close(&piece);
    put_remark(report, "cost", piece.text);
    free(piece.text);
}

static void put_suggestion(const cck_text_report *report, const char *label,
                           const cck_suggestion *suggestion)
{
    text_piece piece;
    if (!*suggestion->text || !piece_open(&piece))
        return;
    cck_finding_put_suggestion(piece.out, suggestion);
    piece_close(&piece);
    put_remark(report, label, piece.text);
    free(piece.text);
    for (const char *at = suggestion->code; *at;) {
        size_t length = strcspn(at, "\n");
        char *line = strndup(at, length);
        if (line) {
            fputs("          ", report->out);
            cck_text_write(report->out, line, report->width, report->utf8);
            putc('\n', report->out);
        }
        free(line);
        at += length + (at[length] == '\n');
    }
}

static void put_fix(const cck_text_report *report, const cck_finding *finding)
{
    put_suggestion(report, "fix", &finding->suggestion);
    for (size_t i = 0; report->verbose && i < finding->suggestion.variant_count; i++)
        put_suggestion(report, "or", &finding->suggestion.variants[i]);
}

static void put_allocation(const cck_text_report *report, const cck_finding *finding)
{
    text_piece piece;
    for (size_t i = 1; report->verbose && i < finding->allocation_count; i++) {
        if (!piece_open(&piece))
            return;
        cck_finding_put_place(piece.out, &finding->allocation[i]);
        piece_close(&piece);
        put_remark(report, "called from", piece.text);
        free(piece.text);
    }
}

void cck_finding_write_text(const cck_text_report *report, const cck_finding *finding)
{
    put_head(report, finding);
    put_arrow(report, finding);
    put_fields(report, finding);
    put_allocation(report, finding);
    put_evidence(report, finding);
    put_cost(report, finding);
    put_fix(report, finding);
    for (size_t i = 0; i < finding->note_count; i++)
        put_remark(report, "note", finding->notes[i]);
}

/* ---- all of them ---- */

static void put_rest(const cck_text_report *report, uint64_t rest)
{
    char number[CCK_NUMBER_SIZE];
    if (!rest)
        return;
    cck_number_grouped(number, rest);
    fprintf(report->out, "\nand %s more finding%s%s\n", number, rest == 1 ? "" : "s",
            report->result->findings_left_out < rest ? " (show them: --top N, or --format json)"
                                                     : "");
}

static void put_predictions(const cck_text_report *report)
{
    const cck_result *result = report->result;
    if (result->what_if_count)
        putc('\n', report->out);
    for (size_t i = 0; i < result->what_if_count; i++) {
        fputs("what if  ", report->out);
        cck_text_wrap(report->out, result->what_if[i].text, 9, 9, report->width, report->utf8);
    }
}

void cck_findings_write_text(const cck_text_report *report)
{
    const cck_result *result = report->result;
    size_t most = report->rows ? report->rows : FINDINGS_SHOWN;
    size_t shown = result->finding_count < most ? result->finding_count : most;
    cck_text_head(report);
    for (size_t i = 0; i < shown; i++) {
        putc('\n', report->out);
        cck_finding_write_text(report, &result->findings[i]);
    }
    put_rest(report, result->finding_count - shown + result->findings_left_out);
    put_predictions(report);
    cck_text_foot(report);
}
