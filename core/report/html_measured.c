/* SPDX-License-Identifier: MIT */
/* What the machine costs, on a page among results: heat maps and curves of a measurement. */
#include "core/report/html_report.h"
#include "core/report/measure.h"

bool cck_html_has_measured(const cck_result *result)
{
    return result->measurement != NULL;
}

void cck_html_measured(const cck_html_report *report)
{
    cck_html_report_section(report, "measured", "What the machine costs");
    cck_html_measurement(report->out, report->result->measurement);
    cck_html_section_end(report->out);
}
