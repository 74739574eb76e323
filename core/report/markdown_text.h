/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_MARKDOWN_TEXT_H
#define CCK_REPORT_MARKDOWN_TEXT_H

#include <cachecheck/report.h>

/** Text of anybody's, in a line or a cell of a table: nothing in it becomes markup. */
void cck_markdown_text(FILE *out, const char *text);

/** A fenced block of code. */
void cck_markdown_code(FILE *out, const char *language, const char *code);

/** What `fill` writes as text, in a fenced block: without colours, as wide as it likes. */
void cck_markdown_page(FILE *out,
                       void (*fill)(FILE *out, const void *subject,
                                    const cck_report_options *options),
                       const void *subject, const cck_report_options *options);

#endif
