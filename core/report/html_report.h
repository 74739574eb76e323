/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_HTML_REPORT_H
#define CCK_REPORT_HTML_REPORT_H

#include <cachecheck/report.h>

#include <cachecheck/numa.h>

#include "core/report/html_page.h"

/** A result on its way into a page. */
typedef struct cck_html_report {
    const cck_result *result;
    FILE *out;
    const char *name; /* of the file it came from, or of the command */
    unsigned number;  /* of the result on its page: makes ids unique */
} cck_html_report;

/** Whether the result has something for a part; the part itself, a section of its own. */
void cck_html_summary(const cck_html_report *report);
bool cck_html_has_findings(const cck_result *result);
void cck_html_findings(const cck_html_report *report);
bool cck_html_has_threads(const cck_result *result);
void cck_html_threads(const cck_html_report *report);
void cck_html_places(const cck_html_report *report);
bool cck_html_has_profile(const cck_result *result);
void cck_html_profile(const cck_html_report *report);
bool cck_html_has_placement(const cck_result *result);
void cck_html_placement(const cck_html_report *report);
bool cck_html_has_timeline(const cck_result *result);
void cck_html_timeline(const cck_html_report *report);
bool cck_html_has_measured(const cck_result *result);
void cck_html_measured(const cck_html_report *report);
bool cck_html_has_numbers(const cck_result *result);
void cck_html_numbers(const cck_html_report *report);

/** A finding's line as bytes, coloured by thread, with its legend. */
void cck_html_line(FILE *out, const cck_finding *finding);

/** Source around a place, if it is there to be read: nothing otherwise. */
void cck_html_source(FILE *out, const cck_location *location);

/** A section with an id of this result. */
void cck_html_report_section(const cck_html_report *report, const char *id, const char *heading);

/** Text about a subject, not escaped yet. */
typedef void cck_html_writer(FILE *out, const void *subject);

/** A remark in a box. */
void cck_html_note(FILE *out, const char *text);

/** What `write` makes, escaped; between backquotes it is code. */
void cck_html_text_of(FILE *out, cck_html_writer *write, const void *subject);

#endif
