/* SPDX-License-Identifier: MIT */
#include "core/base/table.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"

enum { GAP = 2, CELL_SIZE = 192 };

void cck_table_column(cck_table *table, cck_column column)
{
    if (table->column_count < CCK_TABLE_COLUMNS)
        table->columns[table->column_count++] = column;
}

void cck_table_cell(cck_table *table, cck_cell cell)
{
    if (table->cell_count == table->cell_capacity) {
        size_t capacity = table->cell_capacity ? 2 * table->cell_capacity : 64;
        cck_cell *grown = realloc(table->cells, capacity * sizeof *grown);
        if (!grown) {
            table->failed = true;
            return;
        }
        table->cells = grown;
        table->cell_capacity = capacity;
    }
    table->cells[table->cell_count++] = cell;
}

cck_cell cck_cell_text(const char *text)
{
    return (cck_cell){.kind = CCK_CELL_TEXT, .text = text};
}

cck_cell cck_cell_count(uint64_t count)
{
    return (cck_cell){.kind = CCK_CELL_COUNT, .count = count};
}

cck_cell cck_cell_number(cck_cell_kind kind, double number)
{
    return (cck_cell){.kind = kind, .number = number};
}

cck_cell cck_cell_missing(const char *why)
{
    return (cck_cell){.kind = CCK_CELL_MISSING, .text = why};
}

void cck_table_clear(cck_table *table)
{
    free(table->cells);
    *table = (cck_table){0};
}

static void write_number(const cck_cell *cell, bool exact, char number[CCK_NUMBER_SIZE])
{
    switch (cell->kind) {
    case CCK_CELL_COUNT:
        if (exact || cell->count < 1000000)
            cck_number_grouped(number, cell->count);
        else
            cck_number_scaled(number, (double)cell->count);
        break;
    case CCK_CELL_PERCENT:
        cck_number_percent(number, cell->number);
        strcat(number, " %");
        break;
    case CCK_CELL_TIME:
        cck_number_time(number, cell->number);
        break;
    case CCK_CELL_BYTES:
        cck_number_bytes(number, cell->number);
        break;
    case CCK_CELL_NUMBER:
        if (cell->number >= 10000 || cell->number <= -10000)
            cck_number_scaled(number, cell->number);
        else
            cck_number_short(number, cell->number);
        break;
    default:
        memcpy(number, "-", 2);
        break;
    }
}

/* The cell as shown, before any cut. Texts are used as they are. */
static const char *show(const cck_cell *cell, bool exact, char buffer[CELL_SIZE])
{
    char number[CCK_NUMBER_SIZE], share[CCK_NUMBER_SIZE];
    if (cell->kind == CCK_CELL_TEXT)
        return cell->text;
    write_number(cell, exact, number);
    if (cell->running > 0 && cell->running < 0.995) {
        cck_number_percent(share, 100 * cell->running);
        snprintf(buffer, CELL_SIZE, "%s (%s%%)", number, share);
    } else {
        snprintf(buffer, CELL_SIZE, "%s", number);
    }
    return buffer;
}

typedef struct layout {
    unsigned widths[CCK_TABLE_COLUMNS];
    bool dropped[CCK_TABLE_COLUMNS];
} layout;

static unsigned total_width(const cck_table *table, const layout *plan)
{
    unsigned width = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!plan->dropped[i] && plan->widths[i])
            width += plan->widths[i] + (width ? GAP : 0);
    return width;
}

static void measure(const cck_table *table, const cck_table_style *style, layout *plan)
{
    for (size_t i = 0; i < table->column_count; i++)
        plan->widths[i] =
            style->untitled ? 0 : cck_text_width(table->columns[i].title, style->utf8);
    for (size_t i = 0; i < table->cell_count; i++) {
        char buffer[CELL_SIZE];
        unsigned width = cck_text_width(show(&table->cells[i], style->exact, buffer), style->utf8);
        unsigned *most = &plan->widths[i % table->column_count];
        *most = width > *most ? width : *most;
    }
}

/* Whether column `a` should be cut before `b`: what could go altogether first. */
static bool cut_before(const cck_table *table, const layout *plan, size_t a, size_t b)
{
    if (table->columns[a].drop != table->columns[b].drop)
        return table->columns[a].drop > table->columns[b].drop;
    return plan->widths[a] > plan->widths[b];
}

/* Cut a text column, by as little as helps. */
static bool shrink(const cck_table *table, layout *plan, unsigned excess, bool last)
{
    size_t chosen = SIZE_MAX;
    for (size_t i = 0; i < table->column_count; i++)
        if (!plan->dropped[i] && table->columns[i].shrink &&
            (last || !table->columns[i].cut_last) && plan->widths[i] > table->columns[i].shrink &&
            (chosen == SIZE_MAX || cut_before(table, plan, i, chosen)))
            chosen = i;
    if (chosen == SIZE_MAX)
        return false;
    unsigned spare = plan->widths[chosen] - table->columns[chosen].shrink;
    plan->widths[chosen] -= spare < excess ? spare : excess;
    return true;
}

