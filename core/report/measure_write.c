/* SPDX-License-Identifier: MIT */
/* `cachecheck machine --measure`: the document in all its formats. */
#include "core/base/table.h"
#include "core/machine/machine.h"
#include "core/report/document.h"
#include "core/report/html_page.h"
#include "core/report/measure.h"
#include "core/report/picture.h"

static void write_text(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_measured_machine *measured = subject;
    cck_text_measurement(out, cck_machine_get_info(measured->machine),
                         cck_measurement_get_info(measured->measurement), options);
}

static void write_json(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_measured_machine *measured = subject;
    cck_json json;
    cck_json_begin(&json, out, !options->compact);
    cck_measurement_document(&json, measured->measurement, cck_machine_get_info(measured->machine),
                             measured->machine->parts, measured->machine->part_count);
}

static void put_cell(FILE *out, const cck_grid *grid, size_t at)
{
    const cck_figure *figure = &grid->cells[at];
    const char *const texts[] = {grid->name, grid->rows[at / grid->column_count],
                                 grid->columns[at % grid->column_count], grid->unit};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cck_cell cell = cck_cell_text(texts[i]);
        cck_csv_cell(out, &cell, i == 0);
    }
    const double numbers[] = {figure->median, figure->low, figure->high, figure->drift};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        cck_cell cell = figure->samples && numbers[i] >= 0
                            ? cck_cell_number(CCK_CELL_NUMBER, numbers[i])
                            : cck_cell_missing(NULL);
        cck_csv_cell(out, &cell, false);
    }
    const cck_cell rest[] = {cck_cell_count(figure->samples), cck_cell_count(figure->dropped),
                             cck_cell_text(figure->samples ? "" : figure->unknown)};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        cck_csv_cell(out, &rest[i], false);
    cck_csv_end(out);
}

static void write_csv(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_measured_machine *measured = subject;
    const cck_measurement_info *info = cck_measurement_get_info(measured->measurement);
    (void)options;
    fputs("grid,row,column,unit,median,low,high,drift,samples,dropped,unknown\r\n", out);
    for (size_t i = 0; i < info->grid_count; i++)
        for (size_t at = 0; at < info->grids[i].row_count * info->grids[i].column_count; at++)
            put_cell(out, &info->grids[i], at);
}

static void write_markdown(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_measured_machine *measured = subject;
    (void)options;
    cck_markdown_measurement(out, cck_machine_get_info(measured->machine),
                             cck_measurement_get_info(measured->measurement));
}

static void fill_page(FILE *out, const void *subject)
{
    const cck_measured_machine *measured = subject;
    cck_html_section(out, "measured", "Measured");
    cck_html_measurement(out, cck_measurement_get_info(measured->measurement));
    cck_html_section_end(out);
    cck_html_topology(out, measured->machine);
}

static void write_html(const void *subject, FILE *out, const cck_report_options *options)
{
    const cck_measured_machine *measured = subject;
    (void)options;
    cck_html_machine_page(out, measured->machine, fill_page, subject);
}

static cck_document document_of(const cck_measured_machine *subject)
{
    return (cck_document){
        .name = "the measurement",
        .subject = subject,
        .text = write_text,
        .json = write_json,
        .csv = write_csv,
        .markdown = write_markdown,
        .html = write_html,
    };
}

int cck_measurement_write(const cck_measurement *measurement, const cck_machine *machine,
                          cck_format format, FILE *out, const cck_report_options *options,
                          cck_error *err)
{
    const cck_measured_machine subject = {machine, measurement};
    const cck_document document = document_of(&subject);
    return cck_document_write(&document, format, out, options, err);
}

int cck_measurement_save(const cck_measurement *measurement, const cck_machine *machine,
                         cck_format format, const char *path, const cck_report_options *options,
                         cck_error *err)
{
    const cck_measured_machine subject = {machine, measurement};
    const cck_document document = document_of(&subject);
    return cck_document_save(&document, format, path, options, err);
}
