/* SPDX-License-Identifier: MIT */
#include "core/report/diff_writers.h"

static cck_document document_of(const cck_diff *diff)
{
    return (cck_document){
        .name = "a diff",
        .subject = diff,
        .text = cck_diff_write_text,
        .json = cck_diff_write_json,
        .csv = cck_diff_write_csv,
        .markdown = cck_diff_write_markdown,
    };
}

int cck_diff_write(const cck_diff *diff, cck_format format, FILE *out,
                   const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(diff);
    return cck_document_write(&document, format, out, options, err);
}

int cck_diff_save(const cck_diff *diff, cck_format format, const char *path,
                  const cck_report_options *options, cck_error *err)
{
    const cck_document document = document_of(diff);
    return cck_document_save(&document, format, path, options, err);
}
