/* SPDX-License-Identifier: MIT */
#ifndef CCK_REPORT_DOCUMENT_H
#define CCK_REPORT_DOCUMENT_H

#include <cachecheck/report.h>

/** Writes `subject` to `out` in one format; errors stay in the stream. */
typedef void cck_document_writer(const void *subject, FILE *out, const cck_report_options *options);

/** Something that can be written, and in which formats: a report, a machine, checks. */
typedef struct cck_document {
    const char *name;                       /* for errors: "the report" */
    const void *subject;                    /* what the writers get */
    cck_document_writer *text, *json, *csv; /* NULL: not in this format */
    cck_document_writer *folded, *flamegraph, *callgrind, *speedscope, *firefox;
    cck_document_writer *sarif, *github, *markdown;
    cck_document_writer *html, *svg, *openmetrics, *lines;
} cck_document;

/**
 * Write to `out` and flush it. `options` may be NULL, or of an older, shorter size.
 * CCK_EINVALID when the document does not come in that format; CCK_EIO.
 */
int cck_document_write(const cck_document *document, cck_format format, FILE *out,
                       const cck_report_options *options, cck_error *err);

/** The same into a file, whole or not at all: see cck_output_save(). */
int cck_document_save(const cck_document *document, cck_format format, const char *path,
                      const cck_report_options *options, cck_error *err);

#endif
