/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_TEXT_H
#define CCK_REPORT_TEXT_H

#include <stdio.h>

#include <cachecheck/report.h>

/** A text report under way: where it goes and how wide it may be. */
typedef struct cck_text_report {
    const cck_result *result;
    FILE *out;
    unsigned width, rows;
    bool color, utf8, verbose;
    const char *annotate; /* what of a profile's source to show, or NULL */
} cck_text_report;

typedef enum cck_ink { CCK_INK_BOLD, CCK_INK_DIM, CCK_INK_YELLOW, CCK_INK_RED } cck_ink;

/** Switch a colour on, and off again; nothing without colours. */
void cck_ink_on(const cck_text_report *report, cck_ink ink);
void cck_ink_off(const cck_text_report *report);

/** A sentence behind a label, wrapped: "why     no PMU on this machine ...". */
void cck_text_line(const cck_text_report *report, const char *label, const char *text);

/** The parts, in this order. */
void cck_text_head(const cck_text_report *report);
void cck_text_totals(const cck_text_report *report);
void cck_text_rows(const cck_text_report *report);
void cck_text_foot(const cck_text_report *report);

/** Everything. */
void cck_text_report_write(const cck_text_report *report);

/** "12.3 per 1000 instr", "62 %": a metric's value with its unit. */
void cck_metric_text(const cck_metric *metric, double value, char *buffer, size_t size);

#endif
