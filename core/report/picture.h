/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPORT_PICTURE_H
#define CCK_CORE_REPORT_PICTURE_H

#include <cachecheck/measure.h>
#include <cachecheck/report.h>

/** picture.c, page.c: documents of a cck_machine. */
void cck_svg_machine(const void *subject, FILE *out, const cck_report_options *options);
void cck_html_machine(const void *subject, FILE *out, const cck_report_options *options);

/** The drawing of a machine as an <svg> element that brings its style along. */
void cck_svg_drawing(FILE *out, const cck_machine *machine);

/** page.c: a page in itself, light and dark, without scripts; what is in it between the two. */
void cck_machine_page_begin(FILE *out, const cck_machine *machine, const char *title);
void cck_machine_page_end(FILE *out);

/** The drawing, caches, nodes and distances of a page, with their words. */
void cck_html_topology(FILE *out, const cck_machine *machine);

/** heat.c: how dark a cell is, 0 to 9: `value` between the least and the most of its matrix. Where
 *  they differ by less than a tenth everything is 0. */
unsigned cck_heat_level(double value, double least, double most);

/** A grid as a table with its caption in words; matrices are coloured as heat maps. */
void cck_html_grid(FILE *out, const cck_grid *grid);

/** The sentence that says what a grid shows, such as where its least and most are; into `out`. */
void cck_grid_words(FILE *out, const cck_grid *grid);

/** chart.c: the latency by size as a chart, and where caches end. */
void cck_html_curve(FILE *out, const cck_grid *curve, const cck_measurement_info *info);

#endif
