/* SPDX-License-Identifier: MIT */
#include "core/report/csv.h"

#include "core/base/table.h"
#include "core/result/words.h"

static const char *const titles[] = {
    "kind",  "pid",  "tid",   "index", "name",    "process",     "threads",
    "event", "unit", "value", "raw",   "running", "not_counted", "evidence",
};

static cck_cell integer(int64_t number, bool known)
{
    return known ? cck_cell_number(CCK_CELL_NUMBER, (double)number) : cck_cell_missing(NULL);
}

static void write_line(const cck_result *result, const char *kind, const cck_row *row, size_t event,
                       FILE *out)
{
    const cck_value *value = &row->values[event];
    bool counted = !value->not_counted;
    const cck_cell cells[] = {
        cck_cell_text(kind),
        integer(row->pid, row->pid > 0),
        integer(row->tid, row->tid > 0),
        integer(row->index, row->index >= 0),
        cck_cell_text(row->name),
        cck_cell_text(row->process),
        cck_cell_count(row->threads),
        cck_cell_text(result->events[event].name),
        cck_cell_text(result->events[event].unit),
        counted ? cck_cell_count(value->value) : cck_cell_missing(NULL),
        counted ? cck_cell_count(value->raw) : cck_cell_missing(NULL),
        counted ? cck_cell_number(CCK_CELL_NUMBER, value->running) : cck_cell_missing(NULL),
        cck_cell_text(counted ? "" : value->not_counted),
        cck_cell_text(cck_word_of(cck_evidence_words, (int)result->source.evidence)),
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        cck_csv_cell(out, &cells[i], i == 0);
    cck_csv_end(out);
}

void cck_csv_write(const cck_result *result, FILE *out)
{
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        cck_cell title = cck_cell_text(titles[i]);
        cck_csv_cell(out, &title, i == 0);
    }
    cck_csv_end(out);
    for (size_t i = 0; result->total.values && i < result->event_count; i++)
        write_line(result, "total", &result->total, i, out);
    for (size_t i = 0; i < result->row_count; i++)
        for (size_t j = 0; j < result->event_count; j++)
            write_line(result, cck_word_of(cck_row_words, (int)result->rows[i].kind),
                       &result->rows[i], j, out);
}
