/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPORT_PICTURE_H
#define CCK_CORE_REPORT_PICTURE_H

#include <cachecheck/measure.h>
#include <cachecheck/report.h>

#include "core/report/boxes.h"

/** picture.c, page.c: documents of a cck_machine. */
void cck_svg_machine(const void *subject, FILE *out, const cck_report_options *options);
void cck_html_machine(const void *subject, FILE *out, const cck_report_options *options);

/** What a drawing of these parts is planned like; `uses` may be set besides. */
cck_boxes_plan cck_drawing_plan(const cck_part *parts, size_t count);

/** The drawing as an <svg> element that brings its style along. */
void cck_svg_drawing(FILE *out, const cck_boxes_plan *plan);

/** The drawing as a figure; its words end in `more`. */
void cck_html_drawing(FILE *out, const cck_boxes_plan *plan, const char *more);

/** page.c: a page about a machine, which `fill` fills. */
void cck_html_machine_page(FILE *out, const cck_machine *machine,
                           void (*fill)(FILE *out, const void *subject), const void *subject);

/** The drawing, caches, nodes and distances of a page, with their words. */
void cck_html_topology(FILE *out, const cck_machine *machine);

/** The caches as a table. */
void cck_html_caches(FILE *out, const cck_machine_info *machine);

/** heat.c: how dark a cell is, 0 to 9: `value` between the least and the most of its matrix. Where
 *  they differ by less than a tenth everything is 0. */
unsigned cck_heat_level(double value, double least, double most);

/** A grid as a table with its words; matrices are coloured as heat maps. */
void cck_html_grid(FILE *out, const cck_grid *grid);

/** The sentence that says what a grid shows, such as where its least and most are; into `out`. */
void cck_grid_words(FILE *out, const cck_grid *grid);

/** chart.c: the latency by size as a chart, and where caches end. */
void cck_html_curve(FILE *out, const cck_grid *curve, const cck_measurement_info *info);

#endif
