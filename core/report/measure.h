/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_REPORT_MEASURE_H
#define CCK_CORE_REPORT_MEASURE_H

#include <cachecheck/measure.h>
#include <cachecheck/report.h>

#include "core/machine/measurement.h"

/** A measurement, and of what. */
typedef struct cck_measured_machine {
    const cck_machine *machine;
    const cck_measurement *measurement;
} cck_measured_machine;

/** measure_text.c, measure_html.c: its parts for people. */
void cck_text_measurement(FILE *out, const cck_machine_info *machine,
                          const cck_measurement_info *info, const cck_report_options *options);
void cck_markdown_measurement(FILE *out, const cck_machine_info *machine,
                              const cck_measurement_info *info);
void cck_html_measurement(FILE *out, const cck_measurement_info *info);

#endif
