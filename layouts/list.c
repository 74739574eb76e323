/* SPDX-License-Identifier: MIT */
/* Types a line each: --sizes, --holes, --contains. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/table.h"
#include "core/report/markdown_text.h"
#include "layouts/view.h"

static bool shows_member(const cck_view_page *page)
{
    return page->view.kind == CCK_VIEW_CONTAINS;
}

/* A number as it is wanted; strings live in the page's arena. */
static cck_cell number_cell(cck_view_page *page, uint64_t number)
{
    if (!page->view.hex)
        return cck_cell_count(number);
    const char *text = cck_arena_printf(&page->arena, "0x%" PRIx64, number);
    return cck_cell_text(text ? text : "");
}

static cck_cell place_cell(cck_view_page *page, const cck_type *type)
{
    const char *text = *type->file && type->line
                           ? cck_arena_printf(&page->arena, "%s:%" PRIu32, type->file, type->line)
                           : type->file;
    return cck_cell_text(text ? text : "");
}

static void add_columns(cck_table *table, const cck_view_page *page)
{
    static const char *const numbers[] = {"size", "align", "lines", "members", "holes", "unused"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cck_table_column(table, (cck_column){.title = numbers[i]});
    cck_table_column(table, (cck_column){.title = "type", .left = true, .shrink = 24});
    if (shows_member(page)) {
        cck_table_column(table, (cck_column){.title = "at"});
        cck_table_column(table, (cck_column){.title = "member", .left = true, .shrink = 16});
    }
    cck_table_column(table, (cck_column){.title = "declared", .left = true, .drop = 1});
}

static void add_row(cck_table *table, cck_view_page *page, const cck_view_row *row)
{
    cck_table_cell(table, number_cell(page, row->type->size));
    cck_table_cell(table, number_cell(page, row->type->align));
    cck_table_cell(table, cck_cell_count(row->lines));
    cck_table_cell(table, cck_cell_count(row->members));
    cck_table_cell(table, cck_cell_count(row->holes));
    cck_table_cell(table, number_cell(page, row->hole_bytes + row->padding));
    cck_table_cell(table, cck_cell_text(cck_type_label(row->type)));
    if (shows_member(page)) {
        cck_table_cell(table, number_cell(page, row->offset));
        cck_table_cell(table, cck_cell_text(row->member));
    }
    cck_table_cell(table, place_cell(page, row->type));
}

static void put_summary(const cck_view_page *page, size_t shown, FILE *out)
{
    char number[CCK_NUMBER_SIZE], all[CCK_NUMBER_SIZE];
    cck_number_grouped(number, page->count);
    cck_number_grouped(all, page->corpus.type_count);
    fprintf(out, "%s%s of %s types", shown ? "\n" : "", number, all);
    if (page->view.kind == CCK_VIEW_HOLES)
        fputs(" have holes", out);
    if (shows_member(page))
        fprintf(out, " contain %s", page->view.type);
    fprintf(out, "; lines of %u bytes\n", page->line);
    if (shown < page->count) {
        cck_number_grouped(number, page->count - shown);
        fprintf(out, "%s more: --top N, or --format csv for all\n", number);
    }
}

/* A listing is there to be read through, so more than the ten rows of reports. */
static size_t rows_shown(const cck_view_page *page, const cck_report_options *options)
{
    enum { REPORT_ROWS = 10, ROWS = 100 };
    size_t most = options->rows == REPORT_ROWS ? ROWS : options->rows;
    return page->count < most ? page->count : most;
}

static void write_table(const void *subject, FILE *out, const cck_report_options *options,
                        const cck_table_style *style)
{
    /* Texts of cells are made as they are needed: only the arena changes. */
    cck_view_page *page = (cck_view_page *)(uintptr_t)subject;
    cck_table table = {0};
    size_t shown = rows_shown(page, options);
    add_columns(&table, page);
    for (size_t i = 0; i < shown; i++)
        add_row(&table, page, &page->rows[i]);
    if (shown)
        cck_table_print(&table, style, out);
    cck_table_clear(&table);
    put_summary(page, shown, out);
}

void cck_view_write_table(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_table_style style = {.width = options->width, .utf8 = options->utf8, .exact = true};
    write_table(subject, out, options, &style);
}

void cck_view_write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_table_style style = {.exact = true, .markdown = cck_markdown_text};
    fputs("### cachecheck layout\n\n", out);
    write_table(subject, out, options, &style);
}

void cck_view_write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    static const char *const titles[] = {"type",    "size",  "align",      "lines",
                                         "members", "holes", "hole_bytes", "padding",
                                         "file",    "line",  "member",     "offset"};
    const cck_view_page *page = subject;
    (void)options;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        cck_cell cell = cck_cell_text(titles[i]);
        cck_csv_cell(out, &cell, i == 0);
    }
    cck_csv_end(out);
    for (size_t i = 0; i < page->count; i++) {
        const cck_view_row *row = &page->rows[i];
        const cck_cell cells[] = {
            cck_cell_text(cck_type_label(row->type)),
            cck_cell_count(row->type->size),
            cck_cell_count(row->type->align),
            cck_cell_count(row->lines),
            cck_cell_count(row->members),
            cck_cell_count(row->holes),
            cck_cell_count(row->hole_bytes),
            cck_cell_count(row->padding),
            cck_cell_text(row->type->file),
            cck_cell_count(row->type->line),
            cck_cell_text(row->member),
            cck_cell_count(row->offset),
        };
        for (size_t j = 0; j < sizeof cells / sizeof *cells; j++)
            cck_csv_cell(out, &cells[j], j == 0);
        cck_csv_end(out);
    }
}