static bool drop(const cck_table *table, layout *plan)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < table->column_count; i++)
        if (!plan->dropped[i] && table->columns[i].drop &&
            (first == SIZE_MAX || table->columns[i].drop > table->columns[first].drop))
            first = i;
    if (first == SIZE_MAX)
        return false;
    plan->dropped[first] = true;
    return true;
}

/* What a dropped column leaves free goes back to the texts that were cut for it. */
static void fit(const cck_table *table, const cck_table_style *style, layout *plan)
{
    unsigned room = style->width > style->indent ? style->width - style->indent : 1;
    layout whole = *plan;
    for (unsigned width; (width = total_width(table, plan)) > room;) {
        if (shrink(table, plan, width - room, false))
            continue;
        if (!drop(table, plan)) {
            if (shrink(table, plan, width - room, true))
                continue;
            break; /* nothing left to give */
        }
        memcpy(plan->widths, whole.widths, sizeof whole.widths);
    }
}

static void pad(FILE *out, unsigned columns)
{
    for (; columns; columns--)
        putc(' ', out);
}

/* One line. No blanks at its end: they make diffs and copies ugly. */
static void print_line(const cck_table *table, const cck_table_style *style, const layout *plan,
                       const cck_cell *cells, FILE *out)
{
    unsigned owed = style->indent;
    for (size_t i = 0; i < table->column_count; i++) {
        if (plan->dropped[i] || !plan->widths[i])
            continue;
        char buffer[CELL_SIZE];
        const char *text = cells ? show(&cells[i], style->exact, buffer) : table->columns[i].title;
        unsigned width = cck_text_width(text, style->utf8), room = plan->widths[i];
        unsigned blank = width < room ? room - width : 0;
        if (!table->columns[i].left)
            owed += blank;
        if (*text) {
            pad(out, owed);
            cck_text_write(out, text, room, style->utf8);
            owed = 0;
        }
        if (table->columns[i].left || !*text)
            owed += *text ? blank : table->columns[i].left ? room : 0;
        owed += GAP;
    }
    putc('\n', out);
}

/* All columns: a page has no width that is known. */
static void print_markdown(const cck_table *table, const cck_table_style *style, FILE *out)
{
    for (size_t i = 0; i < table->column_count; i++) {
        fputs("| ", out);
        style->markdown(out, table->columns[i].title);
        putc(' ', out);
    }
    fputs("|\n", out);
    for (size_t i = 0; i < table->column_count; i++)
        fputs(table->columns[i].left ? "|---" : "|---:", out);
    fputs("|\n", out);
    for (size_t i = 0; i < table->cell_count; i++) {
        char buffer[CELL_SIZE];
        bool last = (i + 1) % table->column_count == 0;
        fputs("| ", out);
        style->markdown(out, show(&table->cells[i], style->exact, buffer));
        fputs(last ? " |\n" : " ", out);
    }
}

void cck_table_print(const cck_table *table, const cck_table_style *style, FILE *out)
{
    layout plan = {0};
    if (!table->column_count || table->failed)
        return;
    if (style->markdown) {
        print_markdown(table, style, out);
        return;
    }
    measure(table, style, &plan);
    fit(table, style, &plan);
    if (!style->untitled)
        print_line(table, style, &plan, NULL, out);
    for (size_t i = 0; i + table->column_count <= table->cell_count; i += table->column_count)
        print_line(table, style, &plan, &table->cells[i], out);
}

/* Spreadsheets take such text for a formula, and work it out: OWASP, "CSV Injection". */
static bool is_formula(const char *text)
{
    return *text == '=' || *text == '+' || *text == '@' || (*text == '-' && text[1]);
}

/* Names come from outside: nothing in them reaches a terminal or a spreadsheet as it is. */
static void write_quoted(FILE *out, const char *text)
{
    char *clean = NULL;
    size_t size;
    FILE *cleaner = open_memstream(&clean, &size);
    if (!cleaner)
        return;
    if (is_formula(text))
        putc('\'', cleaner);
    cck_text_write(cleaner, text, UINT_MAX, true);
    if (fclose(cleaner) != 0) {
        free(clean);
        return;
    }
    bool quoted = strpbrk(clean, "\",\r\n") != NULL;
    if (quoted)
        putc('"', out);
    for (const char *at = clean; *at; at++) {
        if (*at == '"')
            putc('"', out);
        putc(*at, out);
    }
    if (quoted)
        putc('"', out);
    free(clean);
}

void cck_csv_cell(FILE *out, const cck_cell *cell, bool first)
{
    char number[CCK_NUMBER_SIZE];
    if (!first)
        putc(',', out);
    if (cell->kind == CCK_CELL_TEXT) {
        write_quoted(out, cell->text);
    } else if (cell->kind == CCK_CELL_COUNT) {
        fprintf(out, "%" PRIu64, cell->count);
    } else if (cell->kind != CCK_CELL_MISSING) {
        cck_number_exact(number, cell->number);
        fputs(number, out);
    }
}

void cck_csv_end(FILE *out)
{
    fputs("\r\n", out);
}
