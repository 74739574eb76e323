/* SPDX-License-Identifier: MIT */
/* `cachecheck machine --measure` for people: matrices as `numactl -H` prints them, each number
 * with its spread. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/number.h"
#include "core/base/table.h"
#include "core/base/text.h"
#include "core/machine/curve.h"
#include "core/machine/samples.h"
#include "core/report/machine_text.h"
#include "core/report/markdown_text.h"
#include "core/report/measure.h"

enum { CELL = 48, BLOCK = CCK_TABLE_COLUMNS - 1 };

static void put_line(FILE *out, const char *text, unsigned indent,
                     const cck_report_options *options)
{
    cck_text_wrap(out, text, 0, indent, options->width, options->utf8);
}

static void put_when(FILE *out, const cck_measurement_info *info)
{
    char when[32] = "", seconds[CCK_NUMBER_SIZE];
    struct tm date;
    time_t stamp = (time_t)info->when;
    if (gmtime_r(&stamp, &date))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &date);
    cck_number_fixed(seconds, info->seconds, 1);
    fprintf(out, "measured %s, in %s s%s\n", when, seconds, info->quick ? " (quick)" : "");
}

static void put_quality(FILE *out, const cck_measurement_info *info,
                        const cck_report_options *options)
{
    const char *off = options->color ? "\033[0m" : "";
    if (info->noise.noisy)
        fprintf(out, "%sthe machine was noisy%s: take the numbers for a first impression\n",
                options->color ? "\033[33m" : "", off);
    else
        fprintf(out, "%sthe machine was quiet%s\n", options->color ? "\033[32m" : "", off);
    for (size_t i = 0; i < info->remark_count; i++) {
        fputs("  ", out);
        cck_text_wrap(out, info->remarks[i], 2, 4, options->width, options->utf8);
    }
}

/* "~" before what repeats badly. */
static void print_cell(char text[CELL], const cck_figure *figure, bool utf8)
{
    char number[CELL - 2];
    cck_figure_print(number, sizeof number, figure, utf8);
    snprintf(text, CELL, "%s%s", cck_figure_noisy(figure) ? "~" : "", number);
}

/* Of a long list of sizes the powers of two are enough on a terminal. */
static bool is_shown(const cck_grid *grid, size_t row)
{
    unsigned long long bytes = strtoull(grid->rows[row], NULL, 10);
    return grid->row_count <= 20 || strcmp(grid->row_is, "bytes") != 0 || !(bytes & (bytes - 1));
}

/* Columns from..to, as many as the width takes. */
static void put_block(FILE *out, const cck_grid *grid, size_t from, size_t to,
                      const cck_table_style *style)
{
    cck_table table = {0};
    size_t cells = grid->row_count * (to - from);
    char(*texts)[CELL] = calloc(cells + 1, sizeof *texts);
    char(*labels)[CCK_NUMBER_SIZE] = calloc(grid->row_count + 1, sizeof *labels);
    cck_table_column(&table, (cck_column){.title = grid->row_is});
    for (size_t i = from; i < to; i++)
        cck_table_column(&table, (cck_column){.title = grid->columns[i]});
    for (size_t row = 0, at = 0; texts && labels && row < grid->row_count; row++) {
        if (!is_shown(grid, row))
            continue;
        cck_table_cell(&table, cck_cell_text(cck_grid_label(grid, row, labels[row])));
        for (size_t i = from; i < to; i++, at++) {
            print_cell(texts[at], &grid->cells[row * grid->column_count + i], style->utf8);
            cck_table_cell(&table, cck_cell_text(texts[at]));
        }
    }
    cck_table_print(&table, style, out);
    cck_table_clear(&table);
    free(texts);
    free(labels);
}

static unsigned widest_cell(const cck_grid *grid, bool utf8)
{
    unsigned widest = 4;
    char text[CELL];
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++) {
        print_cell(text, &grid->cells[i], utf8);
        unsigned width = cck_text_width(text, utf8);
        widest = width > widest ? width : widest;
    }
    return widest + 2;
}

static void put_grid(FILE *out, const cck_grid *grid, const cck_report_options *options)
{
    char text[1024];
    const char *why = cck_grid_missing(grid);
    const cck_table_style style = {.width = options->width, .indent = 2, .utf8 = options->utf8};
    unsigned room = options->width > 24 ? options->width - 20 : 4;
    size_t block = room / widest_cell(grid, options->utf8);
    block = block < 1 ? 1 : block > BLOCK ? BLOCK : block;
    snprintf(text, sizeof text, "%s (%s)", grid->title, grid->unit);
    fputc('\n', out);
    put_line(out, text, 2, options);
    if (grid->method && *grid->method) {
        fputs("  ", out);
        cck_text_wrap(out, grid->method, 2, 2, options->width, options->utf8);
    }
    for (size_t from = 0; from < grid->column_count; from += block)
        put_block(out, grid, from,
                  from + block < grid->column_count ? from + block : grid->column_count, &style);
    if (why) {
        snprintf(text, sizeof text, "-: %s", why);
        fputs("  ", out);
        cck_text_wrap(out, text, 2, 5, options->width, options->utf8);
    }
}

