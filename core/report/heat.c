/* SPDX-License-Identifier: MIT */
/* Matrices as heat maps: tables whose cells are coloured, so that they are read, copied and spoken as
 * the tables they are. */
#include <stdlib.h>
#include <string.h>

#include "core/base/number.h"
#include "core/base/text.h"
#include "core/machine/measurement.h"
#include "core/machine/samples.h"
#include "core/report/html_page.h"
#include "core/report/picture.h"

enum { LEVELS = 10, TEXT = 96, ALL = 1 << 16 };

unsigned cck_heat_level(double value, double least, double most)
{
    if (!(most > least) || most < 1.1 * least || !(value > least))
        return 0;
    double level = (value - least) / (most - least) * LEVELS;
    return level < LEVELS ? (unsigned)level : LEVELS - 1;
}

typedef struct extremes {
    size_t least, most, known;
} extremes;

static extremes find_extremes(const cck_grid *grid)
{
    extremes found = {0};
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++) {
        if (!grid->cells[i].samples)
            continue;
        if (!found.known || grid->cells[i].median < grid->cells[found.least].median)
            found.least = i;
        if (!found.known || grid->cells[i].median > grid->cells[found.most].median)
            found.most = i;
        found.known++;
    }
    return found;
}

static void put_place(FILE *out, const cck_grid *grid, size_t cell)
{
    char text[TEXT];
    cck_figure_print(text, sizeof text, &grid->cells[cell], true);
    fputs(text, out);
    fputc(' ', out);
    cck_text_write_markup(out, grid->unit, ALL);
    fputs(" (", out);
    cck_text_write_markup(out, grid->row_is, ALL);
    fputc(' ', out);
    cck_text_write_markup(out, cck_grid_label(grid, cell / grid->column_count, text), ALL);
    if (grid->column_count > 1) {
        fputs(", ", out);
        cck_text_write_markup(out, grid->column_is, ALL);
        fputs(*grid->column_is ? " " : "", out);
        cck_text_write_markup(out, grid->columns[cell % grid->column_count], ALL);
    }
    fputc(')', out);
}

void cck_grid_words(FILE *out, const cck_grid *grid)
{
    extremes found = find_extremes(grid);
    if (!found.known) {
        const char *why = cck_grid_missing(grid);
        fputs("Nothing could be measured: ", out);
        cck_text_write_markup(out, why ? why : "there is only one CPU for us", ALL);
        fputc('.', out);
        return;
    }
    if (found.known == 1 || found.least == found.most) {
        put_place(out, grid, found.least);
        fputc('.', out);
        return;
    }
    fputs("From ", out);
    put_place(out, grid, found.least);
    fputs(" to ", out);
    put_place(out, grid, found.most);
    fputc('.', out);
}

static void put_cell(FILE *out, const cck_grid *grid, const extremes *ends, size_t at)
{
    const cck_figure *figure = &grid->cells[at];
    char text[TEXT];
    if (!figure->samples) {
        fputs("<td class=\"num none\" title=\"", out);
        cck_text_write_markup(out, figure->unknown, ALL);
        fputs("\">\xe2\x80\x93</td>", out);
        return;
    }
    cck_figure_print(text, sizeof text, figure, true);
    if (grid->matrix)
        fprintf(out, "<td class=\"num h%u\"",
                cck_heat_level(figure->median, grid->cells[ends->least].median,
                               grid->cells[ends->most].median));
    else
        fputs("<td class=\"num\"", out);
    fprintf(out, " title=\"%u samples, %u dropped\">%s%s</td>", figure->samples, figure->dropped,
            cck_figure_noisy(figure) ? "~" : "", text);
}

static void put_head(FILE *out, const cck_grid *grid)
{
    fputs("<thead><tr><th scope=\"col\">", out);
    cck_text_write_markup(out, grid->row_is, ALL);
    if (grid->matrix) {
        fputs(" \\ ", out);
        cck_text_write_markup(out, grid->column_is, ALL);
    }
    fputs("</th>", out);
    for (size_t i = 0; i < grid->column_count; i++) {
        fputs("<th scope=\"col\" class=\"num\">", out);
        cck_text_write_markup(out, grid->columns[i], ALL);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n", out);
}

void cck_html_grid(FILE *out, const cck_grid *grid)
{
    extremes ends = find_extremes(grid);
    char label[CCK_NUMBER_SIZE];
    fputs("<h3>", out);
    cck_text_write_markup(out, grid->title, ALL);
    fputs(" (", out);
    cck_text_write_markup(out, grid->unit, ALL);
    fputs(")</h3>\n<p>", out);
    cck_grid_words(out, grid);
    fputs("<br><small class=\"dim\">", out);
    cck_text_write_markup(out, grid->method, ALL);
    fputs("</small></p>\n", out);
    cck_html_wide(out, grid->title);
    fputs(grid->matrix ? "<table class=\"matrix\" aria-label=\"" : "<table aria-label=\"", out);
    cck_text_write_markup(out, grid->title, ALL);
    fputs("\">\n", out);
    put_head(out, grid);
    fputs("<tbody>\n", out);
    for (size_t row = 0; row < grid->row_count; row++) {
        fputs("<tr><th scope=\"row\">", out);
        cck_text_write_markup(out, cck_grid_label(grid, row, label), ALL);
        fputs("</th>", out);
        for (size_t i = 0; i < grid->column_count; i++)
            put_cell(out, grid, &ends, row * grid->column_count + i);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>", out);
    cck_html_wide_end(out);
}