static const char *word_of(const cck_measured_cache *cache)
{
    if (!cache->below)
        return "no end in sight";
    if (!cache->modelled)
        return "the topology knows none";
    return cck_curve_agrees(cache) ? "agrees" : "differs";
}

static void put_caches(FILE *out, const cck_measurement_info *info,
                       const cck_report_options *options)
{
    static const char *const titles[] = {"fits", "no longer", "topology", "ns a load"};
    const cck_table_style style = {.width = options->width, .indent = 2, .utf8 = options->utf8};
    cck_table table = {0};
    char names[8][16], latencies[8][CELL];
    if (!info->cache_count)
        return;
    fputs("\nsizes of caches, as the latency by size shows them\n", out);
    fprintf(out, "  pages of %s\n", info->pages);
    cck_table_column(&table, (cck_column){.title = "level", .left = true});
    for (size_t i = 0; i < 4; i++)
        cck_table_column(&table, (cck_column){.title = titles[i]});
    cck_table_column(&table, (cck_column){.title = "", .left = true});
    for (size_t i = 0; i < info->cache_count && i < 8; i++) {
        const cck_measured_cache *cache = &info->caches[i];
        snprintf(names[i], sizeof names[i], cache->below ? "%u" : "beyond", cache->level);
        print_cell(latencies[i], &cache->latency, options->utf8);
        cck_table_cell(&table, cck_cell_text(names[i]));
        cck_table_cell(&table, cck_cell_number(CCK_CELL_BYTES, (double)cache->at_least));
        cck_table_cell(&table, cache->below ? cck_cell_number(CCK_CELL_BYTES, (double)cache->below)
                                            : cck_cell_missing(NULL));
        cck_table_cell(&table, cache->modelled
                                   ? cck_cell_number(CCK_CELL_BYTES, (double)cache->modelled)
                                   : cck_cell_missing(NULL));
        cck_table_cell(&table, cck_cell_text(latencies[i]));
        cck_table_cell(&table, cck_cell_text(word_of(cache)));
    }
    cck_table_print(&table, &style, out);
    cck_table_clear(&table);
}

static void put_conclusions(FILE *out, const cck_measurement_info *info,
                            const cck_report_options *options)
{
    if (info->conclusion_count)
        fputc('\n', out);
    for (size_t i = 0; i < info->conclusion_count; i++) {
        fputs(options->utf8 ? "\xe2\x80\xa2 " : "* ", out);
        cck_text_wrap(out, info->conclusions[i], 2, 2, options->width, options->utf8);
    }
}

void cck_text_measurement(FILE *out, const cck_machine_info *machine,
                          const cck_measurement_info *info, const cck_report_options *options)
{
    cck_text_machine(out, machine, options);
    put_when(out, info);
    put_quality(out, info, options);
    put_conclusions(out, info, options);
    put_caches(out, info, options);
    for (size_t i = 0; i < info->grid_count; i++)
        put_grid(out, &info->grids[i], options);
    fprintf(out, "\nMedians; %s half the distance of the quartiles, or what rounds differ by. "
                 "~: beyond 10 %%, or of one round.\n"
                 "\nnext: cachecheck machine --measured --format html -o machine.html\n",
            options->utf8 ? "\xc2\xb1" : "+-");
}

/* ---- Markdown ---- */

static void put_item(FILE *out, const char *mark, const char *text)
{
    fputs(mark, out);
    cck_markdown_text(out, text);
    putc('\n', out);
}

static void put_grid_markdown(FILE *out, const cck_grid *grid)
{
    const cck_table_style style = {.utf8 = true, .markdown = cck_markdown_text};
    const char *why = cck_grid_missing(grid);
    char title[1024];
    snprintf(title, sizeof title, "%s (%s)", grid->title, grid->unit);
    putc('\n', out);
    put_item(out, "#### ", title);
    if (grid->method && *grid->method)
        put_item(out, "\n", grid->method);
    for (size_t from = 0; from < grid->column_count; from += BLOCK) {
        putc('\n', out);
        put_block(out, grid, from,
                  from + BLOCK < grid->column_count ? from + BLOCK : grid->column_count, &style);
    }
    if (why)
        put_item(out, "\n-: ", why);
}

void cck_markdown_measurement(FILE *out, const cck_machine_info *machine,
                              const cck_measurement_info *info)
{
    fputs("### cachecheck machine --measure\n\n", out);
    cck_markdown_text(out, machine->cpu_model);
    fputs(": ", out);
    put_when(out, info);
    fputs(info->noise.noisy ? "\nThe machine was noisy: take the numbers for a first impression.\n\n"
                            : "\nThe machine was quiet.\n\n",
          out);
    for (size_t i = 0; i < info->remark_count; i++)
        put_item(out, "- ", info->remarks[i]);
    for (size_t i = 0; i < info->conclusion_count; i++)
        put_item(out, "- ", info->conclusions[i]);
    for (size_t i = 0; i < info->grid_count; i++)
        put_grid_markdown(out, &info->grids[i]);
}
